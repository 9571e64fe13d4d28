"""`StreamEncoder`: turns a frame into JPEG, once for each size and quality that is read.

`encode` runs on a thread of its own that the live stream owns (`hardware.newest`); the loop
replaces ``variants``. How many read a variant makes no difference here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import simplejpeg

from hardware.camera.base import Frame, Pixels
from vizy.errors import InvalidValueError
from vizy.frames import FrameFeed
from vizy.state import Size

_logger = logging.getLogger(__name__)
_LEAST_SLOT_BYTES = 64 * 1024
_MOST_BYTES_PER_PIXEL = 3  # black and white noise at quality 100 takes 2.3; unused memory is free
# A frame that cannot be encoded costs that frame alone: the next one is another. When not one of
# these succeeds, the fault is not in the frames, and a new process is what may help.
_MOST_FAILURES = 10

Compress: TypeAlias = Callable[[Pixels, int], bytes]


def compress_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Return pixels as JPEG of a quality from 1 to 100."""
    return simplejpeg.encode_jpeg(
        pixels, quality=quality, colorspace="RGB", colorsubsampling="420", fastdct=True
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which the live picture is encoded.

    Attributes:
        width: In pixels; None and anything wider: as the camera gives it.
        quality: JPEG's, 1 to 100.
        feed: Where it goes.
    """

    width: int | None
    quality: int
    feed: FrameFeed

    def size(self, whole: Size) -> Size:
        """Return the size that a frame of that size gets; never a larger one."""
        if self.width is None or self.width >= whole.width:
            return whole
        return Size(self.width, max(1, round(whole.height * self.width / whole.width)))


class StreamEncoder:
    """Encodes the live picture.

    Args:
        compress: Makes a JPEG of pixels.

    Attributes:
        variants: What to encode; the loop replaces it.
        encoded: How many JPEG pictures were made since the start.
    """

    def __init__(self, compress: Compress = compress_jpeg) -> None:
        self.variants: tuple[Variant, ...] = ()
        self.encoded = 0
        self._compress = compress
        self._failures = 0
        self._has_warned = False

    def encode(self, frame: Frame) -> None:
        """Encode a frame in every variant, and write each to its readers.

        Raises:
            Exception: Ten frames one after the other could not be encoded; the last one's error.
        """
        try:
            self._encode(frame)
        except Exception as error:
            self._failures += 1
            if self._failures == _MOST_FAILURES:
                raise
            _logger.warning("a frame is left out of the live picture: %s", str(error))
        else:
            self._failures = 0

    def _encode(self, frame: Frame) -> None:
        small: dict[Size, Pixels] = {frame.size: frame.pixels}
        pictures: dict[tuple[Size, int], bytes] = {}
        for variant in self.variants:
            size = variant.size(frame.size)
            if size not in small:
                small[size] = _shrink(frame.pixels, size)
            picture = pictures.get((size, variant.quality))
            if picture is None:
                picture = self._compress(small[size], variant.quality)
                self.encoded += 1
                pictures[size, variant.quality] = picture
            self._write(variant.feed, picture, size, frame.timestamp_ns)

    def _write(self, feed: FrameFeed, picture: bytes, size: Size, timestamp_ns: int) -> None:
        most = max(_LEAST_SLOT_BYTES, size.width * size.height * _MOST_BYTES_PER_PIXEL)
        try:
            feed.write(
                picture,
                width=size.width,
                height=size.height,
                format="JPEG",
                timestamp_ns=timestamp_ns,
                slot_bytes=most,
            )
        except (InvalidValueError, OSError) as error:
            if not self._has_warned:
                self._has_warned = True
                _logger.warning("frames are left out of the live picture: %s", error)


def _shrink(pixels: Pixels, size: Size) -> Pixels:
    import cv2  # large: only where a smaller picture is asked for

    return cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA)
