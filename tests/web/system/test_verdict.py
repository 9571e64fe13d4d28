"""What is said first: the gravest, with what to do."""

from pathlib import Path
from typing import Any

import msgspec

from tests.web.fakes import a_state
from vizy.health import DaemonHealth, ProcessFigures
from vizy.sensors import DeviceWarning, SensorReading
from vizy.state import CameraState, Size, StorageState
from web.system.machine import machine, versions
from web.system.verdict import verdict

WEB = ProcessFigures(
    pid=1,
    started="2026-11-25T00:00:00Z",
    memory_bytes=1,
    cpu_s=1.0,
    threads=1,
    files=1,
    loop_lag_s=0.0,
)
HARDWARE = DaemonHealth(process=WEB, frames=1, encoded=1, control_writes=1)
HOT = DeviceWarning(id="a", severity="warning", text="hot", sensor="t", since="")
LOW = DeviceWarning(id="b", severity="critical", text="low voltage", sensor="t", since="")
FAULT = CameraState(
    backend="f", model="F", status="fault", reason="no cable", still_size=Size(1, 1)
)
FULL = StorageState(
    path="/", free_bytes=0, total_bytes=9, floor_bytes=5, status="full", reason="0 B free"
)


def judged(
    health: DaemonHealth | None = HARDWARE, web: ProcessFigures = WEB, **sections: Any
) -> Any:
    found = verdict(msgspec.structs.replace(a_state(), **sections), health, web)
    return found.status, found.text


def test_all_is_well() -> None:
    assert judged() == ("well", "All is well.")


def test_the_gravest_comes_first() -> None:
    everything = {"camera": FAULT, "storage": FULL, "warnings": (HOT, LOW)}
    assert judged(**everything) == ("wrong", "The camera is not ready (fault): no cable")
    del everything["camera"]
    assert judged(**everything) == ("wrong", "Nothing can be saved: 0 B free")
    del everything["storage"]
    assert judged(**everything) == ("wrong", "low voltage")
    assert judged(warnings=(HOT,)) == ("attention", "hot")


def test_processes_that_are_silent_or_late_are_told() -> None:
    assert judged(None)[0] == "attention"
    late = msgspec.structs.replace(WEB, loop_lag_s=2.5)
    assert "web process is 2.5 s late" in judged(web=late)[1]
    assert verdict(None, None, WEB).status == "wrong"


def test_the_machine_is_told_from_the_files_of_the_kernel(tmp_path: Path) -> None:
    for name, text in {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
        "proc/uptime": "1234.5 99.0",
        "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    sensors = {
        "clock.synchronized": SensorReading(label="Clock", unit="", value=0.0),
        "pi.throttled.now": SensorReading(label="CPU throttled", unit="", value=1.0),
        "pi.throttled.occurred": SensorReading(label="CPU was throttled", unit="", value=1.0),
    }
    found = machine(sensors, tmp_path)
    assert (found.model, found.system) == (
        "Raspberry Pi 4 Model B Rev 1.5",
        "Debian GNU/Linux 13 (trixie)",
    )
    assert (found.uptime_s, found.is_clock_set) == (1234.5, False)
    assert found.throttling == ("CPU throttled",)
    assert machine({}, tmp_path / "nothing").is_clock_set is None


def test_versions_are_those_of_what_is_installed() -> None:
    assert {"vizy", "python", "dash", "quart", "msgspec"} <= set(versions())
