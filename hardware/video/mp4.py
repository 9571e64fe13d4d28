"""`Mp4File`: packets into an MP4 that is whole at every moment; used on one thread, may wait.

While it is written it is fragmented: each fragment, from a keyframe to the next, stands for itself
and a power cut costs the last one. `finish` turns it into a plain MP4 with an index, which every
player and browser can search in (decision 0016). The sensor's timestamps are kept, gaps and all.
"""

import contextlib
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.error import FFmpegError
from av.stream import Stream

from hardware.video.annexb import parameter_sets
from hardware.video.disk import PartFile
from hardware.video.library import open_output
from hardware.video.packet import Header, Packet
from vizy.errors import StorageError

TICKS_A_SECOND = 90_000
_TICKS = Fraction(1, TICKS_A_SECOND)
_OPTIONS = {
    "movflags": "frag_keyframe+empty_moov+hybrid_fragmented+default_base_moof",
    "flush_packets": "1",
}


class Mp4File:
    """One video.

    Args:
        file: Empty; closed by `finish` or `abandon`.
        header: Of all its packets.
        comment: For the file's metadata.
        created: When it begins.
    """

    def __init__(self, file: PartFile, header: Header, comment: str, created: datetime) -> None:
        self._file = file
        self._container = open_output(file, "mp4", _OPTIONS)
        self._container.metadata["comment"] = comment
        self._container.metadata["creation_time"] = f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._stream = self._container.add_stream_from_template(header.stream)
        self._stream.time_base = _TICKS
        self._interval_ns = round(1e9 / header.fps)
        self._first_ns: int | None = None
        self._last_tick = -1
        self._end_ns = 0

    @property
    def duration_s(self) -> float:
        """The length of what was added."""
        return self._end_ns / 1e9

    def write(self, packet: Packet) -> None:
        """Add a packet; the first is a keyframe, and each is later than the one before.

        Raises:
            StorageError: The disk refused; `abandon` comes next.
        """
        if self._first_ns is None:
            self._first_ns = packet.timestamp_ns
            if not self._stream.codec_context.extradata:  # hardware tells them with its pictures
                self._stream.codec_context.extradata = parameter_sets(packet.data)
        age_ns = packet.timestamp_ns - self._first_ns
        tick = max(self._last_tick + 1, round(age_ns * TICKS_A_SECOND / 1e9))
        added = av.Packet(packet.data)
        added.stream = cast("Stream", self._stream)
        added.pts = added.dts = tick
        added.duration = self._interval_ns * TICKS_A_SECOND // 1_000_000_000
        added.time_base = _TICKS
        added.is_keyframe = packet.is_keyframe
        self._container.mux_one(added)
        self._last_tick = tick
        self._end_ns = age_ns + self._interval_ns

    def sync(self) -> None:
        """Make the fragments so far durable.

        Raises:
            StorageError: The disk refused.
        """
        self._file.sync()

    def finish(self) -> None:
        """Write the index, make everything durable and close.

        Raises:
            StorageError: The disk refused; `abandon` comes next.
        """
        self._container.close()
        self._file.finish()

    def abandon(self) -> None:
        """Close after a failure; the fragments that are whole stay."""
        self._file.give_up()
        with contextlib.suppress(StorageError, FFmpegError):  # of the index, which nobody needs
            self._container.close()
        self._file.close()


def length_s(path: Path) -> float:
    """Return how long a video is, finished or not; 0 when it cannot be read."""
    try:
        with av.open(str(path)) as video:
            return (video.duration or 0) / av.time_base
    except FFmpegError:
        return 0.0
