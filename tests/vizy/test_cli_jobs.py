"""`vizy burst`, `timelapse`, `record`, `jobs`, `stop` and the others, against a real server."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from tests.vizy.commands import Running, running, vizy
from vizy.cli import main
from vizy.cli.jobs import table
from vizy.cli.specs import spec_from
from vizy.cli.watching import amount, bar_of, describe, ends_by_itself
from vizy.jobs import (
    Area,
    Bracket,
    Burst,
    JobSpec,
    JobState,
    Motion,
    Movie,
    Recording,
    TimeLapse,
)

KINDS: dict[str, type[Any]] = {
    "burst": Burst,
    "bracket": Bracket,
    "timelapse": TimeLapse,
    "record": Recording,
    "motion": Motion,
    "movie": Movie,
}


@pytest.fixture
def environ(state_dir: Path) -> dict[str, str]:
    (state_dir / "run").mkdir()
    return {"VIZY_STATE_DIR": str(state_dir)}


@pytest.fixture
def daemon(state_dir: Path, environ: dict[str, str]) -> Iterator[Running]:
    with running(state_dir) as daemon:
        yield daemon


@contextmanager
def watching(environ: dict[str, str], *arguments: str) -> Iterator[tuple[Any, int]]:
    """A command whose stderr is a terminal; its process, and the terminal's other end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vizy.cli", *arguments],
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def shown_until(terminal: int, text: str) -> str:
    shown = ""
    while text not in shown:
        shown += os.read(terminal, 4096).decode()
    return shown


@pytest.mark.parametrize("name", KINDS)
def test_each_field_is_an_option_or_an_argument_with_a_text(name: str) -> None:
    parameters = {each.name: each for each in main.commands[name].params}
    assert main.commands[name].help
    for field in KINDS[name].__struct_fields__:
        parameter = parameters[field]
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] == f"--{field.replace('_', '-')}"
            assert parameter.help
            assert "None" not in parameter.help


@pytest.mark.parametrize("name", [name for name in main.commands if name != "fault"])
def test_a_command_is_told_in_a_sentence_that_fits_the_list_of_commands(name: str) -> None:
    assert not main.commands[name].get_short_help_str(80 - 15).endswith("...")


def test_an_argument_and_a_time_of_day_are_explained() -> None:
    assert "GROUP: That job's id" in vizy(["movie", "--help"], {}).stdout
    assert "--daily HH:MM,HH:MM" in vizy(["timelapse", "--help"], {}).stdout


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        (["burst"], Burst()),
        (
            ["burst", "--count", "3", "--fps", "2.5", "--source", "still"],
            Burst(count=3, fps=2.5, source="still"),
        ),
        (["bracket", "--ev", "-3,0,1.5"], Bracket(ev=(-3, 0, 1.5))),
        (
            ["timelapse", "--interval-s", "60", "--count", "5", "--daily", "06:30,21:00"],
            TimeLapse(interval_s=60, count=5, daily=("06:30", "21:00")),
        ),
        (["record", "--seconds", "5"], Recording(duration_s=5)),
        (
            ["motion", "--ignore", "0,0,0.5,1", "--ignore", "0.5,0.5,0.1,0.1"],
            Motion(
                ignore=(
                    Area(x=0, y=0, width=0.5, height=1),
                    Area(x=0.5, y=0.5, width=0.1, height=0.1),
                )
            ),
        ),
        (["movie", "some-group", "--fps", "12"], Movie(group="some-group", fps=12)),
    ],
)
def test_what_is_typed_is_what_is_asked_for(
    daemon: Running, environ: dict[str, str], arguments: list[str], spec: JobSpec
) -> None:
    result = vizy([*arguments, "--detach", "--json"], environ)
    assert result.exit_code == 0, result.output
    assert msgspec.json.decode(result.stdout, type=JobState).spec == spec
    assert daemon.wait_for_job().spec == spec


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["burst", "--count", "1"], "--count 1 is refused: it takes a whole number from 2 to 500"),
        (["burst", "--count", "many"], "--count many is refused: it takes a whole number from 2"),
        (["burst", "--fps", ""], "--fps '' is refused: it takes a number above 0, up to 240"),
        (["burst", "--source", "film"], "--source film is refused: it takes live or still"),
        (
            ["bracket", "--ev", "2"],
            "2 is refused: it takes 2 to 9 values, each a number from -6 to 6",
        ),
        (["timelapse", "--daily", "06:30"], "06:30 is refused: it takes 2 values, each a time of"),
        (["timelapse", "--daily", "6,7"], "--daily 6,7 is refused: it takes 2 values, each a time"),
        (["motion", "--ignore", "0,0,2,1"], "X,Y,WIDTH,HEIGHT, each a number from 0 to 1"),
        (["motion", "--ignore", "0,0,1"], "--ignore 0,0,1 is refused: it takes X,Y,WIDTH,HEIGHT"),
        (["motion", "--ignore", "0,0,1,1,1"], "--ignore 0,0,1,1,1 is refused: it takes X,Y"),
        (["movie", ""], "GROUP '' is refused: it takes a text of 1 to 40 characters"),
        (["movie"], "Missing argument 'GROUP'"),
    ],
)
def test_what_a_field_does_not_take_is_refused_by_its_name(
    environ: dict[str, str], arguments: list[str], text: str
) -> None:
    result = vizy(arguments, environ)
    assert result.exit_code == 2
    assert text in result.stderr


