"""What a job is to the daemon: one ABC, one method that does the work.

`hardware.jobs.Jobs` makes a job from what was asked for, runs it as a task of its own on the
daemon's loop, publishes its progress and stops it. A job never blocks the loop and never catches
more than it can mend: what it raises ends it as failed, with that text.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable


class Progress:
    """A job's view of itself while it runs; on the loop.

    Args:
        job_id: The job's; what it captures carries it as its group.
        tell: Publishes ``done``, ``total`` and ``detail``, and what the attributes say by then.
        done: Steps done before a restart.
        missed: Steps missed before a restart.
        elapsed_s: How long ago it began, before a restart; None: it has not begun.

    Attributes:
        id: As given.
        stopping: Set when somebody wants it to end: finish what must be whole and return.
        done: Steps done, as last told.
        missed: Steps that were due and could not be done; the job counts.
        elapsed_s: As given; a job that has to know it after a restart keeps it up to date.
        is_waiting: The job sets it while its time has not come.
    """

    def __init__(
        self,
        job_id: str,
        tell: Callable[[int, int | None, str], None],
        *,
        done: int = 0,
        missed: int = 0,
        elapsed_s: float | None = None,
    ) -> None:
        self.id = job_id
        self.stopping = asyncio.Event()
        self.done = done
        self.missed = missed
        self.elapsed_s = elapsed_s
        self.is_waiting = False
        self._tell = tell

    def __call__(self, done: int, total: int | None = None, detail: str = "") -> None:
        """Say how far it is; cheap, so say it at each step.

        Args:
            done: Steps done: pictures, or seconds of a recording.
            total: Steps in all; None when nobody knows.
            detail: What is worth saying.
        """
        self.done = done
        self._tell(done, total, detail)


class Job(ABC):
    """One piece of long work; made for one run."""

    @abstractmethod
    async def run(self, progress: Progress) -> None:
        """Do the work; return when it is done or, soon after ``progress.stopping``, ended.

        If it is cancelled it leaves nothing half done that a restart could not clear.

        Raises:
            VizyError: It failed; what was captured before is kept.
        """
