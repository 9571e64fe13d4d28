"""A private D-Bus with hostname1, timedate1 and NetworkManager on it, as strict as the real ones.

They have the objects, methods, types and errors that the interfaces list, and refuse what these
refuse. Source: org.freedesktop.hostname1(5), org.freedesktop.timedate1(5), and
networkmanager.dev/docs/api/latest.
"""

# ruff: noqa: F722, F821 - what stands for types is D-Bus's own
import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from dbus_fast import DBusError, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
READ = PropertyAccess.READ
DENIED = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"


class Hostname1(ServiceInterface):
    """org.freedesktop.hostname1."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.hostname1")
        self.static, self.transient, self.allows = "vizy", "vizy", True

    @dbus_property(access=READ)
    def Hostname(self) -> "s":
        return self.transient

    @dbus_property(access=READ)
    def StaticHostname(self) -> "s":
        return self.static

    @dbus_method()
    def SetHostname(self, name: "s", interactive: "b"):
        self._check()
        self.transient = name

    @dbus_method()
    def SetStaticHostname(self, name: "s", interactive: "b"):
        self._check()
        self.static = name

    def _check(self) -> None:
        if not self.allows:
            raise DBusError(DENIED, "Interactive authentication required.")


class Timedate1(ServiceInterface):
    """org.freedesktop.timedate1."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.timedate1")
        self.zone = "Etc/UTC"

    @dbus_property(access=READ)
    def Timezone(self) -> "s":
        return self.zone

    @dbus_property(access=READ)
    def NTPSynchronized(self) -> "b":
        return True

    @dbus_method()
    def SetTimezone(self, zone: "s", interactive: "b"):
        self.zone = zone


class Air:
    """The networks around, and what NetworkManager has done.

    Attributes:
        password: What the network ``Home`` takes.
        answers: Whether an access point answers at all.
        address: Whether it gives an address.
        profiles: The profiles that are kept, by path.
        joined: The path of the one in use on the Wi-Fi device.
        takes_points: Whether the device can be an access point itself.
        scans: How often networks were looked for.
    """

    def __init__(self) -> None:
        self.password, self.answers, self.address = "correct horse", True, True
        self.profiles: dict[str, Profile] = {}
        self.joined = ""
        self.tried: list[str] = []
        self.takes_points = True
        self.scans = 0


class Profile(ServiceInterface):
    """org.freedesktop.NetworkManager.Settings.Connection."""

    def __init__(self, path: str, settings: dict[str, Any], manager: "Manager") -> None:
        super().__init__(f"{NM}.Settings.Connection")
        self.path, self.manager = path, manager
        security = settings.get("802-11-wireless-security", {})
        self.psk = security.pop("psk", None)
        self.settings = settings

    @property
    def called(self) -> str:
        return self.settings["connection"]["id"].value

    @property
    def kind(self) -> str:
        return self.settings["connection"]["type"].value

    @property
    def is_point(self) -> bool:
        mode = self.settings.get("802-11-wireless", {}).get("mode")
        return mode is not None and mode.value == "ap"

    @dbus_method()
    def GetSettings(self) -> "a{sa{sv}}":
        return self.settings  # without secrets, as the real one

    @dbus_method()
    def GetSecrets(self, name: "s") -> "a{sa{sv}}":
        return {name: {"psk": self.psk}} if self.psk else {name: {}}

    @dbus_method()
    def Update(self, settings: "a{sa{sv}}"):
        security = settings.get("802-11-wireless-security")
        if security is not None:
            self.psk = security.pop("psk", None)
        self.settings = settings

    @dbus_method()
    def Delete(self):
        del self.manager.air.profiles[self.path]
        self.manager.bus.unexport(self.path)


