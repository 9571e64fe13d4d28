"""Processes that are measured: the daemon, a plain program, or somebody who reads; from /proc."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vizy.settings import Settings, load_settings, settings_environ

ROOT = Path(__file__).resolve().parent.parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_WAIT_S = 30.0


@dataclass(frozen=True)
class Usage:
    """What a process had used at one moment: seconds of processor, by thread."""

    at_s: float
    threads: dict[int, float]

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """Look at a process."""
        threads: dict[int, float] = {}
        for task in Path(f"/proc/{pid}/task").iterdir():
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            threads[int(task.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
        return cls(time.monotonic(), threads)

    def since(self, before: "Usage") -> tuple[float, float]:
        """Return percent of a core since then: of the whole process, and of its busiest thread."""
        seconds = self.at_s - before.at_s
        used = [self.threads[tid] - before.threads.get(tid, 0.0) for tid in self.threads]
        return sum(used) / seconds * 100, max(used) / seconds * 100


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process, shared pages included."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def pss_mib(pid: int) -> float:
    """Return the memory of a process, of shared pages its share."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) / 1024


def descriptors(pid: int) -> int:
    """Return how many file descriptors a process has."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@dataclass(frozen=True)
class Daemon:
    """The hardware process, ready."""

    pid: int
    settings: Settings


@contextmanager
def daemon(module: str = "hardware", **environ: str) -> Iterator[Daemon]:
    """Run the daemon with these variables and a state folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"state_dir": folder}, environ)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VIZY_")}
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=clean | environ | settings_environ({"state_dir": folder}),
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + _WAIT_S
            while not settings.hardware_socket.exists():
                assert process.poll() is None, "the daemon did not start"
                assert time.monotonic() < deadline, "the daemon does not get ready"
                time.sleep(0.05)
            yield Daemon(process.pid, settings)
        finally:
            process.terminate()
            process.wait(_WAIT_S)


@contextmanager
def child(
    module: str, *arguments: object, package: str = "hardware"
) -> Iterator["subprocess.Popen[str]"]:
    """Run a module of a package of the benchmarks until it is let go."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{package}.{module}", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
