"""A private D-Bus with a service manager and a login manager on it, as strict as systemd's.

They take the calls that systemd's interfaces list, with their types, and refuse what polkit would
refuse. Source: org.freedesktop.systemd1(5), org.freedesktop.login1(5).
"""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

from dbus_fast import DBusError
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method

UNITS = ("vizy-hardware.service", "vizy-web.service")
_MODES = ("replace", "fail", "isolate", "ignore-dependencies", "ignore-requirements")


class Machine:
    """What was done to it, and what it allows."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.allows = True
        self.goes_on = asyncio.Event()  # cleared, it hangs
        self.goes_on.set()

    async def take(self, what: str) -> None:
        await self.goes_on.wait()
        if not self.allows:
            raise DBusError(
                "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                "Interactive authentication required.",
            )
        self.done.append(what)


class ServiceManager(ServiceInterface):
    """org.freedesktop.systemd1.Manager."""

    def __init__(self, machine: Machine) -> None:
        super().__init__("org.freedesktop.systemd1.Manager")
        self._machine = machine

    @dbus_method()
    async def RestartUnit(self, name: "s", mode: "s") -> "o":  # noqa: F821
        if mode not in _MODES:
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", f"Job mode {mode} invalid")
        if name not in UNITS:
            raise DBusError("org.freedesktop.systemd1.NoSuchUnit", f"Unit {name} not found.")
        await self._machine.take(f"restart {name}")
        return "/org/freedesktop/systemd1/job/1"


class LoginManager(ServiceInterface):
    """org.freedesktop.login1.Manager."""

    def __init__(self, machine: Machine) -> None:
        super().__init__("org.freedesktop.login1.Manager")
        self._machine = machine

    @dbus_method()
    async def PowerOff(self, interactive: "b") -> None:  # noqa: F821
        await self._machine.take("power off")

    @dbus_method()
    async def Reboot(self, interactive: "b") -> None:  # noqa: F821
        await self._machine.take("reboot")


@contextlib.asynccontextmanager
async def machine_on_a_bus(folder: Path) -> AsyncIterator[tuple[str, Machine]]:
    """Yield the address of a bus and the machine that is on it."""
    daemon = await asyncio.create_subprocess_exec(
        *("dbus-daemon", "--session", "--nofork", "--print-address"),
        *("--address", f"unix:path={folder}/bus"),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert daemon.stdout is not None
    address = (await daemon.stdout.readline()).decode().strip()
    machine = Machine()
    bus = await MessageBus(bus_address=address).connect()
    try:
        for name, manager in (
            ("systemd1", ServiceManager(machine)),
            ("login1", LoginManager(machine)),
        ):
            bus.export(f"/org/freedesktop/{name}", manager)
            await bus.request_name(f"org.freedesktop.{name}")
        yield address, machine
    finally:
        machine.goes_on.set()
        await asyncio.sleep(0)  # for a call that hung
        bus.disconnect()
        daemon.terminate()
        await daemon.wait()
