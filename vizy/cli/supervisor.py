"""Runs child processes in one terminal: their lines prefixed, the fallen restarted, none left over.

Used by `vizy run`, on its asyncio loop in the main thread: the kernel ties each child's life to the
thread that started it (`vizy.process`). It knows nothing about what the children do but their exit
code 2, which says that what they were told cannot work and starting again would not help.
"""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from msgspec import Struct

from vizy.cli.lines import LineCutter
from vizy.process import SUPERVISOR_VARIABLE

BAD_SETTINGS = 2
_CHUNK_BYTES = 64 * 1024


class Child(Struct, frozen=True):
    """A process to keep running: its short name and its command."""

    name: str
    command: Sequence[str]


class Times(Struct, frozen=True, kw_only=True):
    """The supervisor's times, in seconds.

    Attributes:
        first_pause_s: The pause before the first restart; it doubles with each.
        longest_pause_s: Where the doubling ends.
        good_life_s: A child that lived this long starts again with the first pause.
        stop_s: How long a child may take to stop before it is killed.
        drain_s: How long to wait for the rest of a dead child's output.
    """

    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    good_life_s: float = 10.0
    stop_s: float = 5.0
    drain_s: float = 1.0


class Supervisor:
    """Keeps children running until it is told to stop or one says that it cannot work.

    Args:
        children: What to run.
        environ: The whole environment of the children; read at each start.
        show: Takes each line to show and the child's name; never waits.
        times: Pauses and limits.
        monotonic: The clock that a child's life is measured with.
    """

    def __init__(
        self,
        children: Sequence[Child],
        environ: Mapping[str, str],
        show: Callable[[str, str], None],
        *,
        times: Times | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = children
        self._environ = environ
        self._show = show
        self._times = times or Times()
        self._monotonic = monotonic
        self._stop = asyncio.Event()
        self._failed: Child | None = None
        self._last_lines: dict[str, str] = {}
        self._shown_last: tuple[str, str] | None = None

    def stop(self) -> None:
        """Stop all children; `run` returns once they are gone."""
        self._stop.set()

    async def run(self) -> int:
        """Run the children.

        Returns:
            The exit code: 0 when told to stop, 2 when a child could not work; that child's last
            line is then the last one shown.
        """
        tasks = [
            asyncio.create_task(self._keep(child), name=f"keep {child.name}")
            for child in self._children
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._failed is None:
            return 0
        name = self._failed.name
        last = (name, self._last_lines.get(name, _ending(BAD_SETTINGS)))
        if self._shown_last != last:
            self._show(*last)
        return BAD_SETTINGS

    async def _keep(self, child: Child) -> None:
        pause_s = self._times.first_pause_s
        while not self._stop.is_set():
            born = self._monotonic()
            code = await self._run_once(child)
            if self._stop.is_set():
                return
            if code == BAD_SETTINGS:
                self._failed = child
                self._stop.set()
                return
            if self._monotonic() - born >= self._times.good_life_s:
                pause_s = self._times.first_pause_s
            self._print(child, f"{_ending(code)}; it starts again in {pause_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_s)
            pause_s = min(pause_s * 2, self._times.longest_pause_s)

    async def _run_once(self, child: Child) -> int:
        async with _pipe() as (output, write_end):
            try:
                process = await asyncio.create_subprocess_exec(
                    *child.command,
                    stdin=DEVNULL,
                    stdout=write_end,
                    stderr=write_end,
                    env={**self._environ, SUPERVISOR_VARIABLE: str(os.getpid())},
                    process_group=0,  # Ctrl-C reaches the supervisor alone: it stops them
                )
            finally:
                os.close(write_end)
            try:
                return await self._watch(child, process, output)
            finally:
                if process.returncode is None:
                    _kill(process)
                    await process.wait()

    async def _watch(self, child: Child, process: Process, output: asyncio.StreamReader) -> int:
        """Show a child's output until it ends or is told to; return its exit code."""
        showing = asyncio.create_task(self._read(child, output), name=f"output {child.name}")
        ended = asyncio.create_task(process.wait(), name=f"wait {child.name}")
        stopped = asyncio.create_task(self._stop.wait(), name=f"stop {child.name}")
        try:
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await self._end(process, ended)
            await asyncio.wait({showing}, timeout=self._times.drain_s)
            return await ended
        finally:
            for task in (showing, stopped, ended):
                task.cancel()
            await asyncio.gather(showing, stopped, ended, return_exceptions=True)

    async def _end(self, process: Process, ended: asyncio.Task[int]) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait({ended}, timeout=self._times.stop_s)
        if not ended.done():
            _kill(process)
            await ended

    async def _read(self, child: Child, output: asyncio.StreamReader) -> None:
        cutter = LineCutter()
        while chunk := await output.read(_CHUNK_BYTES):
            for line in cutter.feed(chunk):
                self._print(child, line)
        for line in cutter.finish():
            self._print(child, line)

    def _print(self, child: Child, line: str) -> None:
        if line:
            self._last_lines[child.name] = line
        if self._failed is None or self._failed is child:
            self._shown_last = (child.name, line)
            self._show(child.name, line)


@contextlib.asynccontextmanager
async def _pipe() -> AsyncGenerator[tuple[asyncio.StreamReader, int], None]:
    """Open a pipe: a stream to read, and the descriptor to write to, which the caller closes.

    asyncio's own pipes will not do: with them a child counts as ended only once everybody who
    inherited them is gone.
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
    )
    try:
        yield reader, write_end
    finally:
        transport.close()


def _kill(process: Process) -> None:
    """Kill a child and whatever it started in its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
