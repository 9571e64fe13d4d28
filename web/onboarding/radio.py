"""`Radio`: the access point through NetworkManager: looked at, opened, closed; the networks around.

On the web loop. Nothing is kept but where the access point's things are, as they were last seen;
each call asks anew, over a connection of its own. The key of the access point is in its profile,
which is not read here.

Source: networkmanager.dev/docs/api/latest, its D-Bus interfaces and nm-dbus-interface.h.
"""

import asyncio
from ipaddress import IPv4Interface, ip_address
from typing import Any

from dbus_fast import Variant
from msgspec import Struct

from vizy.errors import NotPossibleError
from web.host.bus import SystemBus, plain
from web.host.devices import NM, ROOT, Device, Wifi, devices_of, seen_by, strongest
from web.onboarding.machine import Seen

PROFILE = "vizy-setup"

_OPEN_S, _CLOSE_S, _SCAN_S = 30.0, 10.0, 10.0
_LOOK_S = 0.3
_CONNECTING, _CONNECTED = 1, 2  # NMActiveConnectionState
_USABLE = 20  # above NM_DEVICE_STATE_UNAVAILABLE
_NETWORKS = ("802-3-ethernet", "802-11-wireless", "gsm", "cdma")


class AccessPoint(Struct, frozen=True):
    """The access point of this machine.

    Attributes:
        name: Its network's name, as ``Vizy-1A2B``.
        address: Of this machine in it; empty while it is closed.
        prefix: The length of the network's prefix.
    """

    name: str
    address: str
    prefix: int = 24

    def is_between(self, address: str, other: str) -> bool:
        """Return whether a connection is over the access point.

        Args:
            address: Of this machine: a neighbour at the cable may send to it as well.
            other: Of who is connected: it is of the access point's own network.
        """
        if address != self.address:
            return False
        try:
            return ip_address(other) in IPv4Interface(f"{address}/{self.prefix}").network
        except ValueError:
            return False


class Look(Struct, frozen=True):
    """What there is.

    Attributes:
        seen: For the machine.
        point: The access point.
        profile: The path of its profile.
        device: The path of the Wi-Fi device.
        active: The path of its active connection; empty while it is closed.
    """

    seen: Seen
    point: AccessPoint
    profile: str
    device: str
    active: str


class Radio:
    """The Wi-Fi device and the profile of the access point.

    Args:
        address: Of the D-Bus; None: the system's.
    """

    def __init__(self, address: str | None = None) -> None:
        self._address = address

    async def look(self) -> Look | None:
        """Return what there is; None without NetworkManager, a Wi-Fi device or the profile."""
        try:
            async with SystemBus(self._address) as bus:
                return await _look(bus)
        except NotPossibleError:  # not there, or it went away in the midst of it
            return None

    async def open(self) -> AccessPoint:
        """Open the access point; return once it is open.

        Raises:
            NotPossibleError: It cannot be opened.
        """
        async with SystemBus(self._address) as bus:
            look = await _there(bus)
            (active,) = await bus.call(
                NM, ROOT, f"{NM}.ActivateConnection", "ooo", look.profile, look.device, "/"
            )
            try:
                async with asyncio.timeout(_OPEN_S):
                    while not (look := await _there(bus)).seen.is_open:
                        if active not in await _actives(bus):
                            raise NotPossibleError("the access point was refused by the Wi-Fi")
                        await asyncio.sleep(_LOOK_S)
            except TimeoutError:
                raise NotPossibleError(
                    f"the access point is not open after {_OPEN_S:g} s"
                ) from None
            return look.point

    async def close(self) -> None:
        """Close the access point; return once it is closed.

        Raises:
            NotPossibleError: It cannot be closed.
        """
        async with SystemBus(self._address) as bus:
            look = await _there(bus)
            if not look.active:
                return
            await bus.call(NM, ROOT, f"{NM}.DeactivateConnection", "o", look.active)
            try:
                async with asyncio.timeout(_CLOSE_S):
                    while look.active in await _actives(bus):  # noqa: ASYNC110 - NetworkManager's
                        await asyncio.sleep(_LOOK_S)
            except TimeoutError:
                raise NotPossibleError(
                    f"the access point is not closed after {_CLOSE_S:g} s"
                ) from None

    async def scan(self, *, until: str = "") -> tuple[Wifi, ...]:
        """Look for networks; return those that are seen, the strongest first.

        Args:
            until: The name of one; it is waited for.

        Raises:
            NotPossibleError: There is no Wi-Fi.
        """
        async with SystemBus(self._address) as bus:
            look = await _there(bus)
            before = await _last_scan(bus, look.device)
            try:
                await bus.call(
                    NM, look.device, f"{NM}.Device.Wireless.RequestScan", "a{sv}", _nothing()
                )
            except NotPossibleError:  # it does so at this moment, or not while it is open
                before = -1
            seen: tuple[Wifi, ...] = ()
            try:
                async with asyncio.timeout(_SCAN_S):
                    while True:
                        is_new = await _last_scan(bus, look.device) != before
                        seen = await _around(bus, look)
                        is_there = not until or until in [wifi.name for wifi in seen]
                        if is_new and is_there:
                            break
                        await asyncio.sleep(_LOOK_S)
            except TimeoutError:
                pass  # what is seen by now is all there is
            return seen


