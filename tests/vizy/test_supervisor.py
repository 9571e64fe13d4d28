"""The supervisor with tiny children: restart, give up, stop, and nobody left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest

from vizy.cli.lines import LineCutter
from vizy.cli.supervisor import Child, Supervisor, Times
from vizy.process import die_with_parent

FAST = Times(first_pause_s=0.01, longest_pause_s=0.04, stop_s=0.5, drain_s=0.5)
WAITING = "import sys, time; print('up', flush=True); time.sleep(600)"


def child(name: str, code: str) -> Child:
    return Child(name, [sys.executable, "-S", "-E", "-c", textwrap.dedent(code)])


class Shown:
    """The lines that were shown, and a way to wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._new = asyncio.Event()

    def __call__(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")
        self._new.set()

    async def until(self, is_there: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(30):
            while not is_there(self.lines):
                self._new.clear()
                await self._new.wait()


async def ran(supervisor: Supervisor) -> int:
    return await asyncio.wait_for(supervisor.run(), 60)


async def test_told_to_stop_it_stops_all_and_returns_0() -> None:
    shown = Shown()
    supervisor = Supervisor([child("a", WAITING), child("b", WAITING)], {}, shown, times=FAST)
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: {"a: up", "b: up"} <= set(lines))
    supervisor.stop()
    assert await running == 0


async def test_a_child_that_dies_is_started_again_with_growing_pauses() -> None:
    shown = Shown()
    children = [child("a", "raise SystemExit(3)"), child("b", WAITING)]
    supervisor = Supervisor(children, {}, shown, times=FAST)
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: len([line for line in lines if line.startswith("a")]) >= 4)
    supervisor.stop()
    assert await running == 0
    assert [line for line in shown.lines if line.startswith("a")][:4] == [
        "a: ended with code 3; it starts again in 0.01 s",
        "a: ended with code 3; it starts again in 0.02 s",
        "a: ended with code 3; it starts again in 0.04 s",
        "a: ended with code 3; it starts again in 0.04 s",
    ]
    assert shown.lines.count("b: up") == 1


async def test_after_a_good_life_the_pause_is_short_again() -> None:
    shown = Shown()
    clock = iter(range(0, 10_000, 11))
    supervisor = Supervisor(
        [child("a", "raise SystemExit(1)")], {}, shown, times=FAST, monotonic=lambda: next(clock)
    )
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: len(lines) >= 3)
    supervisor.stop()
    await running
    assert {line.rpartition(" in ")[2] for line in shown.lines} == {"0.01 s"}


async def test_a_killed_child_is_named_by_its_signal() -> None:
    shown = Shown()
    code = "import os; print(os.getpid(), flush=True); import time; time.sleep(600)"
    supervisor = Supervisor([child("a", code)], {}, shown, times=FAST)
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: len(lines) == 1)
    os.kill(int(shown.lines[0].split()[1]), signal.SIGKILL)
    await shown.until(lambda lines: len(lines) == 3)
    assert shown.lines[1] == "a: was ended by SIGKILL; it starts again in 0.01 s"
    supervisor.stop()
    await running


async def test_a_child_that_cannot_work_ends_everything_with_its_words_last() -> None:
    shown = Shown()
    chatty = """
        import signal, sys, time
        def bye(*_):
            print("bye", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, bye)
        print("up", flush=True)
        while True:
            time.sleep(0.001)
            print("talk", flush=True)
        """
    failing = """
        import sys, time
        print("working", flush=True)
        time.sleep(0.3)
        print("vizy hardware: the clip is missing", file=sys.stderr)
        raise SystemExit(2)
        """
    supervisor = Supervisor([child("a", failing), child("b", chatty)], {}, shown, times=FAST)
    assert await ran(supervisor) == 2
    assert shown.lines[-1] == "a: vizy hardware: the clip is missing"
    assert "b: bye" not in shown.lines


