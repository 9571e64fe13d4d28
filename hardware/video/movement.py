"""`MovementDetector`: whether something moves in the picture, whatever the light does.

Each picture is compared, small and grey, with a slow average of those before it. Light that
changes for the whole picture, or an exposure that does, maps each brightness to another: the map is
measured (by the median of what each brightness became) and taken out, so only what does not follow
it is left. What is left where nothing moves is noise; its size is measured the same way, so the
limit follows the gain. Used on one thread; holds three small pictures.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from hardware.camera.base import Pixels
from vizy.jobs import Area

_WIDTH = 320
_MEMORY_S = 1.0
_GAP_S = 3.0  # after so long what was seen before is no measure
_SETTLING = 3  # pictures that are only learned from
_LEVELS = 16  # the map is measured for so many bands of brightness
_LEAST_IN_BAND = 60  # pixels; a band with fewer says nothing
_MAD_TO_SIGMA = 1.4826  # Source: of a normal distribution
_SAMPLED = 3  # of rows and columns, to measure the map
_MOST_AREA = 0.7  # more than that at once is the light, or the camera was moved
_RELIT_STEP = 6.0  # the light has changed by so much: colours may be off a little, learn them anew
_RELIT_SHARE = 0.8
_IN_A_ROW = 2  # a lamp that is switched on differs once

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.uint8]


class MovementDetector:
    """Tells movement.

    Args:
        sensitivity: From 0, only what fills the picture, to 1, every leaf.
        ignore: Areas where nothing counts.
    """

    def __init__(self, sensitivity: float, ignore: tuple[Area, ...] = ()) -> None:
        self._least_area = 0.25 * (0.0001 / 0.25) ** sensitivity
        self._sigmas = 12 - 6 * sensitivity
        self._least_step = 24 - 18 * sensitivity
        self._ignore = ignore
        self._average: Grey | None = None
        self._counts: Mask | None = None
        self._seen_ns = 0
        self._settled = 0
        self._in_a_row = 0

    def look(self, pixels: Pixels, timestamp_ns: int) -> bool:
        """Look at the next picture; tell whether something moves in it.

        Args:
            pixels: uint8, (height, width, 3), RGB.
            timestamp_ns: When it was taken.
        """
        grey = _small(pixels)
        average = self._average
        seconds = (timestamp_ns - self._seen_ns) / 1e9
        if average is None or average.shape != grey.shape or seconds > _GAP_S:
            self._begin(grey, timestamp_ns)
            return False
        expected, noise, relit = _as_lit_now(average, grey)
        area = self._area(grey, expected, noise)
        share = 1 - math.exp(-max(0.0, seconds) / _MEMORY_S)
        if relit > _RELIT_STEP:
            share = max(share, _RELIT_SHARE)
        if area > _MOST_AREA:
            share = 1.0
        self._average = cv2.addWeighted(expected, 1 - share, grey, share, 0)
        self._seen_ns = timestamp_ns
        self._settled = min(_SETTLING, self._settled + 1)
        moves = self._settled == _SETTLING and self._least_area <= area <= _MOST_AREA
        self._in_a_row = self._in_a_row + 1 if moves else 0
        return self._in_a_row >= _IN_A_ROW

    def _begin(self, grey: Grey, timestamp_ns: int) -> None:
        self._average = grey
        self._counts = _mask(self._ignore, grey.shape)
        self._seen_ns = timestamp_ns
        self._settled = self._in_a_row = 0

    def _area(self, grey: Grey, expected: Grey, noise: Grey) -> float:
        """Return which share of the picture differs from what was expected."""
        limit = np.maximum(self._sigmas * noise, self._least_step)
        differs = (np.abs(grey - expected) > limit).astype(np.uint8)
        counts = self._counts
        assert counts is not None
        differs = cv2.bitwise_and(cv2.medianBlur(differs, 3), counts)  # no single pixels
        return float(np.count_nonzero(differs)) / max(1, np.count_nonzero(counts))


def _small(pixels: Pixels) -> Grey:
    height, width = pixels.shape[:2]
    size = (_WIDTH, max(1, round(height * _WIDTH / width))) if width > _WIDTH else (width, height)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return cv2.GaussianBlur(grey, (5, 5), 0).astype(np.float32)


def _as_lit_now(average: Grey, grey: Grey) -> tuple[Grey, Grey, float]:
    """Return the average in today's light, for each pixel how far off a still one may be, and
    the greatest change of brightness.
    """
    before, now = (each[::_SAMPLED, ::_SAMPLED].ravel() for each in (average, grey))
    centres: list[float] = []
    steps: list[float] = []
    noises: list[float] = []
    for band in np.array_split(np.argsort(before), _LEVELS):
        if len(band) < _LEAST_IN_BAND:
            continue
        step = now[band] - before[band]
        middle = float(np.median(step))
        centres.append(float(np.median(before[band])))
        steps.append(middle)
        noises.append(_MAD_TO_SIGMA * float(np.median(np.abs(step - middle))))
    if not centres:
        return average, np.zeros_like(average), 0.0
    step = np.interp(average, centres, steps).astype(np.float32)
    noise = np.interp(average, centres, noises).astype(np.float32)
    return average + step, noise, max(abs(step) for step in steps)


def _mask(ignore: tuple[Area, ...], shape: tuple[int, ...]) -> Mask:
    """Return 1 where movement counts, 0 where it does not."""
    height, width = shape
    mask = np.ones((height, width), np.uint8)
    for area in ignore:
        top, left = math.floor(area.y * height), math.floor(area.x * width)
        bottom = math.ceil((area.y + area.height) * height)
        right = math.ceil((area.x + area.width) * width)
        mask[top:bottom, left:right] = 0
    return mask
