"""Who starts the processes again, and what happens where nobody does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.fakes import FakeDevice
from tests.web.system.bus import Machine, machine_on_a_bus
from vizy.errors import DeviceAwayError, NotPossibleError
from web.host import bus
from web.system import systemd
from web.system.manager import Supervised, Unmanaged, manager_of
from web.system.systemd import Systemd


@pytest.fixture
async def on_bus(tmp_path: Path) -> AsyncIterator[tuple[Systemd, Machine]]:
    async with machine_on_a_bus(tmp_path) as (address, machine):
        yield Systemd(address), machine


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"VIZY_SUPERVISOR_PID": "7", "INVOCATION_ID": "a terminal has one, too"}, "vizy run"),
        ({"INVOCATION_ID": "x"}, "systemd"),
        ({"NOTIFY_SOCKET": "/run/x"}, "systemd"),
        ({}, "nobody"),
    ],
)
def test_who_supervises_is_seen_in_the_environment(
    environ: dict[str, str], name: str, tmp_path: Path
) -> None:
    assert manager_of(environ, FakeDevice(tmp_path)).name == name


async def test_systemd_restarts_the_units_and_our_own_last(
    on_bus: tuple[Systemd, Machine],
) -> None:
    manager, machine = on_bus
    await manager.restart("hardware")
    await manager.restart("all")
    assert machine.done == [
        "restart vizy-hardware.service",
        "restart vizy-hardware.service",
        "restart vizy-web.service",
    ]


async def test_systemd_switches_off_and_starts_again(on_bus: tuple[Systemd, Machine]) -> None:
    manager, machine = on_bus
    await manager.power("poweroff")
    await manager.power("reboot")
    assert machine.done == ["power off", "reboot"]


async def test_what_polkit_refuses_is_told_with_the_cure(on_bus: tuple[Systemd, Machine]) -> None:
    manager, machine = on_bus
    machine.allows = False
    with pytest.raises(NotPossibleError, match="add a polkit rule"):
        await manager.power("poweroff")
    assert machine.done == []


async def test_a_unit_that_is_not_there_is_named(
    on_bus: tuple[Systemd, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(systemd.UNITS, "web", "other.service")
    with pytest.raises(NotPossibleError, match=r"other\.service not found"):
        await on_bus[0].restart("web")


async def test_a_manager_that_does_not_answer_is_given_up(
    on_bus: tuple[Systemd, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "_TIMEOUT_S", 0.1)
    on_bus[1].goes_on.clear()
    with pytest.raises(NotPossibleError, match="did not answer in"):
        await on_bus[0].power("reboot")


async def test_without_a_bus_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotPossibleError, match="no D-Bus that can be reached"):
        await Systemd(f"unix:path={tmp_path}/nothing").restart("web")


async def test_under_vizy_run_processes_end_to_be_started_again(tmp_path: Path) -> None:
    device, ended = FakeDevice(tmp_path), asyncio.Event()
    manager = Supervised(device, ended.set)
    await manager.restart("hardware")
    assert (device.restarts, ended.is_set()) == (1, False)
    await manager.restart("all")
    assert (device.restarts, ended.is_set()) == (2, False)
    await asyncio.wait_for(ended.wait(), 5)
    device.go_away()
    with pytest.raises(DeviceAwayError):
        await manager.restart("hardware")
    with pytest.raises(NotPossibleError, match="takes systemd"):
        await manager.power("poweroff")


async def test_processes_started_by_hand_are_left_alone() -> None:
    for call in (Unmanaged().restart("web"), Unmanaged().power("reboot")):
        with pytest.raises(NotPossibleError, match="refused"):
            await call
