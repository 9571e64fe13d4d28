"""`vizy status`, `set`, `capture`, `watch` against a real server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.vizy.commands import Running, running, vizy
from tests.vizy.fakes import a_state
from vizy.cli.device import describe_change, parse_value, summary
from vizy.jobs import Burst, JobState
from vizy.sensors import DeviceWarning, SensorReading
from vizy.state import (
    CameraState,
    Capture,
    CapturesState,
    Size,
    StorageState,
    StreamState,
)


@pytest.fixture
def environ(state_dir: Path) -> dict[str, str]:
    (state_dir / "run").mkdir()
    return {"VIZY_STATE_DIR": str(state_dir)}


@pytest.fixture
def daemon(state_dir: Path, environ: dict[str, str]) -> Iterator[Running]:
    with running(state_dir) as daemon:
        yield daemon


@pytest.mark.usefixtures("daemon")
def test_status_is_a_short_summary_or_json(environ: dict[str, str]) -> None:
    result = vizy(["status"], environ)
    assert result.exit_code == 0, result.output
    assert "camera    Fake 1 (fake): ready\n" in result.stdout
    assert "controls  Brightness=0.0 AeEnable=true\n" in result.stdout
    assert "2 MiB free of 3 MiB in /s" in result.stdout
    whole = vizy(["status", "--json"], environ)
    assert msgspec.convert(json.loads(whole.stdout), type(a_state())) == a_state()


@pytest.mark.usefixtures("daemon")
def test_the_state_folder_may_be_an_option(environ: dict[str, str]) -> None:
    assert vizy(["status", "--state-dir", environ["VIZY_STATE_DIR"]], {}).exit_code == 0


@pytest.mark.usefixtures("daemon")
def test_set_writes_and_prints_the_new_values(environ: dict[str, str]) -> None:
    result = vizy(["set", "Brightness=-0.25", "AeEnable=false"], environ)
    assert result.stdout == "Brightness=-0.25\nAeEnable=false\n"
    assert "Brightness=-0.25 AeEnable=false" in vizy(["status"], environ).stdout


@pytest.mark.usefixtures("daemon")
def test_set_says_when_a_value_has_no_effect_yet(environ: dict[str, str]) -> None:
    result = vizy(["set", "ExposureTime=100"], environ)
    assert result.exit_code == 0
    assert result.stderr == (
        "ExposureTime has no effect while AeEnable=true: set AeEnable=false as well\n"
    )
    assert vizy(["set", "ExposureTime=100", "AeEnable=false"], environ).stderr == ""


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(
    ("assignment", "text"),
    [
        ("Brightness=5", "Error: Brightness=5 is above 1.0, its maximum: lower it\n"),
        ("Brightness=loud", "Error: Brightness='loud' has the wrong type: it takes a number\n"),
        ("Brightness=nan", "Error: Brightness='nan' has the wrong type: it takes a number\n"),
        ("Brightness=1" + "0" * 30, "has the wrong type"),
        ("AeEnable=1", "Error: AeEnable=1 has the wrong type: it takes true or false\n"),
        ("Bright=1", "Error: Bright is not a control of this camera"),
    ],
)
def test_a_refused_value_is_told_in_the_daemons_words(
    environ: dict[str, str], assignment: str, text: str
) -> None:
    result = vizy(["set", assignment], environ)
    assert result.exit_code == 1
    assert text in result.stderr


def test_set_wants_assignments(environ: dict[str, str]) -> None:
    assert vizy(["set"], environ).exit_code == 2
    result = vizy(["set", "Brightness"], environ)
    assert result.exit_code == 2
    assert "'Brightness' is not NAME=VALUE" in result.stderr


@pytest.mark.usefixtures("daemon")
def test_capture_prints_the_id_and_the_file(environ: dict[str, str]) -> None:
    assert vizy(["capture"], environ).stdout == "c0 /s/c0.jpg\n"
    assert vizy(["capture"], environ).stdout == "c1 /s/c1.jpg\n"


def test_focus_says_whether_it_is_sharp(environ: dict[str, str], daemon: Running) -> None:
    assert vizy(["focus"], environ).stdout == "in focus\n"
    daemon.change(controls={"Brightness": 1.0, "AeEnable": True})
    blurred = vizy(["focus"], environ)
    assert blurred.exit_code == 1
    assert blurred.stderr.startswith("Error: the camera found nothing to focus on")
    daemon.change(controls={})
    without = vizy(["focus"], environ)
    assert without.exit_code == 1
    assert without.stderr == "Error: Fake 1 has no autofocus: turn its lens by hand\n"


@pytest.mark.parametrize("command", [["status"], ["focus"], ["capture"], ["set", "A=1"]])
def test_without_a_daemon_the_cure_is_told(environ: dict[str, str], command: list[str]) -> None:
    result = vizy(command, environ)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the hardware process is away: ")
    assert result.stderr.endswith(
        ": start it with `vizy run`, or name its folder with --state-dir\n"
    )
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["run", "hardware", "web", "status", "capture", "watch"])
def test_bad_settings_end_a_command_with_code_2(command: str, environ: dict[str, str]) -> None:
    result = vizy([command], environ | {"VIZY_PORT": "many"})
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: VIZY_PORT=many is refused: web.port takes a whole")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("1", 1),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("inf", "inf"),
        ("", ""),
        ("1,5", [1, 5]),
        ("0.5,x,true", [0.5, "x", True]),
    ],
)
def test_values_are_read_as_typed(text: str, value: object) -> None:
    parsed = parse_value(text)
    assert (type(parsed), parsed) == (type(value), value)


def test_trouble_is_part_of_the_summary() -> None:
    state = msgspec.structs.replace(
        a_state(),
        camera=CameraState(
            backend="fake",
            model="Fake 1",
            status="stalled",
            reason="no frame for 5 s",
            still_size=Size(1, 1),
        ),
        storage=StorageState(
            path="/s", free_bytes=0, total_bytes=1, floor_bytes=1, status="full", reason="no room"
        ),
    )
    text = "\n".join(summary(state))
    assert "stalled (no frame for 5 s)" in text
    assert "full: no room" in text


def test_a_change_is_described_by_what_is_new() -> None:
    assert describe_change(a_state(1), a_state(2, Brightness=0.5)) == "2 controls: Brightness=0.5"


def test_a_value_of_several_numbers_is_written_as_it_is_typed() -> None:
    zoomed = a_state(2, ScalerCrop=(0, 0, 1640, 1232))
    assert "ScalerCrop=0,0,1640,1232" in "\n".join(summary(zoomed))
    assert describe_change(a_state(1), zoomed) == "2 controls: ScalerCrop=0,0,1640,1232"


def test_a_change_of_a_list_is_described_by_its_length() -> None:
    taken = Capture(id="a", created="2026-01-01T00:00:00Z", bytes=1, size=Size(1, 1))
    captures = CapturesState(count=1, latest=(taken,))
    changed = msgspec.structs.replace(a_state(2), captures=captures)
    assert describe_change(a_state(1), changed) == "2 captures: count=1 latest=1 listed"


def test_a_change_of_jobs_and_warnings_is_described_by_their_news() -> None:
    job = JobState(id="j1", spec=Burst(), status="running", started="", done=3, total=10)
    warning = DeviceWarning(id="w1", severity="warning", text="hot", sensor="cpu", since="")
    changed = msgspec.structs.replace(a_state(2), jobs=(job,), warnings=(warning,))
    assert describe_change(a_state(1), changed) == "2 warnings: w1=hot; jobs: j1=running 3"
    assert "job       burst j1: running, 3/10 pictures" in summary(changed)


def test_a_change_of_a_sensor_or_a_size_is_described_in_short() -> None:
    sensors = {
        "cpu.temperature": SensorReading(label="CPU", unit="°C", value=51.5),
        "memory.available": SensorReading(label="Memory", unit="B", value=23625465856.0),
        "wifi.signal": SensorReading(label="WiFi", unit="dBm", reason="no such device"),
    }
    streaming = StreamState(size=Size(640, 480))
    changed = msgspec.structs.replace(a_state(2), sensors=sensors, streaming=streaming)
    told = describe_change(a_state(1), changed)
    assert "streaming: size=640x480" in told
    assert "cpu.temperature=51.5°C memory.available=23625465856B wifi.signal=no such dev" in told


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_watch_prints_a_line_per_change_until_ctrl_c(
    state_dir: Path, environ: dict[str, str], options: list[str]
) -> None:
    with running(state_dir) as daemon:
        process = subprocess.Popen(
            [sys.executable, "-m", "vizy.cli", "watch", *options],
            env=os.environ | environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        daemon.change(controls={"Brightness": 0.5, "AeEnable": True})
        second = process.stdout.readline()
    away = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    if options:
        assert json.loads(first)["revision"] == 1
        assert json.loads(second)["controls"]["Brightness"] == 0.5
        assert json.loads(away) == {"connected": False}
    else:
        assert first.startswith("1 camera Fake 1")
        assert second == "2 controls: Brightness=0.5\n"
        assert away.startswith("the hardware process is away: ")
        assert away.endswith(": trying again\n")