class Active(ServiceInterface):
    """org.freedesktop.NetworkManager.Connection.Active."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(f"{NM}.Connection.Active")
        self.profile, self.state = profile, 1

    @dbus_property(access=READ)
    def Id(self) -> "s":
        return self.profile.called

    @dbus_property(access=READ)
    def Type(self) -> "s":
        return self.profile.kind

    @dbus_property(access=READ)
    def Connection(self) -> "o":
        return self.profile.path

    @dbus_property(access=READ)
    def State(self) -> "u":
        return self.state


class Device(ServiceInterface):
    """org.freedesktop.NetworkManager.Device."""

    def __init__(self, name: str, kind: int, config: str) -> None:
        super().__init__(f"{NM}.Device")
        self.called, self.kind, self.config = name, kind, config
        self.active = "/"
        self.is_point = False

    @dbus_property(access=READ)
    def Interface(self) -> "s":
        return self.called

    @dbus_property(access=READ)
    def DeviceType(self) -> "u":
        return self.kind

    @dbus_property(access=READ)
    def State(self) -> "u":
        return 30 if self.active == "/" else 100

    @dbus_signal()
    def StateChanged(self, new: int, old: int, reason: int) -> "uuu":
        return [new, old, reason]

    @dbus_property(access=READ)
    def StateReason(self) -> "(uu)":
        return [self.State, 0]  # also after it failed: that is only told

    @dbus_property(access=READ)
    def ActiveConnection(self) -> "o":
        return self.active

    @dbus_property(access=READ)
    def Ip4Config(self) -> "o":
        if self.is_point:
            return f"{ROOT}/IP4Config/3"
        return "/" if self.active == "/" else self.config

    @dbus_property(access=READ)
    def Ip6Config(self) -> "o":
        return "/"


class Ip4Config(ServiceInterface):
    """org.freedesktop.NetworkManager.IP4Config."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{NM}.IP4Config")
        self.address = address

    @dbus_property(access=READ)
    def AddressData(self) -> "aa{sv}":
        return [{"address": Variant("s", self.address), "prefix": Variant("u", 24)}]

    @dbus_property(access=READ)
    def Gateway(self) -> "s":
        return "10.0.0.1"


class Wired(ServiceInterface):
    """org.freedesktop.NetworkManager.Device.Wired."""

    def __init__(self) -> None:
        super().__init__(f"{NM}.Device.Wired")
        self.has_carrier = True

    @dbus_property(access=READ)
    def Carrier(self) -> "b":
        return self.has_carrier


class Wireless(ServiceInterface):
    """org.freedesktop.NetworkManager.Device.Wireless."""

    def __init__(self, points: list[str], air: Air, device: Device) -> None:
        super().__init__(f"{NM}.Device.Wireless")
        self.points, self.air, self.device = points, air, device

    @dbus_property(access=READ)
    def LastScan(self) -> "x":
        return self.air.scans

    @dbus_method()
    def RequestScan(self, options: "a{sv}"):
        self.air.scans += 1

    @dbus_property(access=READ)
    def AccessPoints(self) -> "ao":
        return self.points

    @dbus_property(access=READ)
    def ActiveAccessPoint(self) -> "o":
        is_joined = self.device.active != "/" and not self.device.is_point
        return self.points[0] if is_joined else "/"


class AccessPoint(ServiceInterface):
    """org.freedesktop.NetworkManager.AccessPoint."""

    def __init__(self, name: str, strength: int, *, secured: bool) -> None:
        super().__init__(f"{NM}.AccessPoint")
        self.called, self.strength, self.secured = name, strength, secured

    @dbus_property(access=READ)
    def Ssid(self) -> "ay":
        return self.called.encode()

    @dbus_property(access=READ)
    def Strength(self) -> "y":
        return self.strength

    @dbus_property(access=READ)
    def Flags(self) -> "u":
        return int(self.secured)

    @dbus_property(access=READ)
    def WpaFlags(self) -> "u":
        return 0

    @dbus_property(access=READ)
    def RsnFlags(self) -> "u":
        return 0x188 if self.secured else 0


