"""`Mp4Writer`: a thread that writes one video, so that nobody else waits for the disk.

Packets come from the loop through a `PacketQueue`. About once a second what is written is made
durable. When the disk refuses, the video ends there: what is whole stays and can be played.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.video.disk import PartFile
from hardware.video.packet import Packet
from hardware.video.queue import PacketQueue
from hardware.video.salvage import salvage
from vizy.errors import StorageError

if TYPE_CHECKING:  # imported by the thread, when there is something to write
    from hardware.video.mp4 import Mp4File

_logger = logging.getLogger(__name__)
_SYNC_S = 1.0

OpenFile = Callable[[Path], PartFile]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a video.

    Attributes:
        duration_s: Its length; 0: there is nothing to play.
        failure: What the disk said if it is shorter than it should be.
    """

    duration_s: float
    failure: StorageError | None = None


class Mp4Writer:
    """Writes one video.

    Args:
        part: The hidden name under which it is written.
        comment: For the file's metadata.
        created: When it begins.
        open_file: Makes the file; tests inject a disk that fails.
    """

    def __init__(
        self,
        part: Path,
        comment: str,
        created: datetime,
        *,
        open_file: OpenFile = PartFile,
    ) -> None:
        self._part = part
        self._comment = comment
        self._created = created
        self._open_file = open_file
        self._queue = PacketQueue()
        self._written = Written(0.0)
        self._failure: StorageError | None = None
        self._thread = threading.Thread(target=self._run, name="vizy-video-file", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> StorageError | None:
        """What the disk said, once it refused; may be read on any thread."""
        return self._failure

    @property
    def lost(self) -> int:
        """How many pictures were left out because the disk was too slow."""
        return self._queue.lost

    def put(self, packet: Packet) -> None:
        """Add a packet; never waits."""
        self._queue.put(packet)

    def end(self) -> None:
        """Let no more in; the thread finishes the file and ends by itself."""
        self._queue.end()

    def close(self) -> Written:
        """Finish the file; waits for the disk, so not on the loop."""
        self.end()
        self._thread.join()
        return self._written

    def _run(self) -> None:
        try:
            self._write()
        except StorageError as error:
            self._fail(error)
        except Exception as error:
            _logger.exception("writing %s broke", self._part)
            self._fail(StorageError(f"{self._part} cannot be written: {error}"))

    def _fail(self, error: StorageError) -> None:
        self._failure = error
        self._queue.end()
        self._queue.take()
        self._written = Written(self._written.duration_s, error)

    def _write(self) -> None:
        from hardware.video.mp4 import Mp4File, length_s

        first = self._next()
        if not first:
            return
        file = Mp4File(self._open_file(self._part), first[0].header, self._comment, self._created)
        try:
            self._fill(file, first)
            file.finish()
        except BaseException:
            file.abandon()
            if salvage(self._part):
                self._written = Written(length_s(self._part))
            else:
                self._part.unlink(missing_ok=True)
            raise
        self._written = Written(file.duration_s)

    def _fill(self, file: "Mp4File", packets: list[Packet]) -> None:
        synced_at = time.monotonic()
        while packets:
            for packet in packets:
                file.write(packet)
            if time.monotonic() >= synced_at + _SYNC_S:
                file.sync()
                synced_at = time.monotonic()
            packets = self._next()

    def _next(self) -> list[Packet]:
        """Return what waits, once something does; nothing at the end."""
        while not self._queue.is_exhausted:
            if packets := self._queue.take(_SYNC_S):
                return packets
        return []
