"""From a webcam's bytes to the daemon's pixels. Pure functions, on the camera's owner thread.

What is not JPEG is taken as BT.601 with limited range, which is what webcams send.
"""

import cv2
import numpy as np
import simplejpeg

from hardware.camera.base import Pixels
from hardware.camera.v4l2.modes import JPEG_FORMATS
from vizy.state import Size

# Source of the numbers: ColorConversionCodes in opencv2/imgproc.hpp.
_CODES = {"YUYV": 115, "UYVY": 107, "NV12": 90, "YU12": 100}
_PLANAR = ("NV12", "YU12")
_EOI = b"\xff\xd9"


class DamagedError(ValueError):
    """A frame that did not come whole over the cable; the next one will do."""


def to_rgb(data: bytes, pixel_format: str, size: Size, stride: int) -> Pixels:
    """Convert one frame.

    Args:
        data: What the driver put into the buffer.
        pixel_format: Its four letters.
        size: Of the picture.
        stride: Bytes from one row to the next; a row may be longer than the picture.

    Returns:
        uint8, (height, width, 3), RGB, C-contiguous.

    Raises:
        DamagedError: The frame is not whole.
    """
    if pixel_format in JPEG_FORMATS:
        return _decoded(data, size)
    lines = size.height * 3 // 2 if pixel_format in _PLANAR else size.height
    if len(data) < lines * stride:
        raise DamagedError(f"{len(data)} bytes of {lines * stride}")
    rows = np.frombuffer(data, np.uint8, lines * stride).reshape(lines, stride)
    if pixel_format not in _PLANAR:
        rows = rows.reshape(lines, stride // 2, 2)
    picture = cv2.cvtColor(rows, _CODES[pixel_format])
    return np.ascontiguousarray(picture[: size.height, : size.width])


def scaled(pixels: Pixels, size: Size) -> Pixels:
    """Return the picture at a smaller size of the same shape."""
    height, width = pixels.shape[:2]
    if (width, height) == (size.width, size.height):
        return pixels
    return cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA)


def _decoded(data: bytes, size: Size) -> Pixels:
    if data.rfind(_EOI) < 0:  # not the last thing in it: some pad what they send
        raise DamagedError("a JPEG without its end")
    try:
        pixels = simplejpeg.decode_jpeg(data, "RGB", strict=False)
    except ValueError as error:
        raise DamagedError(str(error)) from error
    if pixels.shape != (size.height, size.width, 3):
        raise DamagedError(f"a JPEG of shape {pixels.shape} in place of {size.width}x{size.height}")
    return pixels