class Manager(ServiceInterface):
    """org.freedesktop.NetworkManager."""

    def __init__(self, bus: MessageBus, air: Air) -> None:
        super().__init__(NM)
        self.bus, self.air = bus, air
        self.devices = {
            f"{ROOT}/Devices/1": Device("eth0", 1, f"{ROOT}/IP4Config/1"),
            f"{ROOT}/Devices/2": Device("wlan0", 2, f"{ROOT}/IP4Config/2"),
            f"{ROOT}/Devices/3": Device("lo", 32, f"{ROOT}/IP4Config/1"),
        }
        self.points = {
            f"{ROOT}/AccessPoint/1": AccessPoint("Garden", 40, secured=True),
            f"{ROOT}/AccessPoint/2": AccessPoint("Home", 70, secured=True),
            f"{ROOT}/AccessPoint/3": AccessPoint("Home", 90, secured=True),
            f"{ROOT}/AccessPoint/4": AccessPoint("Café", 20, secured=False),
        }
        for path, device in (self.devices | self.points).items():
            bus.export(path, device)
        self.wired = Wired()
        bus.export(f"{ROOT}/Devices/1", self.wired)
        bus.export(
            f"{ROOT}/Devices/2", Wireless(list(self.points), air, self.devices[f"{ROOT}/Devices/2"])
        )
        for number, address in ((1, "10.0.0.5"), (2, "192.168.7.5"), (3, "10.42.0.1")):
            bus.export(f"{ROOT}/IP4Config/{number}", Ip4Config(address))
        self.count = 0
        self.actives: dict[str, Active] = {}
        wired = self._keep(
            {"connection": {"id": Variant("s", "Wired"), "type": Variant("s", "802-3-ethernet")}}
        )
        garden = self._keep(
            {
                "connection": {
                    "id": Variant("s", "Garden"),
                    "type": Variant("s", "802-11-wireless"),
                },
                "802-11-wireless": {"ssid": Variant("ay", b"Garden")},
                "802-11-wireless-security": {
                    "key-mgmt": Variant("s", "wpa-psk"),
                    "psk": Variant("s", "roses are red"),
                },
            }
        )
        self._start(wired, f"{ROOT}/Devices/1", works=True)
        self._start(garden, f"{ROOT}/Devices/2", works=True)

    def add_access_point(self) -> None:
        """Keep the profile that the first start makes."""
        self._keep(
            {
                "connection": {
                    "id": Variant("s", "vizy-setup"),
                    "type": Variant("s", "802-11-wireless"),
                    "autoconnect": Variant("b", False),
                },
                "802-11-wireless": {
                    "ssid": Variant("ay", b"Vizy-1A2B"),
                    "mode": Variant("s", "ap"),
                },
            }
        )

    def cut(self, name: str) -> None:
        """End the connection of a device, as when its cable or network is gone."""
        device = next(each for each in self.devices.values() if each.called == name)
        if device.active != "/":
            self._end(device.active)
        if name == "eth0":
            self.wired.has_carrier = False

    def forget_networks(self) -> None:
        """Keep no Wi-Fi but the access point's."""
        for path, profile in list(self.air.profiles.items()):
            if profile.kind == "802-11-wireless" and not profile.is_point:
                self.bus.unexport(path)
                del self.air.profiles[path]

    def plug_in(self) -> None:
        """Connect by cable."""
        self.wired.has_carrier = True
        profile = next(each for each in self.air.profiles.values() if each.called == "Wired")
        self._start(profile, f"{ROOT}/Devices/1", works=True)

    @property
    def open_point(self) -> str:
        """The name of the profile by which the Wi-Fi device is an access point now."""
        active = self.actives.get(self.devices[f"{ROOT}/Devices/2"].active)
        return active.profile.called if active and active.profile.is_point else ""

    @dbus_property(access=READ)
    def ActiveConnections(self) -> "ao":
        return list(self.actives)

    @dbus_method()
    def DeactivateConnection(self, active_connection: "o"):
        if active_connection not in self.actives:
            raise DBusError(f"{NM}.ConnectionNotActive", "The connection was not active.")
        self._end(active_connection)

    @dbus_method()
    def GetDevices(self) -> "ao":
        return list(self.devices)

    @dbus_method()
    def AddAndActivateConnection(
        self, connection: "a{sa{sv}}", device: "o", specific_object: "o"
    ) -> "oo":
        wireless = connection["802-11-wireless"]
        if specific_object == "/":  # only one that is hidden need not be named by its point
            assert wireless["hidden"].value
            point = AccessPoint(bytes(wireless["ssid"].value).decode(), 0, secured=True)
        else:
            point = self.points[specific_object]
        assert bytes(wireless["ssid"].value) == point.called.encode()
        security = connection.get("802-11-wireless-security", {})
        psk = security["psk"].value if security else ""
        self.air.tried.append(point.called)
        profile = self._keep(connection)
        if not self.air.answers:
            return [profile.path, self._start(profile, device, works=None)]
        reason = 0
        if point.secured and psk != self.air.password:
            reason = 8  # SUPPLICANT_DISCONNECT
        elif not self.air.address:
            reason = 5  # IP_CONFIG_UNAVAILABLE
        return [profile.path, self._start(profile, device, works=not reason, reason=reason)]

    @dbus_method()
    def ActivateConnection(self, connection: "o", device: "o", specific_object: "o") -> "o":
        if connection not in self.air.profiles:
            raise DBusError(f"{NM}.UnknownConnection", "Connection is not known")
        profile = self.air.profiles[connection]
        works = self.air.takes_points or not profile.is_point
        return self._start(profile, device, works=works)

    def _keep(self, settings: dict[str, Any]) -> Profile:
        self.count += 1
        profile = Profile(f"{ROOT}/Settings/{self.count}", settings, self)
        self.air.profiles[profile.path] = profile
        self.bus.export(profile.path, profile)
        return profile

    def _start(self, profile: Profile, path: str, *, works: bool | None, reason: int = 0) -> str:
        self.count += 1
        active_path = f"{ROOT}/ActiveConnection/{self.count}"
        active, device = Active(profile), self.devices[path]
        if device.active != "/":
            self._end(device.active)
        self.bus.export(active_path, active)
        if reason:
            device.StateChanged(120, 50, reason)
            device.StateChanged(30, 120, 0)
        device.active = active_path if works else "/"
        device.is_point = bool(works) and profile.is_point
        if works is not False:
            self.actives[active_path] = active
        if works is not None:
            active.state = 2 if works else 4
        if works and path.endswith("/2"):
            self.air.joined = profile.called
        return active_path

    def _end(self, path: str) -> None:
        active = self.actives.pop(path)
        active.state = 4
        for device in self.devices.values():
            if device.active == path:
                device.active, device.is_point = "/", False


