"""`Variant`: one size and quality of the live picture, and the `Ladder` of them that pages share.

The daemon makes each variant once, however many watch it, and at most `MAX_VARIANTS` at a time.
Immutable, no I/O.
"""

from dataclasses import dataclass

MAX_VARIANTS = 4
_WIDEST, _FINEST = 1 << 16, 101


@dataclass(frozen=True, slots=True)
class Variant:
    """A size and quality.

    Attributes:
        width: In pixels, 16 to 8192; None and anything wider: as the camera gives it.
        quality: JPEG's, 1 to 100; None: as it is set in the settings.
    """

    width: int | None = None
    quality: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Its place among others: the larger and finer, the later."""
        return self.width or _WIDEST, self.quality or _FINEST

    def within(self, native_width: int | None) -> "Variant":
        """Return the same picture under its shortest name, for a camera of that width."""
        if native_width is None or self.width is None or self.width < native_width:
            return self
        return Variant(None, self.quality)


NATIVE = Variant()
_STEPS = ((3 / 4, 70), (1 / 2, 65), (1 / 3, 55))  # 960, 640 and 416 pixels of 1280
_GRAIN = 16  # a width of so many pixels has a whole height at 16:9 and 4:3: nothing is cut or moves


class Ladder:
    """The variants that pages share, the largest first: `MAX_VARIANTS` of them.

    Args:
        native_width: Of the camera's own picture, in pixels.
    """

    def __init__(self, native_width: int) -> None:
        self._native_width = native_width
        self.rungs: tuple[Variant, ...] = (
            NATIVE,
            *(
                Variant(int(native_width * part) // _GRAIN * _GRAIN, quality)
                for part, quality in _STEPS
            ),
        )

    def cost(self, variant: Variant) -> float:
        """Return how many bytes a picture takes, in a unit of its own.

        A smaller picture holds more detail for each of its pixels, so the bytes shrink less than
        the area does.
        """
        return self.width(variant) ** 1.6 * (variant.quality or 80)

    def width(self, variant: Variant) -> int:
        """Return how wide a picture is, in pixels."""
        return min(variant.width or self._native_width, self._native_width)
