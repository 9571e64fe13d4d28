"""`MotionJob`: a video of each movement in the live picture, until it is stopped.

On the daemon's loop, one task. The encoder runs all the time, so that a video can begin before its
movement does. It stays armed whatever happens to one video: a full disk or a camera that is away
for a while is said in its detail, and the next movement is another chance.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from hardware.jobs import Job, Progress
from hardware.video.clip import Clip, MakeWriter
from hardware.video.detail import detail
from hardware.video.encoders import Encoders
from hardware.video.feed import VideoFeed
from hardware.video.movement import MovementDetector
from hardware.video.packet import Packet
from hardware.video.reel import Cutter, Reel
from hardware.video.sources import CheckRoom, LivePicture, Shelf
from hardware.video.watcher import MovementWatcher
from hardware.video.writer import Mp4Writer
from vizy.errors import DeviceError, StorageError, VizyError
from vizy.jobs import Motion

_logger = logging.getLogger(__name__)
_TURN_S = 0.25
_ROOM_S = 1.0
_AWAY_S = 2.0
_DRAIN_S = 5.0
_MOST_FINISHING = 4
_NO_STILL = (
    "a movement is being recorded and a still would interrupt it: take it in a moment, or stop the "
    "motion watch"
)


class MotionJob(Job, Cutter):
    """One motion watch.

    Args:
        spec: What was asked for.
        live: The live frames.
        shelf: Where the videos go.
        encoders: Open the encoder.
        check_room: Says no when the disk is too full to go on.
        fps: The wished rate of the live picture.
        bitrate: In bits a second; 0: chosen by size and rate.
        keyframe_s: From one keyframe to the next.
        make_writer: Makes what writes; tests inject a disk that fails.
        clock: Seconds that only pass.
    """

    def __init__(
        self,
        spec: Motion,
        *,
        live: LivePicture,
        shelf: Shelf,
        encoders: Encoders,
        check_room: CheckRoom,
        fps: float,
        bitrate: int = 0,
        keyframe_s: float = 1.0,
        make_writer: MakeWriter = Mp4Writer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._live = live
        self._shelf = shelf
        self._encoders = encoders
        self._check_room = check_room
        self._fps = fps
        self._bitrate = bitrate
        self._keyframe_s = keyframe_s
        self._make_writer = make_writer
        self._clock = clock
        self._reel = Reel(spec, self)
        self._clip: Clip | None = None
        self._finishing: set[asyncio.Task[None]] = set()
        self._made = 0  # those before a restart included
        self._lost = 0  # of files that are finished
        self._trouble = ""
        self._no_room: StorageError | None = None
        self._death = ""
        self._is_ending = False

    async def run(self, progress: Progress) -> None:
        self._group = progress.id
        self._made = progress.done
        name = self._name = f"motion {progress.id}"
        feed = self._feed = VideoFeed(
            self._encoders, fps=self._fps, bitrate=self._bitrate, keyframe_s=self._keyframe_s
        )
        detector = MovementDetector(self._spec.sensitivity, self._spec.ignore)
        watcher = MovementWatcher(detector, self._note_movement, self._note_death)
        await self._check_disk()
        feed.start()
        watcher.start()
        self._live.attach(name, feed)
        self._live.attach(f"{name}, eyes", watcher)
        try:
            await self._watch(progress)
            self._is_ending = True
            feed.end()
            await self._drain()
            self._reel.end()
            self._detach()
            await asyncio.gather(*self._finishing)
        finally:
            self._detach()
            feed.end()
            watcher.end()
            if self._clip is not None:
                self._clip.end()
            for task in self._finishing:
                task.cancel()
        if feed.failure is not None:
            raise feed.failure
        if self._death:
            raise DeviceError(self._death)
        self._tell(progress)

    def begin(self, packet: Packet) -> None:
        try:
            if len(self._finishing) >= _MOST_FINISHING:
                raise DeviceError(f"{_MOST_FINISHING} videos wait for the disk already")
            if self._no_room is not None:
                raise self._no_room
            self._clip = Clip(
                self._shelf,
                packet,
                kind="motion",
                group=self._group,
                make_writer=self._make_writer,
            )
        except VizyError as error:
            self._note_trouble(error)
            return
        self._live.attach(self._name, self._feed, uninterrupted=_NO_STILL)

    def put(self, packet: Packet) -> None:
        if self._clip is not None:
            self._clip.put(packet)

    def end(self) -> None:
        clip, self._clip = self._clip, None
        if clip is None:
            return
        self._live.attach(self._name, self._feed)
        clip.end()
        task = asyncio.create_task(self._finish(clip), name=f"{self._name}, finishing a video")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _watch(self, progress: Progress) -> None:
        """Watch until it is stopped or cannot go on."""
        seen_at = room_at = self._clock()
        while not (progress.stopping.is_set() or self._feed.is_exhausted or self._death):
            packets = await self._feed.packets(_TURN_S)
            for packet in packets:
                self._reel.take(packet)
            now = self._clock()
            seen_at = now if packets else seen_at
            if now - seen_at >= max(_AWAY_S, self._spec.after_s):
                self._reel.end()
            if now >= room_at + _ROOM_S:
                room_at = now
                await self._check_disk()
            self._tell(progress, away_s=now - seen_at)

    async def _check_disk(self) -> None:
        """Look whether a video may begin; end one with no room to go on, or whose file failed."""
        try:
            await self._check_room()
            self._no_room = None
        except StorageError as error:
            self._no_room = error
        failure = self._no_room or (self._clip.failure if self._clip is not None else None)
        if self._clip is not None and failure is not None:
            self._note_trouble(failure)
            self._reel.end()
        if self._reel.is_open and self._clip is None and self._no_room is None:
            self._reel.end()  # one that was refused: what moves from now on may begin another

    async def _drain(self) -> None:
        """Take what was under way when the frames ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while not self._feed.is_exhausted:
                    for packet in await self._feed.packets(_TURN_S):
                        self._reel.take(packet)

    async def _finish(self, clip: Clip) -> None:
        try:
            self._made += await clip.finish() is not None
        except VizyError as error:
            self._note_trouble(error)
        self._lost += clip.lost

    def _detach(self) -> None:
        self._live.detach(self._name)
        self._live.detach(f"{self._name}, eyes")

    def _note_trouble(self, error: VizyError) -> None:
        _logger.warning("the video of a movement is not whole: %s", error)
        self._trouble = str(error)

    def _note_movement(self, timestamp_ns: int) -> None:
        if not self._is_ending:
            self._reel.moved(timestamp_ns)

    def _note_death(self, reason: str) -> None:
        self._death = reason

    def _tell(self, progress: Progress, away_s: float = 0.0) -> None:
        lost = self._feed.lost + self._lost + (self._clip.lost if self._clip is not None else 0)
        now = "recording a movement" if self._clip is not None else ""
        trouble = f"the last trouble: {self._trouble}" if self._trouble else ""
        progress(self._made, None, detail(self._encoders.detail, lost, away_s, now, trouble))
