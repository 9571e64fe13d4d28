"""`Encoders`: which H.264 encoder this machine has, found out once and said aloud.

One for the whole daemon; used on the encoders' threads. An encoder counts as there only if it
opens and encodes a picture: a driver that is listed and does not work is common.
"""

import logging
import threading
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np

from hardware.camera.base import Pixels
from hardware.video.packet import Packet
from vizy.errors import DeviceError
from vizy.state import Size

SOFTWARE = "libx264"
HARDWARE = "h264_v4l2m2m"

_logger = logging.getLogger(__name__)
_TEST_SIZE = Size(640, 480)
_TEST_PICTURES = 4  # a pipeline of a few may lie between the first and its packet


class Codec(Protocol):
    """What turns pictures into packets; `VideoCodec` does."""

    @property
    def name(self) -> str:
        """FFmpeg's."""
        ...

    def encode(self, pixels: Pixels, timestamp_ns: int) -> list[Packet]:
        """Return what is ready after this picture."""
        ...

    def finish(self) -> list[Packet]:
        """Return what was not ready yet; nothing can be encoded afterwards."""
        ...


OpenCodec = Callable[..., Codec]


def _open_codec(name: str, size: Size, *, fps: float, bitrate: int, keyframe_s: float) -> Codec:
    from hardware.video.codec import VideoCodec

    return VideoCodec(name, size, fps=fps, bitrate=bitrate, keyframe_s=keyframe_s)


class Encoders:
    """Opens encoders.

    Args:
        wanted: The settings' choice.
        open_codec: Opens one; tests inject encoders that fail.
    """

    def __init__(
        self,
        wanted: Literal["auto", "h264_v4l2m2m", "libx264"],
        *,
        open_codec: OpenCodec = _open_codec,
    ) -> None:
        self._wanted = wanted
        self._open_codec = open_codec
        self._name = ""
        self._reason = ""
        self._lock = threading.Lock()

    @property
    def detail(self) -> str:
        """The encoder in use, and why it is not the wished one; empty before the first use."""
        return f"{self._name}, because {self._reason}" if self._reason else self._name

    def choose(self) -> str:
        """Return the encoder's name; the first time this takes a moment.

        Raises:
            DeviceError: Not even the software encoder works.
        """
        with self._lock:
            if not self._name:
                self._name = self._first_that_works()
                _logger.info("video is encoded by %s", self.detail)
            return self._name

    def open(self, size: Size, *, fps: float, bitrate: int = 0, keyframe_s: float = 1.0) -> Codec:
        """Open the encoder for pictures of a size.

        Raises:
            DeviceError: Not even the software encoder opens.
        """
        wanted = {"fps": fps, "bitrate": bitrate, "keyframe_s": keyframe_s}
        name = self.choose()
        try:
            return self._open_codec(name, size, **wanted)
        except DeviceError as error:
            if not self.give_up(name, error):
                raise
        return self._open_codec(SOFTWARE, size, **wanted)

    def give_up(self, name: str, error: DeviceError) -> bool:
        """Use the software from now on; False if it is the software that failed."""
        if name == SOFTWARE:
            return False
        with self._lock:
            if self._name != SOFTWARE:
                self._name, self._reason = SOFTWARE, str(error)
                _logger.warning("video is encoded by %s from now on: %s", SOFTWARE, error)
        return True

    def _first_that_works(self) -> str:
        if self._wanted != SOFTWARE:
            try:
                self._try(HARDWARE)
            except DeviceError as error:
                if self._wanted == HARDWARE:
                    self._reason = str(error)
            else:
                return HARDWARE
        self._try(SOFTWARE)
        return SOFTWARE

    def _try(self, name: str) -> None:
        codec = self._open_codec(name, _TEST_SIZE, fps=30.0, bitrate=0, keyframe_s=1.0)
        grey = np.full((_TEST_SIZE.height, _TEST_SIZE.width, 3), 128, np.uint8)
        packets = [codec.encode(grey, number * 33_333_000) for number in range(_TEST_PICTURES)]
        if not any([*packets, codec.finish()]):
            raise DeviceError(f"{name} opened and encoded nothing")
