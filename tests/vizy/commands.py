"""The command against a daemon that runs on a loop of its own thread: another process to it."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.vizy.fakes import FakeDaemon
from vizy.cli import main
from vizy.jobs import JobState


class Running:
    """A daemon on a loop of its own thread, as the command sees it: another process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    def change(self, **sections: Any) -> None:
        self._loop.call_soon_threadsafe(lambda: self._daemon.change(**sections))

    def change_job(self, job_id: str, **news: Any) -> None:
        self._loop.call_soon_threadsafe(lambda: self._daemon.change_job(job_id, **news))

    def wait_for_job(self) -> JobState:
        """Wait until somebody has started one."""
        deadline = time.monotonic() + 30
        while not self._daemon.state.jobs:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return self._daemon.state.jobs[0]

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        async with FakeDaemon(self._path) as self._daemon:
            self._ready.set()
            await self._done.wait()


@contextmanager
def running(state_dir: Path) -> Iterator[Running]:
    daemon = Running(state_dir / "run" / "hardware.sock")
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()


def vizy(arguments: Sequence[str], environ: dict[str, str]) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environ)
