"""A child process that answers questions: a peer that is served, or the clients of one."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil

from benchmarks.peers import HOST, Setup

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 20.0


class Child:
    """Runs a module of this package; one line of JSON in, one out."""

    def __init__(self, module: str, argument: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{module}", argument],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._usage = psutil.Process(self._process.pid)

    def ask(self, question: str, **details: Any) -> Any:
        """Ask, and wait for the answer."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"ask": question, **details}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    @property
    def cpu_s(self) -> float:
        """Processor time used so far."""
        times = self._usage.cpu_times()
        return times.user + times.system

    @property
    def rss_mb(self) -> float:
        """Memory in use, 10^6 bytes."""
        return self._usage.memory_info().rss / 1e6

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()


class Served(Child):
    """A peer that is served."""

    def __init__(self, setup: Setup) -> None:
        super().__init__("peers", msgspec.json.encode(setup).decode())
        self.port = setup.port
        self.url = f"http://{HOST}:{setup.port}/"

    def device(self) -> tuple[int, int]:
        """Return where the device is, and how often it was set."""
        answer = self.ask("device")
        return answer["value"], answer["calls"]


@contextlib.contextmanager
def running(peer: str, **setup: Any) -> Iterator[Served]:
    """Serve a peer; yield it once its port answers."""
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    served = Served(Setup(peer=peer, port=port, **setup))
    try:
        deadline = time.monotonic() + WAIT_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
                break
            assert time.monotonic() < deadline, f"{peer} does not answer"
            time.sleep(0.05)
        yield served
    finally:
        served.close()
