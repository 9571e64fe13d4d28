"""`Scene`: a mountain lake in the morning, the world that the simulated camera looks at.

Balloons drift, boats sail, clouds pass, the water glitters and a plate counts the frames. The
picture depends on the seed, the size and the time only. Called on the camera's thread; makes no
noise and knows no exposure: that is the sensor's business (`hardware.camera.sensor`).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.camera.base import Pixels
from hardware.camera.scene import backdrop, digits, things
from hardware.camera.scene.blend import Sprite, paste
from hardware.camera.scene.view import View
from hardware.camera.scene.water import Water
from vizy.state import Size

_SPAN = 1.5  # clouds, boats and balloons come round again after this many widths


@dataclass(frozen=True, slots=True)
class _Traveller:
    """Something that crosses the picture: where it starts, how fast, how it bobs."""

    sprite: Sprite
    x: float
    y: float
    speed: float
    bob: float = 0.0
    period_s: float = 1.0

    def at(self, time_s: float) -> tuple[float, float]:
        """Return the top left corner's place in the scene."""
        x = (self.x + self.speed * time_s + 0.25) % _SPAN - 0.25
        return x, self.y + self.bob * math.sin(2 * math.pi * time_s / self.period_s + self.x * 9)


class Scene:
    """The scene at one picture size; what stands still is drawn once, here."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self._view = View.of(size)
        self._still, self._near = backdrop.paint(self._view, seed)
        self._water = Water(self._view, np.random.default_rng([seed, 4]))
        self._clouds = self._make_clouds(np.random.default_rng([seed, 5]))
        self._boats = self._make_boats()
        self._balloons = self._make_balloons()

    def render(self, time_s: float, sequence: int) -> Pixels:
        """Return the scene codes at a time, uint8 (height, width, 3), fresh for each call.

        Args:
            time_s: Seconds since the camera was opened.
            sequence: The frame's number, shown on the plate.
        """
        canvas = self._still.copy()
        self._lay(canvas, self._clouds, time_s)
        self._mirror(canvas, time_s)
        self._water.disturb(canvas, time_s)
        self._lay(canvas, self._boats, time_s)
        self._lay(canvas, self._balloons, time_s)
        self._birds(canvas, time_s)
        cv2.copyTo(self._still, self._near, canvas)
        self._plate(canvas, time_s, sequence)
        return canvas

    def _lay(self, canvas: Pixels, travellers: list[_Traveller], time_s: float) -> None:
        for traveller in travellers:
            x, y = traveller.at(time_s)
            paste(canvas, traveller.sprite, self._view.x(x), self._view.y(y))

    def _mirror(self, canvas: Pixels, time_s: float) -> None:
        """Lay the boats' reflections; the ripples come over them."""
        for boat in self._boats:
            x, y = boat.at(time_s)
            keel = self._view.y(y) + len(boat.sprite.colour) - 3 - self._view.length(0.001)
            paste(canvas, boat.sprite.flipped(0.38), self._view.x(x), keel)

    def _make_clouds(self, rng: np.random.Generator) -> list[_Traveller]:
        places = ((0.02, -0.245, 0.30), (0.47, -0.272, 0.36), (0.80, -0.205, 0.26))
        places += ((1.12, -0.250, 0.34), (0.27, -0.335, 0.40), (0.72, -0.350, 0.30))
        return [
            _Traveller(things.cloud(self._view, rng, width), x, y, 0.0035 + 0.0025 * rng.random())
            for x, y, width in places
        ]

    def _make_balloons(self) -> list[_Traveller]:
        red, cream, gold = (204, 52, 44), (232, 222, 200), (232, 168, 40)
        teal, navy, violet = (26, 132, 140), (34, 58, 112), (122, 66, 138)
        kinds = (
            (0.505, -0.168, 0.086, (red, cream), 10, 0.0065, 19.0),
            (0.735, -0.205, 0.058, (gold, navy), 8, 0.0050, 23.0),
            (0.245, -0.090, 0.040, (teal, cream, gold), 9, 0.0040, 17.0),
            (1.120, -0.140, 0.070, (violet, gold), 10, 0.0058, 21.0),
        )
        return [
            _Traveller(
                things.balloon(self._view, width, colours, stripes), x, y, speed, 0.006, period_s
            )
            for x, y, width, colours, stripes, speed, period_s in kinds
        ]

    def _make_boats(self) -> list[_Traveller]:
        kinds = (
            (0.36, 0.046, 0.080, (234, 230, 218), (150, 44, 38), 0.0060, 3.1),
            (0.78, 0.052, 0.046, (230, 196, 150), (38, 56, 84), -0.0042, 2.6),
        )
        return [
            _Traveller(things.boat(self._view, height, sail, hull), x, y, speed, 0.0006, period_s)
            for x, y, height, sail, hull, speed, period_s in kinds
        ]

    def _birds(self, canvas: Pixels, time_s: float) -> None:
        """Draw a small flock in a wedge, each bird two beating wings."""
        view, fraction = self._view, 16
        start = (0.30 + 0.021 * time_s + 0.25) % _SPAN - 0.25
        for index, (back, side) in enumerate(_WEDGE):
            beat = math.sin(time_s * 7.5 + index * 1.3)
            x, y = start - back, -0.212 + side + 0.006 * math.sin(time_s * 0.4)
            span, lift = 0.0062, 0.0034 * beat
            wings = ((x - span, y - lift), (x - span * 0.4, y - lift * 0.7 - 0.0008), (x, y))
            wings += ((x + span * 0.4, y - lift * 0.7 - 0.0008), (x + span, y - lift))
            points = [(view.x(px) * fraction, view.y(py) * fraction) for px, py in wings]
            line = np.rint(np.array(points)).astype(np.int32)
            width = max(1, view.length(0.0011))
            cv2.polylines(canvas, [line], False, (44, 50, 66), width, cv2.LINE_AA, 4)

    def _plate(self, canvas: Pixels, time_s: float, sequence: int) -> None:
        """Draw the plate at the lower left: time since start and number of the frame."""
        view = self._view
        left, bottom = view.length(0.016), view.height - view.length(0.016)
        wide, tall = view.length(0.176), view.length(0.0265)
        if view.width < 320 or bottom - tall < 0:
            return
        plate = canvas[bottom - tall : bottom, left : left + wide]
        cv2.convertScaleAbs(plate, plate, alpha=0.38)
        minutes, seconds = divmod(time_s, 60)
        text = f"{int(minutes):02d}:{seconds:04.1f}  #{sequence:06d}"
        digits.write(plate, text, tall * 0.36, tall * 0.31, tall * 0.38, _INK)


_WEDGE = ((0.0, 0.0), (0.013, -0.007), (0.014, 0.008), (0.027, -0.013), (0.029, 0.016))
_INK = (228, 230, 224)
