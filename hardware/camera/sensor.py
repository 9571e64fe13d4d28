"""`Sensor`: turns scene codes into the picture an IMX219 and its processor would give.

The path is a camera's: light times exposure, photon and read noise, the well's limit, white
balance, tone. Two look-up tables and one addition do it, so that a 720p frame costs little:

    scene code -LUT-> root of the electrons  + noise tile  -LUT-> balance, tone, sRGB

The generalised Anscombe root makes the variance of photon plus read noise the same at each level,
so the same noise tile serves the whole picture, scaled for the gain alone.
Source: Foi and Makitalo, "Optimal inversion of the generalized Anscombe transformation", 2013.
Run on the camera's thread; deterministic in the generator it is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from hardware.camera.base import Pixels
from hardware.camera.tone import Doubles, Look, linear_to_srgb, srgb_to_linear

FULL_WIDTH_PX = 3280
SCENE_CCT_K = 5600
WHITE_US = 10_000  # paper white fills the well at this exposure and gain 1
MIN_EXPOSURE_US, MAX_EXPOSURE_US = 75, 11_766_829
MIN_GAIN, MAX_GAIN = 1.0, 10.66

_WHITE_CODE = 235  # scene codes above it are sources of light
_STOPS_ABOVE_WHITE = 4.0
_WELL_E = 4700.0
_READ_NOISE_E = 3.0
_RESPONSE = np.array([1 / 1.55, 1.0, 1 / 1.45])  # of red, green and blue pixels to daylight
_WAVELENGTHS_M = np.array([600e-9, 540e-9, 465e-9])
_PLANCK_C2 = 1.438777e-2  # m K, CODATA 2018
_BIAS = 24  # room below the signal for the noise, in codes
_SPAN = 255 - 2 * _BIAS
_TILE = (424, 704)
_SHIFT = 64  # how far the tile may be shifted at least, so that the noise is not seen to repeat
_TILE_SIGMA = 32.0
_LUMA = np.array([0.299, 0.587, 0.114])


def _radiances() -> Doubles:
    """Return the light of each of the 256 scene codes; paper white is 1."""
    codes = np.arange(256.0)
    above = np.maximum(codes - _WHITE_CODE, 0) / (255 - _WHITE_CODE)
    below = srgb_to_linear(np.minimum(codes / _WHITE_CODE, 1.0))
    return below * 2 ** (_STOPS_ABOVE_WHITE * above)


RADIANCE = _radiances()


@dataclass(frozen=True, slots=True)
class Exposure:
    """How one frame is taken.

    Attributes:
        time_us: Exposure time in microseconds.
        gain: Analogue gain.
        cct_k: The colour temperature that white balance assumes, in kelvin.
    """

    time_us: int
    gain: float
    cct_k: int = SCENE_CCT_K


class Sensor:
    """Noise and tone of one simulated sensor."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        normal = rng.standard_normal((*_TILE, 3), np.float32)
        self._noise = np.rint(np.clip(128 + _TILE_SIGMA * normal, 0, 255)).astype(np.uint8)
        self._scaled: tuple[float, Pixels] = (-1.0, self._noise)
        self._tables: tuple[Any, Any, Any] | None = None

    def develop(self, codes: Pixels, exposure: Exposure, look: Look) -> Pixels:
        """Turn scene codes into a picture, in place.

        Args:
            codes: uint8, (height, width, 3): what `Scene.render` gives.
            exposure: How the frame is taken.
            look: The picture controls.

        Returns:
            The same array, now the picture, RGB.
        """
        width = codes.shape[1]
        expose, develop = self._look_up(width, exposure, look)
        noise = self._noise_for(_noise_sigma(width, exposure.gain))
        for block in _blocks(codes):
            rows, columns = block.shape[:2]
            top = self._shift(_TILE[0] - rows)
            left = self._shift(_TILE[1] - columns)
            cv2.LUT(block, expose, block)
            cv2.add(block, noise[top : top + rows, left : left + columns], block)
            cv2.LUT(block, develop, block)
        look.finish(codes)
        return codes

    def _shift(self, most: int) -> int:
        """Return a random 0 to ``most``: the noise must not stand still over the picture."""
        return int(self._rng.random() * (most + 1))

    def _look_up(self, width: int, exposure: Exposure, look: Look) -> tuple[Any, Any]:
        key = (width, exposure, look)
        if self._tables is None or self._tables[0] != key:
            well, floor = _well_e(width) / exposure.gain, _floor_e2()
            electrons = RADIANCE[:, None] * _RESPONSE * (exposure.time_us / WHITE_US)
            electrons = np.minimum(electrons * _well_e(width), well)
            root = np.sqrt((electrons + floor) / (well + floor)) * _SPAN
            expose = np.rint(root).astype(np.uint8)[None]
            root = np.maximum(np.arange(256.0) - _BIAS, 0) / _SPAN
            filled = np.clip((root**2 * (well + floor) - floor) / well, 0, 1)
            linear = np.clip(filled[:, None] * _balance(exposure.cct_k), 0, 1)
            self._tables = (key, expose, look.curve(linear_to_srgb(linear))[None])
        return self._tables[1], self._tables[2]

    def _noise_for(self, sigma: float) -> Pixels:
        """Return the tile at a sigma in codes, its mean at the bias; kept until sigma changes."""
        if self._scaled[0] != sigma:
            scaled = _BIAS + (np.arange(256.0) - 128) * (sigma / _TILE_SIGMA)
            table = np.rint(np.clip(scaled, 0, 2 * _BIAS)).astype(np.uint8)
            self._scaled = (sigma, cv2.LUT(self._noise, table))
        return self._scaled[1]


def mean_signal(codes: Pixels, exposure_us: float) -> float:
    """Return the picture's mean luminance, 0..1 of what the well holds: what metering sees.

    Args:
        codes: Scene codes; a few thousand pixels are enough.
        exposure_us: Exposure time times gain.
    """
    table = np.minimum(RADIANCE * (exposure_us / WHITE_US), 1.0)
    return float((table[codes] @ _LUMA).mean())


def _balance(cct_k: int) -> Doubles:
    """Return the gains that make a grey card grey under a light of that colour temperature."""

    def light(kelvin: float) -> Doubles:
        return 1 / (_WAVELENGTHS_M**5 * np.expm1(_PLANCK_C2 / (_WAVELENGTHS_M * kelvin)))

    seen = light(cct_k) / light(SCENE_CCT_K)
    return seen[1] / seen / _RESPONSE


def _well_e(width: int) -> float:
    """Return the electrons a pixel of a picture of that width stands for: it sums several."""
    return _WELL_E * max(1.0, (FULL_WIDTH_PX / width) ** 2)


def _floor_e2() -> float:
    return _READ_NOISE_E**2 + 3 / 8


def _noise_sigma(width: int, gain: float) -> float:
    sigma = _SPAN / (2 * np.sqrt(_well_e(width) / gain + _floor_e2()))
    return round(float(sigma), 2)


def _blocks(picture: Pixels) -> Iterator[Pixels]:
    """Cut a picture into views no larger than the noise tile less the room to shift it."""
    rows, columns = _TILE[0] - _SHIFT, _TILE[1] - _SHIFT
    for top in range(0, picture.shape[0], rows):
        for left in range(0, picture.shape[1], columns):
            yield picture[top : top + rows, left : left + columns]
