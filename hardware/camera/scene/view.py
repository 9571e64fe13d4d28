"""`View`: how the scene's own coordinates fall on the pixels of one picture size.

The scene is 1.0 wide; y runs down from the middle of the sensor, so that a 16:9 picture is the
middle of the 4:3 still, as on a real sensor. Immutable, used on the camera's thread.
"""

from dataclasses import dataclass

from vizy.state import Size


@dataclass(frozen=True, slots=True)
class View:
    """A picture of ``width`` x ``height`` pixels; one unit of the scene is ``width`` pixels."""

    width: int
    height: int

    @classmethod
    def of(cls, size: Size) -> "View":
        """Return the view of a picture of that size."""
        return cls(size.width, size.height)

    def x(self, scene_x: float) -> float:
        """Return the pixel column of a scene x."""
        return scene_x * self.width

    def y(self, scene_y: float) -> float:
        """Return the pixel row of a scene y."""
        return self.height / 2 + scene_y * self.width

    def row(self, scene_y: float) -> int:
        """Return the pixel row of a scene y, whole and within the picture."""
        return max(0, min(self.height, round(self.y(scene_y))))

    def length(self, units: float) -> int:
        """Return a length in whole pixels, at least one."""
        return max(1, round(units * self.width))
