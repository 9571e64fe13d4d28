"""The lake's surface: ripples that slide over the mirror and the sun's glitter on them.

Made once per picture size; `disturb` is called for each frame on the camera's thread.
"""

import math

import cv2
import numpy as np

from hardware.camera.base import Pixels
from hardware.camera.scene.backdrop import HORIZON, SHORE, SUN
from hardware.camera.scene.texture import Floats, fractal
from hardware.camera.scene.view import View

_SLACK = 0.25  # how much wider than the picture the ripples are, so that they can slide
_SWELL = 40  # the ripples' greatest value; two layers are added


class Water:
    """The moving surface of one view; deterministic in the time it is given."""

    def __init__(self, view: View, rng: np.random.Generator) -> None:
        self._view = view
        self._top, self._bottom = view.row(HORIZON), view.row(SHORE + 0.06)
        self._layers = [self._ripples(rng) for _ in range(2)]
        self._path = self._sun_path()

    def disturb(self, canvas: Pixels, time_s: float) -> None:
        """Ripple the lake's band of the canvas."""
        if self._bottom <= self._top:
            return
        water = canvas[self._top : self._bottom]
        swell = cv2.add(self._slid(0, time_s * 0.011), self._slid(1, -time_s * 0.007 + 0.4))
        lit = cv2.subtract(swell, _SWELL + 2)
        shaded = cv2.subtract(_SWELL - 2, swell)
        cv2.add(water, cv2.merge([lit] * 3), water)
        cv2.subtract(water, cv2.merge([shaded] * 3), water)
        self._glitter(water, swell)

    def _glitter(self, water: Pixels, swell: Pixels) -> None:
        left, path = self._path
        columns = np.s_[:, left : left + path.shape[1]]
        crests = cv2.multiply(cv2.subtract(swell[columns], _SWELL - 1), path, scale=1 / 9)
        warm = cv2.merge([crests, cv2.multiply(crests, 0.88), cv2.multiply(crests, 0.62)])
        part = water[columns]
        cv2.add(part, warm, part)

    def _ripples(self, rng: np.random.Generator) -> Pixels:
        """Draw streaks, long and flat far away, larger near by: uint8, wider than the picture."""
        view, rows = self._view, max(1, self._bottom - self._top)
        columns = math.ceil(view.width * (1 + _SLACK))
        flat = fractal(rng, (256, 1024), (60, 26), 3)
        depth = (np.arange(rows, dtype=np.float32) + 0.5) / rows
        near = 255 * (0.5 * (1 - (1 - depth) ** 2.4) + 0.5 * depth)
        across = np.arange(columns, dtype=np.float32) * np.float32(1023 / columns)
        at_row: Floats = np.repeat(near.astype(np.float32)[:, None], columns, axis=1)
        at_column: Floats = np.repeat(across[None], rows, axis=0)
        bent = cv2.remap(flat, at_column, at_row, cv2.INTER_LINEAR)
        strength = (0.35 + 0.65 * depth[:, None]).astype(np.float32)
        return np.rint(np.clip(0.5 + (bent - 0.5) * 2.2 * strength, 0, 1) * _SWELL).astype(np.uint8)

    def _slid(self, layer: int, by: float) -> Pixels:
        """Return the part of a layer in sight after it slid there and back ``by`` of the width."""
        ripples = self._layers[layer]
        spare = ripples.shape[1] - self._view.width
        phase = (by / _SLACK) % 2
        start = int(spare * (phase if phase < 1 else 2 - phase))
        return ripples[:, start : start + self._view.width]

    def _sun_path(self) -> tuple[int, Pixels]:
        """Return where the glitter under the sun begins and how strong it is, uint8."""
        view, rows = self._view, max(1, self._bottom - self._top)
        half = view.length(0.09)
        left = max(0, round(view.x(SUN[0])) - half)
        columns = min(view.width, left + 2 * half) - left
        depth = ((np.arange(rows, dtype=np.float32) + 0.5) / rows)[:, None]
        away = (np.arange(columns, dtype=np.float32)[None] + left - view.x(SUN[0])) / half
        path = np.exp(-((away / (0.16 + 0.34 * depth)) ** 2)) * (1 - 0.86 * depth)
        return left, np.rint(np.clip(path, 0, 1) * 200).astype(np.uint8)
