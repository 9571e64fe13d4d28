"""`RecordingJob`: a video of the live picture, as somebody asked for it.

On the daemon's loop, one task. The encoder and the file have threads of their own, so neither
viewers nor the camera wait. A camera that fails leaves a gap; when it stays away, the recording
ends with what there is. An hour makes a file, a longer recording several: the index of a file is
held in memory until it is finished.
"""

import asyncio
import contextlib
import math

from hardware.jobs import Job, Progress
from hardware.video.clip import Clip
from hardware.video.detail import detail
from hardware.video.feed import VideoFeed
from hardware.video.packet import Packet
from hardware.video.studio import Studio
from vizy.errors import CameraError, VizyError
from vizy.jobs import Recording

_TURN_S = 0.25
_ROOM_S = 1.0
_DRAIN_S = 5.0
_PATIENCE_S = 30.0
_LONGEST_FILE_S = 3600.0
_NO_STILL = (
    "a video is being recorded and a still would interrupt it: take it after the recording, "
    "or stop that"
)


class RecordingJob(Job):
    """One recording.

    Args:
        spec: What was asked for.
        studio: What it is made with.
        patience_s: How long the camera may be away.
        longest_file_s: After so long a new file begins.
    """

    def __init__(
        self,
        spec: Recording,
        studio: Studio,
        *,
        patience_s: float = _PATIENCE_S,
        longest_file_s: float = _LONGEST_FILE_S,
    ) -> None:
        self._spec = spec
        self._studio = studio
        self._patience_s = patience_s
        self._longest_file_ns = round(longest_file_s * 1e9)
        self._clip: Clip | None = None
        self._began_ns: int | None = None
        self._seconds = 0.0
        self._is_long_enough = False
        self._lost = 0  # of files that are finished

    async def run(self, progress: Progress) -> None:
        await self._studio.check_room()
        name = f"recording {progress.id}"
        feed = self._studio.feed(self._spec.bitrate)
        feed.start()
        self._studio.live.attach(name, feed, uninterrupted=_NO_STILL)
        failure: VizyError | None = None
        try:
            try:
                await self._record(feed, progress)
            except VizyError as error:
                failure = error
            self._studio.live.detach(name)
            feed.end()
            if failure is None or self._clip is not None:
                await self._drain(feed, progress)
            await self._finish()
        finally:
            self._studio.live.detach(name)
            feed.end()
            if self._clip is not None:
                self._clip.end()
        failure = failure or feed.failure
        if failure is not None:
            raise failure
        self._tell(feed, progress)

    async def _record(self, feed: VideoFeed, progress: Progress) -> None:
        """Record until it is long enough or stopped.

        Raises:
            VizyError: It cannot go on; what was recorded until then is still to be finished.
        """
        seen_at = room_at = self._studio.clock()
        while not (self._is_long_enough or progress.stopping.is_set() or feed.is_exhausted):
            packets = await feed.packets(_TURN_S)
            await self._take(packets, progress.id)
            now = self._studio.clock()
            seen_at = now if packets else seen_at
            self._tell(feed, progress, away_s=now - seen_at)
            self._check_camera(now - seen_at)
            if now >= room_at + _ROOM_S:
                room_at = now
                await self._studio.check_room()
            if self._clip is not None and self._clip.failure is not None:
                raise self._clip.failure

    async def _drain(self, feed: VideoFeed, progress: Progress) -> None:
        """Take what was under way when the frames ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while not feed.is_exhausted:
                    await self._take(await feed.packets(_TURN_S), progress.id)

    async def _take(self, packets: list[Packet], group: str) -> None:
        for packet in packets:
            if self._began_ns is None:
                self._began_ns = packet.timestamp_ns
            seconds = (packet.timestamp_ns - self._began_ns) / 1e9
            if self._spec.duration_s is not None and seconds >= self._spec.duration_s:
                self._is_long_enough = True
                return
            self._seconds = seconds
            await self._put(packet, group)

    async def _put(self, packet: Packet, group: str) -> None:
        clip = self._clip
        if clip is not None and self._needs_a_new_file(clip, packet):
            await self._finish()
        if self._clip is not None:
            self._clip.put(packet)
            return
        self._clip = Clip(
            self._studio.shelf,
            packet,
            kind="recording",
            group=group,
            make_writer=self._studio.make_writer,
        )

    def _needs_a_new_file(self, clip: Clip, packet: Packet) -> bool:
        is_long = packet.timestamp_ns - clip.began_ns >= self._longest_file_ns
        return packet.header is not clip.header or (is_long and packet.is_keyframe)

    async def _finish(self) -> None:
        clip, self._clip = self._clip, None
        if clip is not None:
            clip.end()
            await clip.finish()
            self._lost += clip.lost

    def _check_camera(self, away_s: float) -> None:
        if away_s >= self._patience_s:
            raise CameraError(
                f"no frame came for {self._patience_s:g} s and the recording ended: what was "
                "recorded before is kept; check the camera"
            )

    def _tell(self, feed: VideoFeed, progress: Progress, away_s: float = 0.0) -> None:
        lost = feed.lost + self._lost + (self._clip.lost if self._clip is not None else 0)
        duration_s = self._spec.duration_s
        total = math.ceil(duration_s) if duration_s is not None else None
        done = total if total is not None and self._is_long_enough else int(self._seconds)
        progress(done, total, detail(self._studio.encoders.detail, lost, away_s))
