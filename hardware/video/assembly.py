"""`Assembly`: a thread that makes one movie of many pictures, behind everything else.

It has the lowest priority and one encoder thread, and it may wait for the disk. What it made is
whole once it has ended without a failure; otherwise it leaves nothing.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.video.disk import PartFile
from hardware.video.encoders import SOFTWARE
from hardware.video.reader import PictureReader
from hardware.video.writer import OpenFile
from vizy.errors import DeviceError, VizyError
from vizy.state import Size

if TYPE_CHECKING:  # imported by the thread
    from hardware.video.codec import VideoCodec
    from hardware.video.mp4 import Mp4File

_logger = logging.getLogger(__name__)
_SYNC_S = 1.0
_NICE = 15


class _StoppedError(VizyError):
    pass


class Assembly:
    """One movie.

    Args:
        pictures: The files, in order.
        part: The hidden name of the movie.
        fps: Pictures a second.
        comment: For the file's metadata.
        created: When it is made.
        bitrate: In bits a second; 0: chosen by size and rate.
        open_file: Makes the file; tests inject a disk that fails.

    Attributes:
        done: How many pictures were looked at.
        skipped: How many of them are not in the movie.
        size: Of the movie, once there is a picture in it.
        failure: Why there is no movie.
    """

    def __init__(
        self,
        pictures: Sequence[Path],
        part: Path,
        *,
        fps: float,
        comment: str,
        created: datetime,
        bitrate: int = 0,
        open_file: OpenFile = PartFile,
    ) -> None:
        self._pictures = pictures
        self._part = part
        self._fps = fps
        self._comment = comment
        self._created = created
        self._bitrate = bitrate
        self._open_file = open_file
        self._reader = PictureReader()
        self._is_stopped = False
        self._file: Mp4File | None = None
        self._codec: VideoCodec | None = None
        self._synced_at = time.monotonic()
        self.done = 0
        self.size: Size | None = None
        self.failure: VizyError | None = None
        self._thread = threading.Thread(target=self._run, name="vizy-movie", daemon=True)

    @property
    def skipped(self) -> int:
        """How many pictures were missing or damaged."""
        return self._reader.skipped

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens."""
        return not self._thread.is_alive()

    @property
    def duration_s(self) -> float:
        """How long the movie is."""
        return (self.done - self.skipped) / self._fps

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Make no movie; the thread ends by itself."""
        self._is_stopped = True

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)  # of this thread alone
        try:
            self._assemble()
        except VizyError as error:
            self._clear(error)
        except Exception as error:
            _logger.exception("making a movie broke")
            self._clear(DeviceError(f"making the movie broke, see the log: {error!r}"))

    def _clear(self, error: VizyError) -> None:
        if self._file is not None:
            self._file.abandon()
        self._part.unlink(missing_ok=True)
        self.size = None
        self.failure = None if isinstance(error, _StoppedError) else error

    def _assemble(self) -> None:
        for path in self._pictures:
            if self._is_stopped:
                raise _StoppedError("stopped")
            self._add(path)
            self.done += 1
        if self._codec is None or self._file is None:
            return
        for packet in self._codec.finish():
            self._file.write(packet)
        self._file.finish()

    def _add(self, path: Path) -> None:
        pixels = self._reader.read(path)
        if pixels is None:
            return
        height, width = pixels.shape[:2]
        codec = self._codec or self._open(Size(width, height))
        number = self.done - self.skipped
        packets = codec.encode(pixels, round(number * 1e9 / self._fps))
        assert self._file is not None
        for packet in packets:
            self._file.write(packet)
        if time.monotonic() >= self._synced_at + _SYNC_S:
            self._file.sync()
            self._synced_at = time.monotonic()

    def _open(self, size: Size) -> "VideoCodec":
        from hardware.video.codec import VideoCodec
        from hardware.video.mp4 import Mp4File

        self.size = size
        self._codec = VideoCodec(SOFTWARE, size, fps=self._fps, bitrate=self._bitrate, threads=1)
        self._file = Mp4File(
            self._open_file(self._part), self._codec.header, self._comment, self._created
        )
        return self._codec
