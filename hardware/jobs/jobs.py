"""`Jobs`: starts jobs, runs each as a task, publishes them, stops them, and resumes some.

On the daemon's loop. Whatever becomes of a job, the daemon goes on.

Time-lapses and motion watches survive: they are on disk before the one who asked is told that they
started, their progress about once a second, and `resume` goes on with them. A kill may lose the
last second's count, never a picture.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from hardware.captures.names import capture_id
from hardware.jobs.board import MAX_ENDED, JobBoard
from hardware.jobs.clock import Clock
from hardware.jobs.job import Job, Progress
from hardware.jobs.rules import check_room
from hardware.kept import KeptFile
from hardware.store import StateStore
from vizy.errors import DeviceAwayError, InvalidValueError, NotFoundError, VizyError
from vizy.jobs import JobSpec, JobState, JobStatus, Motion, TimeLapse, kind_of

_logger = logging.getLogger(__name__)
_PUBLISH_INTERVAL_S = 0.25
_STOP_DEADLINE_S = 20.0
_CLOSE_DEADLINE_S = 0.5
_CANCEL_DEADLINE_S = 6.0  # longer than a write of controls may take
_SURVIVORS = (TimeLapse, Motion)

Makers = Mapping[type[Any], Callable[[Any], Job]]
"""Kind of spec to what makes a job of it; a maker refuses a spec with `InvalidValueError`."""


class KeptJob(msgspec.Struct, frozen=True):
    """A job on disk: how it was, when that was, and how long ago it had begun by then."""

    state: JobState
    saved: datetime
    elapsed_s: float | None = None


@dataclass(eq=False, slots=True)
class _Entry:
    """A job that has not ended."""

    state: JobState
    progress: Progress
    job: Job
    task: asyncio.Task[None] | None = None
    deadline: asyncio.TimerHandle | None = None  # set once somebody stops it
    is_cut_short: bool = False
    kept: KeptJob | None = None


class Jobs:
    """All jobs of the daemon.

    Args:
        makers: What it can do.
        store: Gets the section ``jobs``.
        file: Keeps the jobs that survive.
        clock: The time of day, for ids.
        stop_deadline_s: How long a job that is stopped may take before it is cancelled.
        interval_s: The least time between two states that differ in progress alone.
    """

    def __init__(
        self,
        makers: Makers,
        store: StateStore,
        file: KeptFile[tuple[KeptJob, ...]],
        *,
        clock: Clock | None = None,
        stop_deadline_s: float = _STOP_DEADLINE_S,
        interval_s: float = _PUBLISH_INTERVAL_S,
    ) -> None:
        self._makers = makers
        self._file = file
        self._clock = clock or Clock()
        self._stop_deadline_s = stop_deadline_s
        self._entries: dict[str, _Entry] = {}
        self._board = JobBoard(store, lambda: self.active, interval_s=interval_s)
        self._is_closed = False

    @property
    def active(self) -> tuple[JobState, ...]:
        """The jobs that have not ended, oldest first."""
        return tuple(entry.state for entry in self._entries.values())

    async def run(self) -> None:
        """Keep the file up to date until cancelled."""
        await self._file.run()

    async def start(self, spec: JobSpec) -> JobState:
        """Start a job; one that survives restarts is on disk once this returns.

        Returns:
            Its state after its first step.

        Raises:
            InvalidValueError: This device cannot do it, or the spec makes no sense.
            BusyError: Another job is in the way, or eight run.
            StorageError: It would survive restarts and cannot be kept.
            DeviceAwayError: The daemon is ending.
        """
        self._check_open()
        job = self._make(spec)
        check_room(spec, self.active)
        now = self._clock.now().astimezone(UTC)
        state = JobState(
            id=self._new_id(now), spec=spec, status="running", started=f"{now:%Y-%m-%dT%H:%M:%SZ}"
        )
        entry = self._add(state, job)
        try:
            self._keep(entry)
            if entry.kept is not None:
                await self._file.write()
                self._check_open()
        except BaseException:
            self._entries.pop(state.id, None)
            self._note()
            raise
        self._launch(entry)
        await asyncio.sleep(0)  # its first step
        self._board.show()
        return entry.state

    async def resume(self) -> None:
        """Go on with what survived; once, before anybody can start a job."""
        for kept in await asyncio.to_thread(self._file.read) or ():
            try:
                self._resume(kept)
            except VizyError as error:
                self._forget(kept.state, "failed", error.detail)
        self._note()
        self._board.show()

    async def stop(self, job_id: str) -> JobState:
        """Stop a job; return once what it captured is whole, or after a deadline.

        A job that has ended already is returned as it is.

        Raises:
            NotFoundError: There is no such job, or it ended long ago.
        """
        entry = self._entries.get(job_id)
        if entry is None or entry.task is None:
            for state in self._board:
                if state.id == job_id:
                    return state
            raise NotFoundError(
                f"there is no job {job_id[:80]!r}: list them to see the ids; of those that ended, "
                f"the last {MAX_ENDED} are known"
            )
        if entry.deadline is None:
            entry.progress.stopping.set()
            entry.deadline = asyncio.get_running_loop().call_later(
                self._stop_deadline_s, self._cut_short, entry
            )
            entry.state = msgspec.structs.replace(entry.state, status="stopping")
            self._keep(entry)
            self._board.show()
        await asyncio.wait({entry.task}, timeout=self._stop_deadline_s + _CANCEL_DEADLINE_S)
        await self._file.save()
        return entry.state

    async def close(self) -> None:
        """End all jobs, in about half a second; those that survive go on after the next start."""
        self._is_closed = True
        tasks = {entry.task for entry in self._entries.values() if entry.task is not None}
        for entry in self._entries.values():
            entry.progress.stopping.set()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_DEADLINE_S)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_CLOSE_DEADLINE_S)
        self._board.close()
        await self._file.save()

    def _resume(self, kept: KeptJob) -> None:
        state = msgspec.structs.replace(kept.state, status="running")
        if kept.state.status == "stopping":  # the power went before it had stopped
            self._forget(state, "stopped")
            return
        job = self._make(state.spec)
        elapsed_s = kept.elapsed_s
        if elapsed_s is not None:  # a clock that is not set yet may say that no time has passed
            elapsed_s += max(0.0, (self._clock.now() - kept.saved).total_seconds())
        entry = self._add(state, job, elapsed_s)
        entry.kept = kept
        self._launch(entry)
        _logger.info("%s %s goes on", kind_of(state.spec), state.id)

    def _forget(self, state: JobState, status: JobStatus, reason: str = "") -> None:
        _logger.warning("%s %s does not go on: %s", kind_of(state.spec), state.id, reason or status)
        self._board.add_ended(msgspec.structs.replace(state, status=status, reason=reason))

    def _check_open(self) -> None:
        if self._is_closed:
            raise DeviceAwayError("the daemon is ending: try again in a moment")

    def _make(self, spec: JobSpec) -> Job:
        maker = self._makers.get(type(spec))
        if maker is None:
            known = ", ".join(sorted(kind.__struct_config__.tag for kind in self._makers))
            raise InvalidValueError(f"this device does no {kind_of(spec)}: it does {known}")
        return maker(spec)

    def _new_id(self, now: datetime) -> str:
        known = {*self._entries, *(state.id for state in self._board)}
        while (job_id := capture_id(now, secrets.token_hex(2))) in known:
            pass
        return job_id

    def _add(self, state: JobState, job: Job, elapsed_s: float | None = None) -> _Entry:
        def tell(done: int, total: int | None, detail: str) -> None:
            self._tell(entry, done, total, detail)

        progress = Progress(
            state.id, tell, done=state.done, missed=state.missed, elapsed_s=elapsed_s
        )
        entry = self._entries[state.id] = _Entry(state, progress, job)
        return entry

    def _launch(self, entry: _Entry) -> None:
        name = f"{kind_of(entry.state.spec)} {entry.state.id}"
        entry.task = asyncio.create_task(self._run(entry), name=f"job {name}")

    async def _run(self, entry: _Entry) -> None:
        reason = ""
        status: JobStatus = "failed"
        try:
            await entry.job.run(entry.progress)
            status = "stopped" if _is_unfinished(entry) else "done"
        except asyncio.CancelledError:
            status = "stopped"
            if entry.is_cut_short:
                reason = f"it did not end within {self._stop_deadline_s:g} s and was cut short"
        except VizyError as error:
            reason = error.detail
            _logger.warning("%s %s failed: %s", kind_of(entry.state.spec), entry.state.id, error)
        except Exception as error:
            reason = f"it broke, see the log: {error!r}"
            _logger.exception("%s %s broke", kind_of(entry.state.spec), entry.state.id)
        self._end(entry, status, reason)

    def _end(self, entry: _Entry, status: JobStatus, reason: str) -> None:
        if entry.deadline is not None:
            entry.deadline.cancel()
        entry.state = msgspec.structs.replace(entry.state, status=status, reason=reason)
        if self._is_closed:  # what survives stays on disk as it was
            return
        del self._entries[entry.state.id]
        self._board.add_ended(entry.state)
        self._note()
        self._board.show()

    def _cut_short(self, entry: _Entry) -> None:
        assert entry.task is not None
        entry.is_cut_short = True
        entry.task.cancel()

    def _tell(self, entry: _Entry, done: int, total: int | None, detail: str) -> None:
        before = entry.state
        status = "waiting" if entry.progress.is_waiting else "running"
        entry.state = msgspec.structs.replace(
            before,
            status="stopping" if entry.deadline is not None else status,
            done=done,
            total=total,
            missed=entry.progress.missed,
            detail=detail,
        )
        if entry.state == before:
            return
        self._keep(entry)
        if entry.state.status != before.status:
            self._board.show()
        else:
            self._board.show_soon()

    def _keep(self, entry: _Entry) -> None:
        """Remember how a job is, if it is one that survives."""
        if isinstance(entry.state.spec, _SURVIVORS):
            now = self._clock.now().astimezone(UTC)
            entry.kept = KeptJob(entry.state, now, entry.progress.elapsed_s)
            self._note()

    def _note(self) -> None:
        kept = (entry.kept for entry in self._entries.values())
        self._file.note(tuple(each for each in kept if each is not None))


def _is_unfinished(entry: _Entry) -> bool:
    """Tell whether a job that returned was ended by somebody, rather than by itself."""
    state = entry.state
    is_whole = state.total is not None and state.done >= state.total
    return entry.progress.stopping.is_set() and not is_whole
