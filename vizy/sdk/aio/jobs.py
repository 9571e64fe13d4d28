"""A job that was started: how far it is, waiting for its end, stopping it."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from vizy.jobs import JobState, kind_of
from vizy.sdk.aio.base import Runner
from vizy.sdk.aio.captures import AsyncCapture, AsyncCaptures
from vizy.sdk.link import Link
from vizy.sdk.looking import failed, job_end, stop


class AsyncJob:
    """A job. As a context manager it is stopped at the end: what it captured is kept.

    Attributes:
        state: As it was last seen.
    """

    def __init__(self, link: Link, runner: Runner, state: JobState) -> None:
        self.state = state
        self._link = link
        self._runner = runner

    @property
    def id(self) -> str:
        """Unique; the ``group`` of what it captures."""
        return self.state.id

    async def wait(
        self,
        *,
        progress: Callable[[JobState], None] | None = None,
        timeout_s: float | None = None,
        check: bool = True,
    ) -> JobState:
        """Wait for its end.

        Args:
            progress: Called with what is new of it; on a thread of the SDK.
            timeout_s: Wait no longer; None: as long as it takes.
            check: Whether it is an error if it failed.

        Returns:
            What became of it.

        Raises:
            DeviceError: It failed; the text says why.
            DeviceTimeoutError: It has not ended in time; it goes on.
            NotFoundError: It is gone: the hardware process was started again.
        """

        def seen(state: JobState) -> None:
            self.state = state
            if progress is not None:
                progress(state)

        await self._runner.wait(job_end(self._link, self.id, seen, timeout_s))
        if check and self.state.status == "failed":
            raise failed(self.state)
        return self.state

    async def stop(self) -> JobState:
        """Stop it; return once what it captured is whole. One that has ended stays as it is.

        Raises:
            NotFoundError: It is gone.
            DeviceError: The device is away or did not answer in time.
        """
        self.state = await self._runner.wait(stop(self._link, self.id))
        return self.state

    async def captures(self) -> list[AsyncCapture]:
        """Return what it has captured so far, oldest first.

        Raises:
            DeviceError: The device is away or did not answer in time.
        """
        found: list[AsyncCapture] = []
        async for capture in AsyncCaptures(self._link, self._runner).find(group=self.id):
            found.insert(0, capture)
        return found

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def __repr__(self) -> str:
        state = self.state
        total = "" if state.total is None else f"/{state.total}"
        return f"<Job {self.id}, {kind_of(state.spec)}, {state.status}, {state.done}{total}>"
