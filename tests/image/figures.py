"""What a boot test measured, as a table at its end and a line for the record."""

from tests.image.guest import Image


class Figures:
    """Names and values, in the order of measuring."""

    def __init__(self, image: Image) -> None:
        self._rows: list[tuple[str, str]] = [
            ("variant", f"{image.manifest['profile']} {image.arch}"),
            ("commit", str(image.manifest["commit"])),
            ("image, packed", f"{image.manifest['packed_bytes'] / 1e6:.0f} MB"),
        ]

    def note(self, name: str, value: str) -> None:
        """Keep one."""
        self._rows.append((name, value))

    def lines(self) -> list[str]:
        """Return the table."""
        width = max(len(name) for name, _ in self._rows)
        return [f"  {name:{width}}  {value}" for name, value in self._rows]
