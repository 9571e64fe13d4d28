"""Tell what a build does: which of how many steps, how long, how far; and what failed.

On a terminal the line of the running step is drawn anew each second; in a log there is a line when
a step begins, one each half minute, and one when it ends. Used by one thread.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from vizyimage.errors import BuildError

TAIL_LINES = 25
"""So much of a log is shown when its step fails."""


class Steps:
    """The steps of one build.

    Args:
        total: How many there will be.
        out: Where to tell.
        clock: Seconds that only grow.
    """

    def __init__(
        self, total: int, out: TextIO = sys.stderr, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._out = out
        self._clock = clock
        self._begun = clock()
        self._number = 0
        self.seconds: dict[str, float] = {}
        """How long each finished step took."""

    @contextmanager
    def step(self, name: str) -> Generator["Step"]:
        """Do a step: what is raised within is told and goes on."""
        self._number += 1
        step = Step(f"[{self._number}/{self._total}] {name}", self._out, self._clock)
        try:
            yield step
        except BaseException:
            step.end("FAILED")
            raise
        self.seconds[name] = step.elapsed_s
        step.end(step.note or "done")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first step could begin."""
        return self._clock() - self._begun


class Step:
    """One step while it runs; see ``Steps.step``."""

    def __init__(self, title: str, out: TextIO, clock: Callable[[], float]) -> None:
        self._title = title
        self._out = out
        self._clock = clock
        self._begun = self._told = clock()
        self._is_terminal = out.isatty()
        self.note = ""
        """What is said at the end, as ``cached`` or a size."""
        self._line("...", over=True)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step began."""
        return self._clock() - self._begun

    def progress(self, text: str) -> None:
        """Say how far it is, as ``210 MB``; told at most each second, or half minute in a log."""
        if self._clock() - self._told >= (1.0 if self._is_terminal else 30.0):
            self._told = self._clock()
            self._line(text, over=True)

    def end(self, text: str) -> None:
        """Say how it ended."""
        self._line(text, over=False)

    def _line(self, text: str, *, over: bool) -> None:
        line = f"{self._title}: {text} ({self.elapsed_s:.0f} s)"
        if self._is_terminal:
            self._out.write(f"\r\x1b[K{line}" + ("" if over else "\n"))
        else:
            self._out.write(line + "\n")
        self._out.flush()


def run(
    command: Sequence[str | Path],
    log: Path,
    step: Step,
    *,
    env: Mapping[str, str] | None = None,
    growing: Path | None = None,
) -> None:
    """Run a program of a step, everything it says into a log.

    It runs in a session of its own: when the build is interrupted, it and its children get SIGTERM
    and time to take down what they mounted.

    Args:
        command: The program and its arguments.
        log: Appended to.
        step: Told how far it is.
        env: Added to the environment.
        growing: A file whose size tells how far it is.

    Raises:
        BuildError: It failed; with the end of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        out.write(f"$ {' '.join(str(each) for each in command)}\n")
        out.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        try:
            while _still_runs(process):
                step.progress(_how_far(log, growing))
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        raise BuildError(
            f"{command[0]} failed with exit code {process.returncode}; the end of {log}:\n"
            + tail(log)
        )


def tail(log: Path) -> str:
    """Give the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  | {line}" for line in lines[-TAIL_LINES:])


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        return True
    return False


def _how_far(log: Path, growing: Path | None) -> str:
    if growing is not None and growing.exists():
        return f"{growing.stat().st_size / 1e6:.0f} MB"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 400))
        lines = file.read().decode(errors="replace").splitlines()
    return lines[-1].strip()[:70] if lines else "..."


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=20.0)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
