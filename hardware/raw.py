"""`RawWriter`: copies a frame as it is into the ring of the stream ``raw``.

`write` runs on a thread of its own that the live stream owns (`hardware.newest`), so that a copy of
6 MB holds up neither the camera nor the encoder; the loop replaces ``feed``. One copy for however
many readers: they look at it where it lies.
"""

import logging

import numpy as np

from hardware.camera.base import Frame
from vizy.frames import FrameFeed, FrameNotice

_logger = logging.getLogger(__name__)


class RawWriter:
    """Writes raw frames.

    Attributes:
        feed: Where they go; None while nobody reads. The loop replaces it.
    """

    def __init__(self) -> None:
        self.feed: FrameFeed | None = None
        self._has_warned = False

    def write(self, frame: Frame) -> None:
        """Copy a frame into the ring and tell the readers."""
        feed, pixels = self.feed, frame.pixels
        if feed is None:  # the last reader left meanwhile
            return
        size = frame.size
        stride = size.width * 3
        notice = FrameNotice(
            0, frame.timestamp_ns, size.width, size.height, stride * size.height, "RGB3", stride
        )

        def copy(slot: memoryview) -> None:
            # numpy lets other threads run meanwhile; assigning to the slice would not.
            np.copyto(np.frombuffer(slot, np.uint8).reshape(pixels.shape), pixels)

        try:
            feed.fill(notice, copy)
        except OSError as error:
            if not self._has_warned:
                self._has_warned = True
                _logger.warning("raw frames are left out: %s", error)
