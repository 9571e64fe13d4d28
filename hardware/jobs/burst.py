"""`BurstJob`: several pictures, one soon after the other: live frames, or stills of full size.

Live frames are taken at their rate while those before are still being written (`FrameSampler`);
what is left out for lack of memory is said, and does not count. A stop keeps what was taken.
"""

from typing import Protocol

from hardware.jobs.clock import Clock
from hardware.jobs.job import Job, Progress
from hardware.jobs.pictures import Pictures, patiently
from hardware.jobs.sampler import MAX_BYTES, FrameSampler
from hardware.taps import FrameSink
from vizy.errors import DeviceTimeoutError
from vizy.jobs import Burst

_LOOK_S = 0.2
_NO_FRAME_S = 10.0


class LiveFrames(Protocol):
    """Who gives out live frames; `hardware.device.CameraDevice` does."""

    def attach(self, name: str, sink: FrameSink) -> None:
        """Give the live frames to a sink."""
        ...

    def detach(self, name: str) -> None:
        """Give no more frames to the sink of that name."""
        ...


class BurstJob(Job):
    """One burst.

    Args:
        spec: What is asked for.
        live: Gives live frames.
        pictures: Takes and keeps.
        clock: Of the rate and of the deadline.
        max_bytes: How much memory frames may take that wait for the disk.
    """

    def __init__(
        self,
        spec: Burst,
        live: LiveFrames,
        pictures: Pictures,
        *,
        clock: Clock | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._spec = spec
        self._live = live
        self._pictures = pictures
        self._clock = clock or Clock()
        self._max_bytes = max_bytes

    async def run(self, progress: Progress) -> None:
        """Take the pictures.

        Raises:
            DeviceError: The camera failed, or delivered no frame.
            StorageError: The disk refused.
            BusyError: The queue of stills had no room for a minute.
        """
        progress(0, self._spec.count)
        if self._spec.source == "live":
            await self._take_frames(progress)
        else:
            await self._take_stills(progress)

    async def _take_stills(self, progress: Progress) -> None:
        interval_s = 1 / self._spec.fps
        due = self._clock.monotonic()
        for done in range(1, self._spec.count + 1):
            if await self._clock.wait(progress.stopping, due - self._clock.monotonic()):
                return
            due = max(due + interval_s, self._clock.monotonic())
            await patiently(
                lambda: self._pictures.take(kind="burst", group=progress.id), self._clock
            )
            progress(done, self._spec.count)

    async def _take_frames(self, progress: Progress) -> None:
        sampler = FrameSampler(self._spec.fps, self._spec.count, max_bytes=self._max_bytes)
        name = f"burst {progress.id}"
        self._live.attach(name, sampler)
        try:
            while not (sampler.is_full or progress.stopping.is_set()):
                if not await self._keep_next(sampler, progress):
                    await self._next_arrives(sampler, progress)
        finally:
            self._live.detach(name)
        while await self._keep_next(sampler, progress):
            pass

    async def _next_arrives(self, sampler: FrameSampler, progress: Progress) -> None:
        """Wait for a frame, or until somebody stops the burst."""
        patience_s = _NO_FRAME_S + 1 / self._spec.fps
        until = self._clock.monotonic() + patience_s
        while not await self._clock.wait(sampler.arrived, _LOOK_S):
            if progress.stopping.is_set():
                return
            if self._clock.monotonic() >= until:
                raise DeviceTimeoutError(
                    f"no live frame came for {patience_s:g} s: see what the camera's state says"
                )

    async def _keep_next(self, sampler: FrameSampler, progress: Progress) -> bool:
        """Keep the frame that waits longest; tell whether there was one."""
        frame = sampler.pop()
        if frame is None:
            return False
        await patiently(
            lambda: self._pictures.keep(frame, kind="burst", group=progress.id), self._clock
        )
        progress(progress.done + 1, self._spec.count, self._detail(sampler))
        return True

    def _detail(self, sampler: FrameSampler) -> str:
        if not sampler.left_out:
            return ""
        return f"{sampler.left_out} left out: frames came faster than they could be kept"
