"""``python -m hardware.camera``, which is `vizy cameras`: print what ``--camera`` takes here."""

from hardware.camera.backends import list_cameras


def main() -> None:
    """Print a line for each camera: how it is chosen, and what it is."""
    found = list_cameras()
    width = max(len(source) for source, _ in found)
    for source, what in found:
        print(f"{source:<{width}}  {what}")  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