def test_a_job_with_an_end_is_watched_until_then(daemon: Running, environ: dict[str, str]) -> None:
    with watching(environ, "burst", "--count", "4") as (process, terminal):
        daemon.wait_for_job()
        daemon.change_job("j0", done=2, detail="1 frame left out")
        shown = shown_until(terminal, "2/4")
        assert "[###############---------------] 2/4" in shown
        daemon.change_job("j0", done=4, status="done")
        out, _ = process.communicate(timeout=30)
    assert out == "burst j0: done, 4/4 pictures: 1 frame left out\n"
    assert process.returncode == 0


def test_ctrl_c_ends_the_watching_and_says_how_to_stop_the_job(
    daemon: Running, environ: dict[str, str]
) -> None:
    with watching(environ, "timelapse", "--count", "4") as (process, terminal):
        shown_until(terminal, "0/4")
        process.send_signal(signal.SIGINT)
        shown_until(terminal, "timelapse j0 goes on: stop it with `vizy stop j0`")
        out, _ = process.communicate(timeout=30)
    assert out == "timelapse j0: running, 0/4 pictures\n"
    assert process.returncode == 0
    assert daemon.wait_for_job().status == "running"


def test_a_job_that_fails_ends_the_command_with_1(daemon: Running, environ: dict[str, str]) -> None:
    with watching(environ, "bracket") as (process, _):
        daemon.wait_for_job()
        daemon.change_job("j0", status="failed", reason="no room")
        out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("bracket j0: failed, 0/4 pictures: no room\n", 1)


def test_a_job_that_is_gone_after_a_restart_is_said(
    daemon: Running, environ: dict[str, str]
) -> None:
    with watching(environ, "burst") as (process, terminal):
        daemon.wait_for_job()
        daemon.change(jobs=())
        shown_until(terminal, "Error: job j0 is gone: the hardware process was started again")
        process.communicate(timeout=30)
    assert process.returncode == 1


@pytest.mark.usefixtures("daemon")
def test_a_job_without_an_end_is_only_started(environ: dict[str, str]) -> None:
    result = vizy(["record"], environ)
    assert result.stdout == "recording j0: running, 0/4 s\n"
    assert result.stderr == "recording j0 goes on: stop it with `vizy stop j0`\n"


