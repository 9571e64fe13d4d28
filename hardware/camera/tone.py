"""`Look`: Brightness, Contrast, Saturation and Sharpness, as libcamera's controls mean them.

Shared by the back ends that have no image processor of their own. Brightness and Contrast bend one
curve, ``(encoded - 0.5) * contrast + 0.5 + brightness``; a back end folds `curve` into a look-up
table it needs anyway. `finish` does what needs whole pixels. Immutable, run on the camera's thread.
Source: the contrast stage of libcamera's Raspberry Pi algorithms; ITU-R BT.601 for the luma.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from hardware.camera.base import Pixels
from vizy.controls import ControlValue, scalar

Doubles: TypeAlias = npt.NDArray[np.float64]

_LUMA = np.array([0.299, 0.587, 0.114])
_BLUR_SIGMA_PX = 1.2


@dataclass(frozen=True, slots=True)
class Look:
    """The four picture controls at their values; the defaults change nothing."""

    brightness: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    sharpness: float = 1.0

    @classmethod
    def of(cls, values: Mapping[str, ControlValue]) -> "Look":
        """Take the look from control values by libcamera's names."""
        return cls(
            float(scalar(values["Brightness"])),
            float(scalar(values["Contrast"])),
            float(scalar(values["Saturation"])),
            float(scalar(values["Sharpness"])),
        )

    def curve(self, encoded: Doubles) -> npt.NDArray[np.uint8]:
        """Return gamma-encoded values (0..1, any shape) after Brightness and Contrast, as uint8."""
        bent = (encoded - 0.5) * self.contrast + 0.5 + self.brightness
        return np.rint(np.clip(bent, 0, 1) * 255).astype(np.uint8)

    def finish(self, pixels: Pixels) -> None:
        """Apply Saturation and Sharpness in place; does nothing at the defaults."""
        if self.saturation != 1.0:
            grey = np.tile(_LUMA, (3, 1)) * (1 - self.saturation)
            cv2.transform(pixels, grey + np.eye(3) * self.saturation, pixels)
        if self.sharpness != 1.0:
            above = self.sharpness - 1
            amount = above if above < 0 else above / 2
            blurred = cv2.GaussianBlur(pixels, (5, 5), _BLUR_SIGMA_PX)
            cv2.addWeighted(pixels, 1 + amount, blurred, -amount, 0, pixels)


def srgb_to_linear(encoded: Doubles) -> Doubles:
    """Undo the sRGB curve. Source: IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: Doubles) -> Doubles:
    """Apply the sRGB curve to 0..1. Source: IEC 61966-2-1."""
    above = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, above)
