"""The SDK's examples, started as a person would, against the real processes."""

import csv
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import people
from tests.system.processes import VizyProcesses
from vizy import Vizy

FOLDER = Path(__file__).resolve().parent.parent.parent / "examples" / "sdk"
PROGRAMS = sorted(FOLDER.glob("*.py"))


def environ_of(vizy: VizyProcesses, *, here: bool = False) -> dict[str, str]:
    there = {"VIZY_URL": vizy.url, "VIZY_TOKEN": people.token_secret("operator")}
    return vizy.environ if here else vizy.environ | there


def started(
    vizy: VizyProcesses, name: str, *words: str, here: bool = False
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(FOLDER / name), *words],
        env=environ_of(vizy, here=here),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(program: subprocess.Popen[str]) -> str:
    out, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")
    return out


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_example_is_short_and_told_of(program: Path) -> None:
    assert len(program.read_text().splitlines()) < 40
    assert f"`{program.name}`" in (FOLDER / "README.md").read_text()


def test_a_time_lapse_is_saved_on_this_computer(vizy: VizyProcesses, tmp_path: Path) -> None:
    told = said(started(vizy, "timelapse.py", str(tmp_path), "--pictures", "3", "--every", "0.5"))
    assert "3 of 3 pictures" in told
    pictures = sorted(tmp_path.iterdir())
    assert [path.suffix for path in pictures] == [".jpg"] * 3
    assert told.splitlines()[-3:] == [str(path) for path in pictures]


def test_a_sweep_of_exposures_gets_brighter_and_leaves_the_controls(vizy: VizyProcesses) -> None:
    with Vizy(f"unix:{vizy.state_dir / 'run'}") as here:
        camera = here.camera
        before = camera.controls["AeEnable"], camera.state.captures.count
        table = said(started(vizy, "exposure_sweep.py")).splitlines()[1:]
        assert (camera.controls["AeEnable"], camera.state.captures.count) == before
    means = [float(line.split()[1]) for line in table]
    assert len(means) == 6
    assert means == sorted(means)
    assert means[-1] > means[0] + 10


def test_sensors_are_logged_and_a_file_is_gone_on_with(vizy: VizyProcesses, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    for _ in range(2):
        said(started(vizy, "sensor_log.py", str(file), "--every", "0.1", "--lines", "2"))
    rows = list(csv.reader(file.read_text().splitlines()))
    assert len(rows) == 5
    assert rows[0][0] == "time"
    assert all(len(row) == len(rows[0]) > 1 for row in rows)


def test_what_moves_is_photographed_on_the_device(vizy: VizyProcesses) -> None:
    words = ("--share", "0.0001", "--pictures", "2", "--rest", "0.2")
    told = said(started(vizy, "movement.py", *words, here=True))
    ids = re.findall(r"^(\S+): \d+\.\d% of the picture moved$", told, re.MULTILINE)
    assert len(ids) == 2
    with Vizy(f"unix:{vizy.state_dir / 'run'}") as here:
        tagged = [capture.id for capture in here.camera.captures.find(tag="movement")]
    assert sorted(ids) == sorted(tagged)


@pytest.fixture
def wall(vizy: VizyProcesses) -> Iterator[subprocess.Popen[str]]:
    program = started(vizy, "wall.py", vizy.url, f"unix:{vizy.state_dir / 'run'}")
    yield program
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=20)


def test_a_wall_shows_several_devices_as_they_change(
    vizy: VizyProcesses, wall: subprocess.Popen[str]
) -> None:
    assert wall.stdout
    first = {wall.stdout.readline(), wall.stdout.readline()}
    assert {line.split(": ")[0] for line in first} == {vizy.url, f"unix:{vizy.state_dir}/run"}
    with Vizy(f"unix:{vizy.state_dir / 'run'}") as here:
        count = here.camera.state.captures.count + 1
        here.camera.capture()
    while f"{count} captures" not in wall.stdout.readline():
        pass
