"""`MotionJob`: a video of each movement in the live picture, until it is stopped.

On the daemon's loop, one task. The encoder runs all the time, so that a video can begin before its
movement does. It stays armed whatever happens to one video: a full disk or a camera that is away
for a while is said in its detail, and the next movement is another chance.
"""

import asyncio
import contextlib
import logging

from hardware.jobs import Job, Progress
from hardware.video.clip import Clip
from hardware.video.detail import detail
from hardware.video.movement import MovementDetector
from hardware.video.packet import Packet
from hardware.video.reel import Cutter, Reel
from hardware.video.studio import Studio
from hardware.video.watcher import MovementWatcher
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
        studio: What its videos are made with.
    """

    def __init__(self, spec: Motion, studio: Studio) -> None:
        self._spec = spec
        self._studio = studio
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
        feed = self._feed = self._studio.feed()
        detector = MovementDetector(self._spec.sensitivity, self._spec.ignore)
        watcher = MovementWatcher(detector, self._note_movement, self._note_death)
        await self._check_disk()
        feed.start()
        watcher.start()
        self._studio.live.attach(name, feed)
        self._studio.live.attach(f"{name}, eyes", watcher)
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
                self._studio.shelf,
                packet,
                kind="motion",
                group=self._group,
                make_writer=self._studio.make_writer,
            )
        except VizyError as error:
            self._note_trouble(error)
            return
        self._studio.live.attach(self._name, self._feed, uninterrupted=_NO_STILL)

    def put(self, packet: Packet) -> None:
        if self._clip is not None:
            self._clip.put(packet)

    def end(self) -> None:
        clip, self._clip = self._clip, None
        if clip is None:
            return
        self._studio.live.attach(self._name, self._feed)
        clip.end()
        task = asyncio.create_task(self._finish(clip), name=f"{self._name}, finishing a video")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _watch(self, progress: Progress) -> None:
        """Watch until it is stopped or cannot go on."""
        seen_at = room_at = self._studio.clock()
        while not (progress.stopping.is_set() or self._feed.is_exhausted or self._death):
            packets = await self._feed.packets(_TURN_S)
            for packet in packets:
                self._reel.take(packet)
            now = self._studio.clock()
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
            await self._studio.check_room()
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
        self._studio.live.detach(self._name)
        self._studio.live.detach(f"{self._name}, eyes")

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
        progress(self._made, None, detail(self._studio.encoders.detail, lost, away_s, now, trouble))