@pytest.mark.parametrize(
    ("spec", "ends"),
    [
        (Burst(), True),
        (Bracket(), True),
        (Movie(group="g"), True),
        (Motion(), False),
        (Recording(), False),
        (Recording(duration_s=1), True),
        (TimeLapse(), False),
        (TimeLapse(count=2), True),
        (TimeLapse(duration_s=2), True),
    ],
)
def test_which_jobs_end_by_themselves(spec: JobSpec, ends: bool) -> None:
    assert ends_by_itself(spec) is ends


@pytest.mark.usefixtures("daemon")
def test_jobs_are_a_table_or_json(environ: dict[str, str]) -> None:
    assert vizy(["jobs"], environ).stdout == "ID  KIND  STATUS  DONE  DETAIL\n"
    for kind in ("record", "motion"):
        vizy([kind, "--detach"], environ)
    assert vizy(["jobs"], environ).stdout == (
        "ID  KIND       STATUS   DONE        DETAIL\n"
        "j1  motion     running  0/4 videos\n"
        "j0  recording  running  0/4 s\n"
    )
    shown = json.loads(vizy(["jobs", "--json"], environ).stdout)
    assert [job["id"] for job in shown] == ["j1", "j0"]


@pytest.mark.usefixtures("daemon")
def test_stop_takes_an_id_or_the_only_one_or_all(environ: dict[str, str]) -> None:
    def start(*kinds: str) -> None:
        for kind in kinds:
            vizy([kind, "--detach"], environ)

    nothing = vizy(["stop"], environ)
    assert nothing.exit_code == 1
    assert nothing.stderr == "Error: no job runs, so there is nothing to stop\n"
    all_of_none = vizy(["stop", "--all"], environ)
    assert (all_of_none.exit_code, all_of_none.stderr) == (0, "no job runs\n")
    start("record")
    assert vizy(["stop"], environ).stdout == "recording j0: stopped, 0/4 s\n"
    start("record", "motion")
    several = vizy(["stop"], environ)
    assert several.exit_code == 2
    assert "these run: motion j2, recording j1: give an ID or --all" in several.stderr
    assert vizy(["stop", "j1"], environ).stdout == "recording j1: stopped, 0/4 s\n"
    start("record")
    assert vizy(["stop", "--all"], environ).stdout.count("stopped") == 2
    unknown = vizy(["stop", "x"], environ)
    assert unknown.exit_code == 1
    assert unknown.stderr == "Error: there is no job 'x'\n"


def test_a_job_is_drawn_and_described() -> None:
    state = JobState(id="a", spec=TimeLapse(), status="waiting", started="", detail="until 06:30")
    assert bar_of(state) == "waiting 0 pictures until 06:30"
    assert describe(state) == "timelapse a: waiting, 0 pictures: until 06:30"
    assert table((state,))[1] == "a   timelapse  waiting  0 pictures  until 06:30"
    failed = msgspec.structs.replace(state, status="failed", reason="no room", total=2)
    assert bar_of(failed) == f"[{'-' * 30}] 0/2 pictures until 06:30"
    assert describe(failed) == "timelapse a: failed, 0/2 pictures: no room; until 06:30"


@pytest.mark.parametrize(
    ("spec", "done", "total", "text"),
    [
        (Burst(), 1, 10, "1/10 pictures"),
        (TimeLapse(), 1, None, "1 picture"),
        (Motion(), 0, None, "0 videos"),
        (Recording(), 1, None, "1 s"),
    ],
)
def test_how_far_a_job_is_has_a_unit(
    spec: JobSpec, done: int, total: int | None, text: str
) -> None:
    state = JobState(id="a", spec=spec, status="running", started="", done=done, total=total)
    assert amount(state) == text


def test_a_spec_of_nothing_typed_has_its_defaults() -> None:
    names = TimeLapse.__struct_fields__
    assert spec_from(TimeLapse, dict.fromkeys(names)) == TimeLapse()
