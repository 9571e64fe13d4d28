"""What NetworkManager knows of the interfaces and of the networks around; reads only.

Called by `web.host.network` and `web.onboarding`, on the web loop, over a bus of theirs.

Source: networkmanager.dev/docs/api/latest, its D-Bus interfaces and nm-dbus-interface.h.
"""

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from vizy.errors import NotPossibleError
from web.host.bus import SystemBus

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
_KINDS: dict[int, Literal["ethernet", "wifi"]] = {1: "ethernet", 2: "wifi"}  # NMDeviceType
_CONNECTED = 100  # NM_DEVICE_STATE_ACTIVATED
_PRIVACY = 1  # NM80211ApFlags
_SAE, _PSK = 0x400, 0x100  # NM80211ApSecurityFlags: the key management of WPA3, and of WPA and WPA2


class Wifi(Struct, frozen=True, kw_only=True):
    """A Wi-Fi network that is seen; ``signal`` is 0 to 100."""

    name: str
    signal: int
    secured: bool
    joined: bool


class Device(Struct, frozen=True):
    """A device of NetworkManager: its path and its properties."""

    path: str
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """As ``wlan0``."""
        return self.values["Interface"]

    @property
    def kind(self) -> Literal["ethernet", "wifi", "other"]:
        """What it is."""
        return _KINDS.get(self.values["DeviceType"], "other")

    @property
    def is_connected(self) -> bool:
        """Whether it is in use."""
        return self.values["State"] == _CONNECTED


async def devices_of(bus: SystemBus) -> list[Device]:
    """Return the cables and the Wi-Fi."""
    (paths,) = await bus.call(NM, ROOT, f"{NM}.GetDevices")
    found = [Device(path, await bus.properties(NM, path, f"{NM}.Device")) for path in paths]
    return [device for device in found if device.values["DeviceType"] in _KINDS]


async def active_of(bus: SystemBus, device: Device) -> dict[str, Any]:
    """Return the properties of the connection that a device has; nothing without one."""
    path = device.values["ActiveConnection"]
    return {} if path == "/" else await bus.properties(NM, path, f"{NM}.Connection.Active")


async def seen_by(bus: SystemBus, device: Device) -> list[Wifi]:
    """Return what a device sees: a network once for each of its access points."""
    if device.kind != "wifi":
        return []
    wireless = await bus.properties(NM, device.path, f"{NM}.Device.Wireless")
    found: list[Wifi] = []
    for path in wireless["AccessPoints"]:
        try:
            point = await bus.properties(NM, path, f"{NM}.AccessPoint")
        except NotPossibleError:  # it went out of sight meanwhile
            continue
        found.append(
            Wifi(
                name=bytes(point["Ssid"]).decode(errors="replace"),
                signal=point["Strength"],
                secured=is_secured(point),
                joined=path == wireless["ActiveAccessPoint"],
            )
        )
    return [wifi for wifi in found if wifi.name]


def strongest(seen: Iterable[Wifi]) -> tuple[Wifi, ...]:
    """Return each network once, the strongest first; the joined one before all."""
    best: dict[str, Wifi] = {}
    for wifi in sorted(seen, key=lambda each: (each.joined, each.signal)):
        best[wifi.name] = wifi
    return tuple(sorted(best.values(), key=lambda each: (not each.joined, -each.signal, each.name)))


def is_secured(point: dict[str, Any]) -> bool:
    """Return whether an access point wants a password."""
    return bool(point["Flags"] & _PRIVACY or point["WpaFlags"] or point["RsnFlags"])


def key_management(point: dict[str, Any]) -> str:
    """Return how an access point takes a password, as NetworkManager names it."""
    ways = point["WpaFlags"] | point["RsnFlags"]
    return "sae" if ways & _SAE and not ways & _PSK else "wpa-psk"
