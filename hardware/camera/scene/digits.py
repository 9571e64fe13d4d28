"""A few characters as strokes: what the scene's plate needs, without OpenCV's 9 MB of fonts.

A function on a uint8 RGB array, in place; run on the camera's thread.
"""

import cv2
import numpy as np

from hardware.camera.base import Pixels
from hardware.camera.scene.blend import Colour

_Stroke = tuple[tuple[float, float], ...]
_RING: _Stroke = ((1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0))
_STROKES: dict[str, tuple[_Stroke, ...]] = {
    "0": (_RING,),
    "1": (((0.6, 1.2), (2.2, 0), (2.2, 6)), ((0.8, 6), (3.6, 6))),
    "2": (((0, 1.2), (1, 0), (3, 0), (4, 1), (4, 2), (0, 6), (4, 6)),),
    "3": (((0, 0), (4, 0), (2, 2.5), (3, 2.5), (4, 3.5), (4, 5), (3, 6), (1, 6), (0, 5)),),
    "4": (((3, 6), (3, 0), (0, 4.3), (4.2, 4.3)),),
    "5": (((4, 0), (0.4, 0), (0, 2.7), (3, 2.5), (4, 3.5), (4, 5), (3, 6), (1, 6), (0, 5)),),
    "6": (
        ((3.4, 0), (1.6, 0.7), (0, 3), (0, 5), (1, 6), (3, 6), (4, 5), (4, 3.6), (3, 2.7)),
        ((3, 2.7), (1, 2.7), (0, 3.6)),
    ),
    "7": (((0, 0), (4, 0), (1.4, 6)),),
    "8": (
        ((1, 2.8), (0, 2), (0, 0.9), (1, 0), (3, 0), (4, 0.9), (4, 2), (3, 2.8), (1, 2.8)),
        ((1, 2.8), (0, 3.7), (0, 5.1), (1, 6), (3, 6), (4, 5.1), (4, 3.7), (3, 2.8)),
    ),
    "9": (
        ((0.6, 6), (2.4, 5.3), (4, 3), (4, 1), (3, 0), (1, 0), (0, 1), (0, 2.4), (1, 3.3)),
        ((1, 3.3), (3, 3.3), (4, 2.4)),
    ),
    ":": (((2, 1.4), (2, 2)), ((2, 4.4), (2, 5))),
    ".": (((2, 5.5), (2, 6)),),
    "#": (((1.4, 0), (0.8, 6)), ((3.2, 0), (2.6, 6)), ((0, 2), (4, 2)), ((0, 4), (4, 4))),
    " ": (),
}  # fmt: skip
_ADVANCE = {":": 4.4, ".": 4.4, " ": 4.0}
_SHIFT = 4


def write(canvas: Pixels, text: str, x: float, y: float, height_px: float, colour: Colour) -> None:
    """Write digits and ``:.# `` with the top left corner of the first at ``x``, ``y``."""
    unit = height_px / 6
    thick = max(1, round(unit * 0.5))
    bolder = unit * 0.16  # two lines a little apart: between one pixel and two
    for character in text:
        for stroke in _STROKES[character]:
            for off in (-bolder, bolder):
                points = (np.array(stroke) * unit + (x + off, y + off)) * (1 << _SHIFT)
                line = np.rint(points).astype(np.int32)
                cv2.polylines(canvas, [line], False, colour, thick, cv2.LINE_AA, _SHIFT)
        x += unit * _ADVANCE.get(character, 6.2)
