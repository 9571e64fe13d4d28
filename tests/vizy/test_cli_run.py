"""`vizy run` and friends: what the terminal shows, and how it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vizy.cli import main, run
from vizy.cli.run import Screen, command_of, supervise
from vizy.cli.supervisor import Child
from vizy.version import __version__

WAITING = "; import time; time.sleep(600)"


def child(name: str, code: str) -> Child:
    return Child(name, [sys.executable, "-c", code])


def test_the_screen_prefixes_and_tells_the_address_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(["hardware", "web"])
    screen.show("hardware", "12:00:00 INFO hardware: camera simulated ready")
    for _ in range(2):
        screen.show("web", "12:00:00 INFO web: listening on http://127.0.0.1:8080")
    assert capsys.readouterr().out.splitlines() == [
        "hardware | 12:00:00 INFO hardware: camera simulated ready",
        "web      | 12:00:00 INFO web: listening on http://127.0.0.1:8080",
        "Vizy is at http://127.0.0.1:8080  (Ctrl-C stops)",
        "web      | 12:00:00 INFO web: listening on http://127.0.0.1:8080",
    ]


def test_a_new_address_is_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(["web"])
    for address in ("http://127.0.0.1:5001", "http://127.0.0.1:5002", "https://[::1]:5003"):
        screen.show("web", f"listening on {address}")
        assert f"Vizy is at {address} " in capsys.readouterr().out
    assert screen.port == "5003"


def test_a_terminal_that_went_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def broken(_: str) -> None:
        nonlocal calls
        calls += 1
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", broken)
    screen = Screen(["web"])
    screen.show("web", "a")
    screen.show("web", "b")
    assert calls == 1


async def test_a_signal_stops_the_children_and_the_exit_code_is_0(
    state_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = {"state_dir": str(state_dir), "port": 0}
    code = (
        "import os, signal; from os import environ as e"
        "; print(e['VIZY_STATE_DIR'], e['VIZY_PORT'], flush=True)"
        "; os.kill(int(e['VIZY_SUPERVISOR_PID']), signal.SIGINT)" + WAITING
    )
    assert await asyncio.wait_for(supervise([child("web", code)], options), 60) == 0
    assert f"web | {state_dir} 0" in capfd.readouterr().out


async def test_a_restart_keeps_the_port_that_was_found_free(
    state_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = {"state_dir": str(state_dir), "port": 0}
    code = (
        "import os, signal; from os import environ as e"
        "; port = int(e['VIZY_PORT']); print('asked for', port, flush=True)"
        "; port or print('listening on http://127.0.0.1:5001', flush=True)"
        "; os.kill(int(e['VIZY_SUPERVISOR_PID']) if port else os.getpid(), signal.SIGINT)" + WAITING
    )
    assert await asyncio.wait_for(supervise([child("web", code)], options), 60) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("web | asked")] == [
        "web | asked for 0",
        "web | asked for 5001",
    ]


RUN = """
import asyncio, sys
from vizy.cli.run import supervise
from vizy.cli.supervisor import Child

code = "print('listening on http://127.0.0.1:1', flush=True); import time; time.sleep(600)"
children = [Child(name, [sys.executable, "-c", code]) for name in ("hardware", "web")]
raise SystemExit(asyncio.run(supervise(children, {})))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_the_terminal_stops_both(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Vizy is at" in line:
                break
        os.killpg(process.pid, number)
        rest = process.stdout.read()
        assert process.wait(30) == 0
        assert "starts again" not in rest


def test_run_starts_the_two_processes_with_the_settings(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def command(name: str) -> list[str]:
        code = "import os, sys; sys.stderr.write(os.environ['VIZY_CAMERA']); sys.exit(2)"
        return [sys.executable, "-c", code if name == "hardware" else "pass" + WAITING]

    monkeypatch.setattr(run, "command_of", command)
    arguments = ["run", "--state-dir", str(state_dir / "new"), "--camera", "video:/c.avi"]
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capfd.readouterr().out.splitlines()[-1] == "hardware | video:/c.avi"
    assert (state_dir / "new" / "run").is_dir()


@pytest.mark.parametrize("option", ["--state-dir", "VIZY_RUNTIME_DIR"])
def test_a_folder_that_cannot_be_written_is_one_line_before_anything_starts(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    def nothing_starts(*_: object) -> None:
        raise AssertionError("started")

    monkeypatch.setattr(run, "supervise", nothing_starts)
    environ = {"VIZY_RUNTIME_DIR": "/proc/vizy"} if option.startswith("V") else {}
    folder = str(state_dir) if environ else "/proc/vizy"
    result = CliRunner().invoke(main, ["run", "--state-dir", folder], env=environ)
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: /proc/vizy cannot be written: No such file or directory"
        f": choose another with {option}\n"
    )


@pytest.mark.parametrize("name", ["hardware", "web"])
def test_one_process_alone_takes_the_place_of_the_command(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    became: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *call: became.append(call))
    CliRunner().invoke(main, [name, "--state-dir", str(state_dir)], catch_exceptions=False)
    ((program, command, environ),) = became
    assert program == sys.executable
    assert command == command_of(name)
    assert command[-2:] == ["-m", name]
    assert environ["VIZY_STATE_DIR"] == str(state_dir)


def test_a_folder_named_web_does_not_take_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    command = [*command_of("web")[:-2], "-c", "import web; print(web.__file__)"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert str(tmp_path) not in done.stdout


def test_help_and_version() -> None:
    assert "run" in CliRunner().invoke(main, ["--help"]).output
    assert CliRunner().invoke(main, ["--version"]).output == f"vizy, version {__version__}\n"
