"""The two real processes, started, killed and restarted by a test, over real sockets.

For tests that are plain functions as well as for coroutines: nothing here needs an event loop. A
thread per process collects its log; it ends with the process.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.system import people
from web.auth.identity import RoleName

READY = {"hardware": r"ready on ", "web": r"listening on (https?://\S+)"}


class Process:
    """One of the two, from one start to its end.

    Args:
        module: ``hardware``, ``web``, or ``vizy.cli`` with what stands behind `vizy`.
        environ: The whole environment.
    """

    def __init__(self, module: str, environ: Mapping[str, str], *arguments: str) -> None:
        self.module = module
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._has_ended = False
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"log of {module}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def until_line(self, pattern: str, *, timeout_s: float = 30) -> re.Match[str]:
        """Wait until the log has a line, from the start on, and return the match."""
        deadline = time.monotonic() + timeout_s
        with self._heard:
            seen = 0
            while True:
                for line in self.lines[seen:]:
                    if match := re.search(pattern, line):
                        return match
                seen = len(self.lines)
                assert not self._has_ended, f"{self.module} ended without {pattern}:\n{self.log}"
                in_time = self._heard.wait(deadline - time.monotonic())
                assert in_time, f"{self.module} did not say {pattern} in time:\n{self.log}"

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self, *, timeout_s: float = 10) -> int:
        """Wait for the end, and return the exit code."""
        code = self._popen.wait(timeout_s)
        self._reader.join()
        return code

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.is_running:
            self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        return self.wait()

    def _read(self) -> None:
        assert self._popen.stdout
        with self._popen.stdout as log:
            for line in log:
                with self._heard:
                    self.lines.append(line.rstrip("\n"))
                    self._heard.notify_all()
        with self._heard:
            self._has_ended = True
            self._heard.notify_all()


class VizyProcesses:
    """A whole Vizy: daemon and web server on one state folder, at a port of their own.

    Args:
        state_dir: Where it keeps everything.
        options: ``VIZY_*`` variables besides, for example ``VIZY_CAMERA``.
        has_people: Whether it knows those of `tests.system.people`; else its first visit is to
            come.

    Attributes:
        url: Where the page is, without a slash at the end; the same after a restart.
    """

    def __init__(
        self,
        state_dir: Path,
        options: Mapping[str, str] | None = None,
        *,
        has_people: bool = True,
    ) -> None:
        if has_people:
            people.move_in(state_dir, time.time())
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIZY_")}
        self.state_dir = state_dir
        self.environ = inherited | {
            "VIZY_STATE_DIR": str(state_dir),
            "VIZY_PORT": "0",
            "PYTHONUNBUFFERED": "1",
            # The machine that runs the tests keeps its name, its clock and its network.
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={state_dir}/no-bus",
            **(options or {}),
        }
        self._running: dict[str, Process] = {}
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self.start("hardware")
            self.start("web")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in reversed(self._running.values()):
            try:
                process.stop()
            except subprocess.TimeoutExpired:
                process.kill()

    def __getitem__(self, module: str) -> Process:
        return self._running[module]

    def client(self, role: RoleName | None = "admin", **options: Any) -> httpx.Client:
        """Return a client of the API with a token of a role, or none; ``options`` are httpx's."""
        headers = people.headers(role) | options.pop("headers", {})
        return httpx.Client(**{"base_url": self.url, "timeout": 20, "headers": headers, **options})

    def start(self, module: str) -> Process:
        """Start one of the two, and wait until it is ready."""
        process = self._running[module] = Process(module, self.environ)
        ready = process.until_line(READY[module])
        if module == "web":
            self.url = ready[1].rstrip("/")
            self.environ["VIZY_PORT"] = self.url.rpartition(":")[2]
        return process

    def kill(self, module: str) -> None:
        """End one of the two at once, as a power cut would."""
        self._running[module].kill()

    def restart(self, module: str) -> Process:
        """Kill one of the two, start it anew, and wait until it is ready."""
        self.kill(module)
        return self.start(module)


class SupervisedVizy(VizyProcesses):
    """The same, kept running by `vizy run`."""

    def __enter__(self) -> Self:
        process = self._running["run"] = Process("vizy.cli", self.environ, "run")
        try:
            self.url = process.until_line(r"Vizy is at (http://\S+)")[1]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self
