"""`Domain`: the queue in front of one device.

Whatever touches the device goes through its domain, in the order in which it arrived, one at a
time. A waiting change of state (a slider's value) is replaced by a newer one of the same kind when
it is the last in the queue: the device is never behind by more than one, the last value is never
lost, and nothing is reordered around a click. Runs on the event loop, in one worker task while
there is work; `def` callbacks run in the domain's one thread.
"""

import asyncio
import contextvars
import functools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dash_devices.errors import QueueFullError

logger = logging.getLogger("dash_devices")


class Job:
    """One thing to do in turn.

    Args:
        run: What to do; runs on the loop and may await. Handles its own errors.
        key: Jobs of the same key replace each other at the tail; None never does.
        replaced: Called with the job that took the place, instead of `run`.
    """

    def __init__(
        self,
        run: Callable[[], Awaitable[None]],
        *,
        key: Hashable | None = None,
        replaced: Callable[[], None] | None = None,
    ) -> None:
        self.run = run
        self.key = key
        self.replaced = replaced


class Domain:
    """Runs jobs one at a time, in order.

    Args:
        name: The device, for logs and errors.
        limit: How many jobs may wait.
    """

    def __init__(self, name: str, *, limit: int = 256) -> None:
        self.name = name
        self.limit = limit
        self._jobs: deque[Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Queue a job, in place of the last one if both are changes of the same thing.

        Raises:
            QueueFullError: As many wait as may; nothing was queued.
        """
        tail = self._jobs[-1] if self._jobs else None
        if tail is not None and job.key is not None and tail.key == job.key:
            self._jobs[-1] = job
            if tail.replaced:
                tail.replaced()
        elif len(self._jobs) >= self.limit:
            raise QueueFullError(
                f"{self.limit} changes wait for {self.name!r} already: "
                "the callback is slower than the changes come, try again later"
            )
        else:
            self._jobs.append(job)
        self._wake()

    def put_next(self, jobs: Sequence[Job]) -> None:
        """Queue jobs that follow from the running one, in order, before everything that waits."""
        self._jobs.extendleft(reversed(jobs))
        self._wake()

    def put_always(self, job: Job) -> None:
        """Queue a job whose kind is bounded by something else, however many others wait."""
        self._jobs.append(job)
        self._wake()

    def _wake(self) -> None:
        if self._worker is None or self._worker.done():
            # In a context of its own: whoever woke it is not who the jobs are for.
            self._worker = asyncio.get_running_loop().create_task(
                self._work(),
                name=f"dash_devices domain {self.name}",
                context=contextvars.Context(),
            )

    async def _work(self) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            try:
                await job.run()
            except Exception:
                logger.exception("a job of domain %r failed", self.name)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not self._jobs and (self._worker is None or self._worker.done())

    async def call(self, function: Callable[[], Any]) -> Any:
        """Run a blocking function in the domain's thread, with the caller's context."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"dash_devices-{self.name}")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, functools.partial(context.run, function))

    async def close(self) -> None:
        """Stop the worker; what waits is dropped."""
        self._jobs.clear()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None
        self.release()

    def release(self) -> None:
        """Let the thread go; one that is needed again is made again."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