class Connections(ServiceInterface):
    """org.freedesktop.NetworkManager.Settings."""

    def __init__(self, air: Air) -> None:
        super().__init__(f"{NM}.Settings")
        self.air = air

    @dbus_method()
    def ListConnections(self) -> "ao":
        return list(self.air.profiles)


@contextlib.asynccontextmanager
async def private_bus(folder: Path) -> AsyncIterator[str]:
    """Yield the address of a bus with nothing on it."""
    daemon = await asyncio.create_subprocess_exec(
        *("dbus-daemon", "--session", "--nofork", "--print-address"),
        *("--address", f"unix:path={folder}/bus"),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert daemon.stdout is not None
    try:
        yield (await daemon.stdout.readline()).decode().strip()
    finally:
        daemon.terminate()
        await daemon.wait()


class Services:
    """Everything that is on the bus."""

    def __init__(self, address: str, bus: MessageBus) -> None:
        self.address = address
        self.hostname, self.timedate, self.air = Hostname1(), Timedate1(), Air()
        bus.export("/org/freedesktop/hostname1", self.hostname)
        bus.export("/org/freedesktop/timedate1", self.timedate)
        self.manager = Manager(bus, self.air)
        bus.export(ROOT, self.manager)
        bus.export(f"{ROOT}/Settings", Connections(self.air))


@contextlib.asynccontextmanager
async def services(folder: Path) -> AsyncIterator[Services]:
    """Yield the services on a bus of their own."""
    async with private_bus(folder) as address:
        bus = await MessageBus(bus_address=address).connect()
        try:
            found = Services(address, bus)
            for name in ("hostname1", "timedate1", "NetworkManager"):
                await bus.request_name(f"org.freedesktop.{name}")
            yield found
        finally:
            bus.disconnect()