def _nothing() -> dict[str, Variant]:
    return {}


async def _there(bus: SystemBus) -> Look:
    look = await _look(bus)
    if look is None:
        raise NotPossibleError(f"this machine has no Wi-Fi, or no profile named {PROFILE}")
    return look


async def _look(bus: SystemBus) -> Look | None:
    devices = await devices_of(bus)
    wifi = [each for each in devices if each.kind == "wifi" and each.values["State"] > _USABLE]
    if not wifi:
        return None
    profile, name, knows_networks = await _profiles(bus)
    if not profile:
        return None
    actives = await _actives(bus)
    own = next((path for path, each in actives.items() if each["Connection"] == profile), "")
    others = [
        each["State"] for path, each in actives.items() if path != own and each["Type"] in _NETWORKS
    ]
    device = next((each for each in wifi if each.values["ActiveConnection"] == own), wifi[0])
    is_open = bool(own) and actives[own]["State"] == _CONNECTED
    address, prefix = await _own_address(bus, device) if is_open else ("", 0)
    seen = Seen(
        is_open=bool(address),
        is_connected=_CONNECTED in others,
        is_connecting=_CONNECTING in others,
        knows_networks=knows_networks,
        has_cable=await _has_cable(bus, devices),
    )
    return Look(seen, AccessPoint(name, address, prefix), profile, device.path, own)


async def _profiles(bus: SystemBus) -> tuple[str, str, bool]:
    """Return path and network of the access point's profile, and whether a Wi-Fi is known."""
    found, name, knows_networks = "", "", False
    (paths,) = await bus.call(NM, f"{ROOT}/Settings", f"{NM}.Settings.ListConnections")
    for path in paths:
        try:
            (settings,) = await bus.call(NM, path, f"{NM}.Settings.Connection.GetSettings")
        except NotPossibleError:  # it was deleted meanwhile
            continue
        connection = plain(settings["connection"])
        wireless = plain(settings.get("802-11-wireless", {}))
        is_point = wireless.get("mode") == "ap"
        if connection["id"] == PROFILE and is_point:
            found, name = path, bytes(wireless["ssid"]).decode(errors="replace")
        elif wireless and not is_point:
            knows_networks |= connection.get("autoconnect", True)
    return found, name, knows_networks


async def _actives(bus: SystemBus) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in (await bus.properties(NM, ROOT, NM))["ActiveConnections"]:
        try:
            found[path] = await bus.properties(NM, path, f"{NM}.Connection.Active")
        except NotPossibleError:  # it ended meanwhile
            continue
    return found


async def _own_address(bus: SystemBus, device: Device) -> tuple[str, int]:
    path = device.values["Ip4Config"]
    if path != "/":
        for each in map(plain, (await bus.properties(NM, path, f"{NM}.IP4Config"))["AddressData"]):
            return each["address"], each["prefix"]
    return "", 0


async def _has_cable(bus: SystemBus, devices: list[Device]) -> bool:
    for device in devices:
        if device.kind == "ethernet":
            wired = await bus.properties(NM, device.path, f"{NM}.Device.Wired")
            if wired.get("Carrier"):
                return True
    return False


async def _last_scan(bus: SystemBus, device: str) -> int:
    return (await bus.properties(NM, device, f"{NM}.Device.Wireless"))["LastScan"]


async def _around(bus: SystemBus, look: Look) -> tuple[Wifi, ...]:
    devices = [device for device in await devices_of(bus) if device.path == look.device]
    seen = [wifi for device in devices for wifi in await seen_by(bus, device)]
    return strongest(wifi for wifi in seen if wifi.name != look.point.name)