async def test_a_child_that_cannot_work_and_does_not_say_why_is_named() -> None:
    shown = Shown()
    assert await ran(Supervisor([child("a", "raise SystemExit(2)")], {}, shown, times=FAST)) == 2
    assert shown.lines == ["a: ended with code 2"]


async def test_a_child_that_ignores_sigterm_is_killed() -> None:
    shown = Shown()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAITING
    times = Times(stop_s=0.05)
    supervisor = Supervisor([child("a", code)], {}, shown, times=times)
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: lines == ["a: up"])
    supervisor.stop()
    assert await running == 0


async def test_output_of_a_grandchild_does_not_hold_the_restart_up() -> None:
    shown = Shown()
    code = f"""
        import subprocess, sys
        print(subprocess.Popen([sys.executable, "-c", {WAITING!r}]).pid, flush=True)
        """
    times = Times(first_pause_s=60, drain_s=0.05)
    supervisor = Supervisor([child("a", code)], {}, shown, times=times)
    running = asyncio.create_task(ran(supervisor))
    await shown.until(lambda lines: any("starts again" in line for line in lines))
    os.kill(int(shown.lines[0].split()[1]), signal.SIGKILL)
    supervisor.stop()
    assert await running == 0


async def test_a_command_that_does_not_exist_is_an_error_and_leaves_nobody() -> None:
    shown = Shown()
    children = [child("a", WAITING), Child("b", ["/no/such/program"])]
    with pytest.raises(FileNotFoundError):
        await ran(Supervisor(children, {}, shown, times=FAST))


async def test_cancelling_leaves_nobody() -> None:
    shown = Shown()
    code = "import os; print(os.getpid(), flush=True); import time; time.sleep(600)"
    running = asyncio.create_task(ran(Supervisor([child("a", code)], {}, shown, times=FAST)))
    await shown.until(lambda lines: len(lines) == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(shown.lines[0].split()[1]), 0)


async def test_children_are_told_who_supervises_them() -> None:
    shown = Shown()
    code = (
        "import os; print(os.environ['VIZY_SUPERVISOR_PID'], os.environ['X']); raise SystemExit(2)"
    )
    assert await ran(Supervisor([child("a", code)], {"X": "y"}, shown, times=FAST)) == 2
    assert shown.lines == [f"a: {os.getpid()} y"]


def test_lines_are_cut_and_never_grow_without_bound() -> None:
    cutter = LineCutter(max_bytes=10)
    assert cutter.feed(b"one\ntw") == ["one"]
    assert cutter.feed(b"o\r\n\n") == ["two", ""]
    for _ in range(1000):
        assert cutter.feed(b"x" * 1000) == []
    assert cutter.feed(b"y\nnext") == ["x" * 10 + " ... (cut)"]
    assert cutter.finish() == ["next"]
    assert cutter.finish() == []
    assert cutter.feed(b"\xff\xfe\n") == ["\ufffd\ufffd"]
    assert cutter.feed(b"0123456789\n") == ["0123456789"], "just fits"


def test_without_a_supervisor_nothing_is_asked_of_the_kernel() -> None:
    die_with_parent({})
    die_with_parent({"VIZY_SUPERVISOR_PID": ""})


def test_a_process_whose_supervisor_is_gone_ends() -> None:
    code = "from vizy.process import die_with_parent; die_with_parent(); print('alive')"
    environ = os.environ | {"VIZY_SUPERVISOR_PID": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_children_die_with_a_supervisor_that_is_killed() -> None:
    inner = (
        "from vizy.process import die_with_parent; die_with_parent()\n"
        "import os, time; print('child', os.getpid(), flush=True); time.sleep(600)"
    )
    outer = (
        "import os, subprocess, sys, time\n"
        "os.environ['VIZY_SUPERVISOR_PID'] = str(os.getpid())\n"
        f"subprocess.Popen([sys.executable, '-c', {inner!r}])\n"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("child ")
        run.kill()
        assert run.stdout.read() == "", "ends once the child has let go of its output too"
