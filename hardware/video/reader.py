"""`PictureReader`: the pictures of a movie, one after the other, all in one size.

Used on the movie's thread. The first picture that can be read gives the size, at most 1920 wide;
one of another shape gets black borders. What is missing or damaged is skipped and counted.
"""

import logging
from pathlib import Path

import cv2
import simplejpeg

from hardware.camera.base import Pixels
from vizy.state import Size

_logger = logging.getLogger(__name__)
_MOST_WIDTH = 1920
_ROUNDING = 2  # so few pixels off are no other shape


class PictureReader:
    """Reads pictures."""

    def __init__(self) -> None:
        self._size: Size | None = None
        self.skipped = 0

    def read(self, path: Path) -> Pixels | None:
        """Return a picture, uint8, (height, width, 3), RGB; None when it has to be skipped."""
        try:
            data = path.read_bytes()
            height, width, _, _ = simplejpeg.decode_jpeg_header(data)
            size = self._size or _wanted(Size(width, height))
            pixels = simplejpeg.decode_jpeg(
                data, colorspace="RGB", min_width=min(width, size.width), min_factor=1
            )
        except (OSError, ValueError) as error:
            _logger.warning("%s is left out of a movie: %s", path.name, error)
            self.skipped += 1
            return None
        self._size = size
        return _fit(pixels, size)


def _wanted(size: Size) -> Size:
    scale = min(1.0, _MOST_WIDTH / size.width)
    width, height = round(size.width * scale), round(size.height * scale)
    return Size(max(2, width & ~1), max(2, height & ~1))


def _fit(pixels: Pixels, size: Size) -> Pixels:
    """Scale a picture into a size; what it does not fill is black."""
    height, width = pixels.shape[:2]
    scale = min(size.width / width, size.height / height)
    inner_width, inner_height = round(width * scale), round(height * scale)
    if size.width - inner_width <= _ROUNDING and size.height - inner_height <= _ROUNDING:
        inner_width, inner_height = size.width, size.height
    if (inner_width, inner_height) != (width, height):
        to = (max(1, inner_width), max(1, inner_height))
        pixels = cv2.resize(pixels, to, interpolation=cv2.INTER_AREA)
        height, width = pixels.shape[:2]
    if (width, height) == (size.width, size.height):
        return pixels
    left, top = (size.width - width) // 2, (size.height - height) // 2
    right, bottom = size.width - width - left, size.height - height - top
    return cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0)
