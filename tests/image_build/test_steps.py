"""A build tells which step it is at, and of a failure the end of its log."""

import io
import os
import time
from pathlib import Path

import pytest
from vizyimage.errors import BuildError
from vizyimage.steps import Step, Steps, run, tail


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_step_is_told_with_its_number_and_its_seconds() -> None:
    out, clock = io.StringIO(), Clock()
    steps = Steps(2, out, clock)
    with steps.step("base") as step:
        clock.now += 33
        step.note = "304 MB"
    with steps.step("disk"):
        clock.now += 2
    assert out.getvalue().splitlines() == [
        "[1/2] base: ... (0 s)",
        "[1/2] base: 304 MB (33 s)",
        "[2/2] disk: ... (0 s)",
        "[2/2] disk: done (2 s)",
    ]
    assert steps.seconds == {"base": 33, "disk": 2}
    assert steps.elapsed_s == 35


def test_a_step_that_fails_says_so_and_counts_no_time() -> None:
    out = io.StringIO()
    steps = Steps(1, out)
    with pytest.raises(KeyboardInterrupt), steps.step("base"):
        raise KeyboardInterrupt
    assert "[1/1] base: FAILED" in out.getvalue()
    assert steps.seconds == {}


def test_a_log_gets_a_line_each_half_minute_and_a_terminal_each_second() -> None:
    for out, lines in ((io.StringIO(), 2), (Terminal(), 60)):
        clock = Clock()
        with Steps(1, out, clock).step("base") as step:
            for _ in range(60):
                clock.now += 1.0
                step.progress("12 MB")
        assert out.getvalue().count("12 MB") == lines


def test_on_a_terminal_the_line_is_drawn_anew() -> None:
    out = Terminal()
    with Steps(1, out).step("base"):
        pass
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().startswith("\r\x1b[K[1/1] base")


def test_what_a_program_says_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs/base.log"
    with Steps(1, io.StringIO()).step("base") as step:
        run(["sh", "-c", "echo $COLOUR; echo bad >&2"], log, step, env={"COLOUR": "red"})
    assert log.read_text().splitlines()[-2:] == ["red", "bad"]


def test_a_program_that_fails_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "base.log"
    with (
        pytest.raises(BuildError) as caught,
        Steps(1, io.StringIO()).step("base") as step,
    ):
        run(["sh", "-c", "seq 100; echo no such package; exit 3"], log, step)
    text = str(caught.value)
    assert f"sh failed with exit code 3; the end of {log}" in text
    assert text.endswith("  | no such package")
    assert "| 10\n" not in text


def test_a_short_log_is_shown_whole(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\nb\n")
    assert tail(log) == "  | a\n  | b"


def test_an_interrupted_build_ends_its_program_and_what_that_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"trap 'echo gone >{tmp_path}/gone; exit' TERM; sleep 600 & echo $! >{pids}; wait"

    class Interrupted(Step):
        def progress(self, text: str) -> None:
            if pids.exists() and pids.read_text().strip():
                raise KeyboardInterrupt

    step = Interrupted("base", io.StringIO(), time.monotonic)
    with pytest.raises(KeyboardInterrupt):
        run(["sh", "-c", script], tmp_path / "log", step)
    assert (tmp_path / "gone").exists()
    with pytest.raises(ProcessLookupError):
        _wait_gone(int(pids.read_text()))


def _wait_gone(pid: int) -> None:
    for _ in range(500):
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError
        time.sleep(0.01)
