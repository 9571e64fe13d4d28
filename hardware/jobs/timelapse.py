"""`TimeLapseJob`: stills at an interval, for minutes or for months, over restarts.

Its slots lie on the monotonic clock, so that nothing drifts and no jump of the wall clock fires or
holds up anything; the wall clock is asked for ``starts`` and ``daily`` alone, again every half
minute, because the network may set it at any time. A picture that cannot be taken is counted as
missed and said, and the next is tried at the next slot: only its own end, or somebody, ends it.

With ``daily``, slots are counted from the opening of each day, so each day has its pictures at the
same times; those of the first day from its start.
"""

import logging
import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from hardware.jobs.clock import Clock
from hardware.jobs.daily import Daily
from hardware.jobs.job import Job, Progress
from hardware.jobs.pictures import Pictures
from hardware.jobs.slots import Slots
from vizy.errors import InvalidValueError, VizyError
from vizy.jobs import JobState, Movie, TimeLapse

_logger = logging.getLogger(__name__)
_LOOK_S = 30.0


class TimeLapseJob(Job):
    """One time-lapse.

    Args:
        spec: What is asked for.
        pictures: Takes the stills.
        start_movie: Starts the job that makes a movie.
        clock: Both clocks.

    Raises:
        InvalidValueError: ``starts`` or ``daily`` make no sense.
    """

    def __init__(
        self,
        spec: TimeLapse,
        pictures: Pictures,
        start_movie: Callable[[Movie], Awaitable[JobState]],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._spec = spec
        self._pictures = pictures
        self._start_movie = start_movie
        self._clock = clock or Clock()
        self._starts = None if spec.starts is None else _moment(spec.starts)
        self._daily = None if spec.daily is None else Daily(spec.daily)
        self._total = _total(spec)
        self._why_missed = ""
        self._is_missing = False

    async def run(self, progress: Progress) -> None:
        """Take pictures until its end; then start the movie if one is wished for."""
        if progress.elapsed_s is None:
            await self._wait_for_start(progress)
            progress.elapsed_s = 0.0
        await self._take_all(progress, self._clock.monotonic() - progress.elapsed_s)
        self._tell(progress)
        if self._spec.movie_fps is not None and progress.done:
            await self._make_movie(progress, self._spec.movie_fps)

    async def _wait_for_start(self, progress: Progress) -> None:
        while self._starts is not None and not progress.stopping.is_set():
            left_s = (self._starts - self._clock.now()).total_seconds()
            if left_s <= 0:
                return
            self._wait(progress, f"starts at {self._starts:%Y-%m-%d %H:%M:%S%z}")
            await self._clock.wait(progress.stopping, min(left_s, _LOOK_S))

    async def _take_all(self, progress: Progress, began: float) -> None:
        slots: Slots | None = None
        end = began + (self._spec.duration_s or math.inf)
        while (now := self._clock.monotonic()) < end and not self._is_over(progress):
            progress.elapsed_s = now - began
            due = min(end, now + _LOOK_S)
            if self._daily and (closed_s := self._daily.closed_s(self._clock.now())):
                slots = None
                self._wait(progress, f"goes on at {self._daily.opens:%H:%M}")
                await self._clock.wait(progress.stopping, min(closed_s, due - now))
                continue
            slots = slots or Slots(self._anchor(began, now), self._spec.interval_s, now)
            if missed := slots.skip_missed(now):
                self._miss(progress, missed, "the picture before took too long")
            if slots.due > now:
                self._tell(progress)
                await self._clock.wait(progress.stopping, min(slots.due, due) - now)
                continue
            slots.use()
            await self._take_one(progress)

    def _is_over(self, progress: Progress) -> bool:
        is_enough = self._spec.count is not None and progress.done >= self._spec.count
        return is_enough or progress.stopping.is_set()

    def _anchor(self, began: float, now: float) -> float:
        """Return when the first slot was: when it began, or when the day opened after that."""
        if self._daily is None:
            return began
        return max(began, now - self._daily.opened_s(self._clock.now()))

    async def _take_one(self, progress: Progress) -> None:
        try:
            await self._pictures.take(kind="timelapse", group=progress.id)
        except VizyError as error:
            if not self._is_missing:  # once a row: a full disk may last for days
                _logger.warning("time-lapse %s misses pictures: %s", progress.id, error)
            self._is_missing = True
            self._miss(progress, 1, error.detail)
        else:
            self._is_missing = False
            progress.done += 1
        self._tell(progress)

    def _miss(self, progress: Progress, count: int, why: str) -> None:
        progress.missed += count
        self._why_missed = why

    def _tell(self, progress: Progress) -> None:
        progress.is_waiting = False
        progress(progress.done, self._total, self._detail(progress))

    def _wait(self, progress: Progress, until: str) -> None:
        progress.is_waiting = True
        details = [until, *filter(None, [self._detail(progress)])]
        progress(progress.done, self._total, "; ".join(details))

    def _detail(self, progress: Progress) -> str:
        if not progress.missed:
            return ""
        why = f", the last because: {self._why_missed}" if self._why_missed else ""
        return f"{progress.missed} missed{why}"

    async def _make_movie(self, progress: Progress, fps: float) -> None:
        try:
            started = await self._start_movie(Movie(group=progress.id, fps=fps))
            movie = f"its movie is made by job {started.id}"
        except VizyError as error:
            movie = f"no movie: {error}"
        details = [*filter(None, [self._detail(progress)]), movie]
        progress(progress.done, self._total, "; ".join(details))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValueError(
            f"starts={text!r} is no time: write it as 2026-11-25T06:30:00+01:00"
        ) from error
    if moment.tzinfo is None:
        raise InvalidValueError(f"starts={text!r} has no time zone: add one, as in {text}+01:00")
    return moment


def _total(spec: TimeLapse) -> int | None:
    """Return how many pictures there will be if none is missed; None when nobody knows."""
    ends = [] if spec.count is None else [spec.count]
    if spec.duration_s is not None and spec.daily is None:
        ends.append(math.ceil(spec.duration_s / spec.interval_s))
    return min(ends, default=None)
