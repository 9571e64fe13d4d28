"""From a stream's buffer to the daemon's pixels: RGB, contiguous, a copy of its own.

Run on the camera's owner thread while it holds the request. The YUV matrix is BT.601 with limited
range, which is what the live streams are configured to.
"""

import cv2
import numpy as np
import simplejpeg

from hardware.camera.base import Pixels
from hardware.camera.tone import Look
from vizy.errors import CameraError
from vizy.state import Size

# picamera2 names the channels from the last byte to the first: its BGR888 is RGB in memory.
# Source of the numbers: ColorConversionCodes in opencv2/imgproc.hpp.
CODES = {
    "YUV420": 100,  # COLOR_YUV2RGB_I420
    "YVU420": 98,  # COLOR_YUV2RGB_YV12
    "NV12": 90,  # COLOR_YUV2RGB_NV12
    "NV21": 92,  # COLOR_YUV2RGB_NV21
    "YUYV": 115,  # COLOR_YUV2RGB_YUY2
    "YVYU": 117,  # COLOR_YUV2RGB_YVYU
    "UYVY": 107,  # COLOR_YUV2RGB_UYVY
    "RGB888": 4,  # COLOR_BGR2RGB
    "XBGR8888": 1,  # COLOR_RGBA2RGB
    "XRGB8888": 3,  # COLOR_BGRA2RGB
}
_BYTES_PER_PIXEL = {"BGR888": 3, "RGB888": 3, "XBGR8888": 4, "XRGB8888": 4}
_PLANAR = ("YUV420", "YVU420", "NV12", "NV21")


def to_rgb(buffer: Pixels, pixel_format: str, size: Size, stride: int) -> Pixels:
    """Convert the memory of a stream.

    Args:
        buffer: uint8, one dimension; older versions of picamera2 cannot shape each format.
        pixel_format: The stream's format, by picamera2's name.
        size: The stream's size.
        stride: Bytes from one row to the next; rows may be longer than the picture.

    Returns:
        uint8, (height, width, 3), RGB, C-contiguous, not shared with ``buffer``.

    Raises:
        CameraError: The format is not known here, or the data is damaged.
    """
    if pixel_format == "MJPEG":
        return _decoded(buffer)
    rows = _rows(buffer, pixel_format, size, stride)
    if pixel_format == "BGR888":
        return np.array(rows[:, : size.width], order="C")
    picture = cv2.cvtColor(rows, CODES[pixel_format])
    return np.ascontiguousarray(picture[: size.height, : size.width])


def _rows(buffer: Pixels, pixel_format: str, size: Size, stride: int) -> Pixels:
    """Shape a buffer as OpenCV wants it, the padding at the end of each row included."""
    height = size.height * 3 // 2 if pixel_format in _PLANAR else size.height
    rows = buffer[: height * stride].reshape(height, stride)
    if pixel_format in _PLANAR:
        return rows
    if (depth := _BYTES_PER_PIXEL.get(pixel_format)) is not None:
        return rows[:, : stride // depth * depth].reshape(height, -1, depth)
    if pixel_format in CODES:
        return rows.reshape(height, stride // 2, 2)
    raise CameraError(f"the camera gives {pixel_format}, which Vizy cannot read")


def _decoded(buffer: Pixels) -> Pixels:
    try:
        return simplejpeg.decode_jpeg(buffer.tobytes(), "RGB", strict=False)
    except ValueError as error:
        raise CameraError(f"the camera sent a damaged JPEG: {error}: check its cable") from error


def fit(pixels: Pixels, size: Size) -> Pixels:
    """Return the picture at a size: cut to its aspect ratio around the middle, then scaled."""
    height, width = pixels.shape[:2]
    if (width, height) == (size.width, size.height):
        return pixels
    scale = max(size.width / width, size.height / height)
    cut_width = min(width, round(size.width / scale))
    cut_height = min(height, round(size.height / scale))
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    cut = pixels[top : top + cut_height, left : left + cut_width]
    return cv2.resize(cut, (size.width, size.height), interpolation=cv2.INTER_AREA)


def apply(look: Look, pixels: Pixels) -> None:
    """Apply the picture controls in place, for a camera that has no image processor."""
    if (look.brightness, look.contrast) != (0.0, 1.0):
        cv2.LUT(pixels, look.curve(np.arange(256.0) / 255), pixels)
    look.finish(pixels)
