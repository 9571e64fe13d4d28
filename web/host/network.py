"""The network through NetworkManager: what is connected, which Wi-Fi is seen, joining one.

On the web loop. Without NetworkManager the addresses that the kernel knows are told, with the
reason why nothing can be changed. A Wi-Fi that cannot be joined leaves no profile behind, and the
connection that was there before is asked for again.

Source: networkmanager.dev/docs/api/latest, its D-Bus interfaces and nm-dbus-interface.h.
"""

import asyncio
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Literal

from dbus_fast import Variant
from msgspec import Struct

from vizy.errors import (
    InterruptsError,
    InvalidValueError,
    NotFoundError,
    NotPossibleError,
    VizyError,
)
from web.host.addresses import kernel_addresses
from web.host.bus import SystemBus, plain
from web.host.devices import (
    NM,
    ROOT,
    Device,
    Wifi,
    active_of,
    devices_of,
    is_secured,
    key_management,
    seen_by,
    strongest,
)

_JOIN_S = 45.0
_LOOK_S = 0.3
_ACTIVATED, _DEACTIVATED = 2, 4  # NMActiveConnectionState
_WRONG_PASSWORD = frozenset({7, 8, 9, 10, 11})  # NMDeviceStateReason: secrets and supplicant
_NO_ADDRESS = frozenset({5, 15, 16, 17})  # IP configuration and DHCP
_NOT_SEEN = frozenset({53})  # SSID_NOT_FOUND


class Interface(Struct, frozen=True, kw_only=True):
    """A network interface.

    Attributes:
        name: As ``wlan0``.
        kind: What it is.
        connected: Whether it is in use.
        network: The name of its connection; empty without one.
        addresses: With the length of the network's prefix, as ``192.168.1.5/24``.
        gateway: The way out; empty without one.
        automatic: Whether the network gives it its address; None: nobody knows.
        access_point: The name of the network that it opens itself; empty: it opens none.
    """

    name: str
    kind: Literal["ethernet", "wifi", "other"]
    connected: bool
    network: str = ""
    addresses: tuple[str, ...] = ()
    gateway: str = ""
    automatic: bool | None = None
    access_point: str = ""


class NetworkView(Struct, frozen=True, kw_only=True):
    """The network; ``reason`` says why it cannot be changed here."""

    interfaces: tuple[Interface, ...]
    wifi: tuple[Wifi, ...]
    can_change: bool
    reason: str = ""


async def network(address: str | None) -> NetworkView:
    """Return what is connected and which networks are seen."""
    try:
        async with SystemBus(address) as bus:
            devices = await devices_of(bus)
            interfaces = [await _interface(bus, device) for device in devices]
            seen = [wifi for device in devices for wifi in await seen_by(bus, device)]
    except NotPossibleError as error:
        found = tuple(
            Interface(name=name, kind="other", connected=True, addresses=addresses)
            for name, addresses in kernel_addresses().items()
        )
        return NetworkView(interfaces=found, wifi=(), can_change=False, reason=error.detail)
    return NetworkView(interfaces=tuple(interfaces), wifi=strongest(seen), can_change=True)


def check_cut(view: NetworkView, kind: str, asked_at: str | None) -> None:
    """Refuse what would cut off whoever asks for it.

    Args:
        view: The network now.
        kind: Of the interface that changes, or its name.
        asked_at: The address of this machine that the request reached; None: not known, so that
            every address counts.

    Raises:
        InterruptsError: The request came over an interface that would change.
    """
    for each in view.interfaces:
        own = [address.partition("/")[0] for address in each.addresses]
        is_ours = asked_at in own if asked_at is not None else each.connected
        if kind in (each.kind, each.name) and is_ours:
            raise InterruptsError(
                f"you are here over {each.name} ({each.network or 'its network'}), which this "
                "changes: the page may lose Vizy, and you find it in the other network; "
                "confirm to do it all the same"
            )


async def join(
    address: str | None,
    name: str,
    password: str,
    *,
    is_hidden: bool = False,
    join_s: float = _JOIN_S,
) -> None:
    """Join a Wi-Fi network; return once it has given an address.

    Args:
        address: Of the bus; None: the system's.
        name: The network's name (SSID).
        password: Empty for an open network.
        is_hidden: Whether the network does not tell its name, so that it need not be seen.
        join_s: How long it may take.

    Raises:
        InvalidValueError: The password cannot be one, or was refused.
        NotFoundError: No network of that name is seen.
        NotPossibleError: There is no Wi-Fi, or the network gives no address.
    """
    async with SystemBus(address) as bus:
        device, point, keys = await _point(bus, name, password if is_hidden else None)
        if keys:
            check_password(name, password)
        before = (await active_of(bus, device)).get("Connection")
        told = await bus.heard(NM, device.path, f"{NM}.Device.StateChanged")
        profile, active = await bus.call(
            NM,
            ROOT,
            f"{NM}.AddAndActivateConnection",
            "a{sa{sv}}oo",
            _profile(name, password, keys, is_hidden=is_hidden),
            device.path,
            point,
        )
        try:
            await _wait_joined(bus, name, active, told, join_s)
        except BaseException:
            await _forget(bus, profile)
            if before:
                await _activate(bus, before, device.path)
            raise


def check_password(name: str, password: str) -> None:
    """Refuse what cannot be the password of a secured network.

    Raises:
        InvalidValueError: It is too short or too long.
    """
    if not 8 <= len(password.encode()) <= 63:
        raise InvalidValueError(
            f"the password of {name} has 8 to 63 characters: this one has {len(password)}"
        )


async def set_address(
    address: str | None, interface: str, fixed: str | None, gateway: str, dns: tuple[str, ...]
) -> None:
    """Give an interface a fixed address, or let the network give it one.

    Args:
        address: Of the bus; None: the system's.
        interface: As ``eth0``.
        fixed: As ``192.168.1.5/24``; None: automatic (DHCP).
        gateway: The way out; empty: none.
        dns: Name servers.

    Raises:
        InvalidValueError: Something is no address.
        NotFoundError: There is no such interface, or nothing is connected there.
        NotPossibleError: There is no NetworkManager, or it refuses.
    """
    ipv4 = _ipv4(fixed, gateway, dns)
    async with SystemBus(address) as bus:
        devices = {device.name: device for device in await devices_of(bus)}
        device = devices.get(interface)
        profile = (await active_of(bus, device)).get("Connection") if device else None
        if device is None or profile is None:
            raise NotFoundError(
                f"{interface[:40]} is not connected: there are {', '.join(devices) or 'none'}"
            )
        (settings,) = await bus.call(NM, profile, f"{NM}.Settings.Connection.GetSettings")
        for section in set(settings) & {"802-11-wireless-security", "802-1x"}:
            (secrets,) = await bus.call(
                NM, profile, f"{NM}.Settings.Connection.GetSecrets", "s", section
            )  # an update without them would forget them
            settings[section] |= secrets.get(section, {})
        settings["ipv4"] = ipv4
        await bus.call(NM, profile, f"{NM}.Settings.Connection.Update", "a{sa{sv}}", settings)
        await _activate(bus, profile, device.path)


def _ipv4(fixed: str | None, gateway: str, dns: Iterable[str]) -> dict[str, Variant]:
    if fixed is None:
        return {"method": Variant("s", "auto")}
    try:
        own = IPv4Interface(fixed)
        way = IPv4Address(gateway) if gateway else None
        servers = [IPv4Address(each) for each in dns]
    except ValueError as error:
        raise InvalidValueError(f"{error}: write an address as 192.168.1.5/24") from error
    if own.network.prefixlen == 32 or (way is not None and way not in own.network):
        raise InvalidValueError(
            f"{gateway or fixed} does not fit: write the address with its prefix, as "
            "192.168.1.5/24, and a gateway of the same network"
        )
    data = {
        "address": Variant("s", str(own.ip)),
        "prefix": Variant("u", own.network.prefixlen),
    }
    ipv4 = {
        "method": Variant("s", "manual"),
        "address-data": Variant("aa{sv}", [data]),
        "dns-data": Variant("as", [str(each) for each in servers]),
    }
    return ipv4 | ({"gateway": Variant("s", str(way))} if way else {})


def _profile(
    name: str, password: str, keys: str, *, is_hidden: bool
) -> dict[str, dict[str, Variant]]:
    wireless = {"ssid": Variant("ay", name.encode())}
    profile = {
        "connection": {"id": Variant("s", name), "type": Variant("s", "802-11-wireless")},
        "802-11-wireless": wireless,
    }
    if is_hidden:
        wireless["hidden"] = Variant("b", True)
    if keys:
        profile["802-11-wireless-security"] = {
            "key-mgmt": Variant("s", keys),
            "psk": Variant("s", password),
        }
    return profile


async def _interface(bus: SystemBus, device: Device) -> Interface:
    addresses: list[str] = []
    gateway = ""
    for version in ("IP4Config", "IP6Config"):
        path = device.values[version.replace("IP", "Ip")]
        if path == "/":
            continue
        config = await bus.properties(NM, path, f"{NM}.{version}")
        gateway = gateway or config.get("Gateway", "")
        for each in map(plain, config["AddressData"]):
            addresses.append(f"{each['address']}/{each['prefix']}")
    active = await active_of(bus, device)
    profile = await _profile_of(bus, active)
    wireless = plain(profile.get("802-11-wireless", {}))
    is_point = wireless.get("mode") == "ap"
    return Interface(
        name=device.name,
        kind=device.kind,
        connected=device.is_connected,
        network=active.get("Id", ""),
        addresses=tuple(addresses),
        gateway=gateway,
        automatic=plain(profile.get("ipv4", {})).get("method", "auto") == "auto"
        if active
        else None,
        access_point=bytes(wireless["ssid"]).decode(errors="replace") if is_point else "",
    )


async def _profile_of(bus: SystemBus, active: dict[str, Any]) -> dict[str, Any]:
    if not active:
        return {}
    (settings,) = await bus.call(NM, active["Connection"], f"{NM}.Settings.Connection.GetSettings")
    return settings


async def _point(bus: SystemBus, name: str, hidden_password: str | None) -> tuple[Device, str, str]:
    """Return the Wi-Fi device, the strongest access point of a network, and its key management."""
    devices = [device for device in await devices_of(bus) if device.kind == "wifi"]
    if not devices:
        raise NotPossibleError("this machine has no Wi-Fi that NetworkManager knows")
    best: tuple[int, Device, str, str] | None = None
    for device in devices:
        wireless = await bus.properties(NM, device.path, f"{NM}.Device.Wireless")
        for path in wireless["AccessPoints"]:
            point = await bus.properties(NM, path, f"{NM}.AccessPoint")
            is_it = bytes(point["Ssid"]) == name.encode()
            if is_it and (best is None or point["Strength"] > best[0]):
                keys = key_management(point) if is_secured(point) else ""
                best = (point["Strength"], device, path, keys)
    if best is not None:
        return best[1:]
    if hidden_password is not None:
        return devices[0], "/", "wpa-psk" if hidden_password else ""
    raise NotFoundError(f"no Wi-Fi named {name[:40]!r} is seen: go closer, or look again")


async def _wait_joined(
    bus: SystemBus, name: str, active: str, told: Iterable[list[Any]], join_s: float
) -> None:
    why = f"{name} did not let Vizy in within {join_s:g} s: it may be too far away"
    try:
        async with asyncio.timeout(join_s):
            while True:
                state = await _state(bus, active)
                if state == _ACTIVATED:
                    return
                if state == _DEACTIVATED:
                    why = f"{name} cannot be joined: it may be too far away"
                    break
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pass
    raise _refusal(name, [reason for _, _, reason in told]) or NotPossibleError(why)


def _refusal(name: str, reasons: Iterable[int]) -> VizyError | None:
    """Return what the reasons of a device's states, the last one last, say; None: nothing.

    The state at the end has none: a device that failed is told and is at once merely disconnected.
    """
    for reason in reversed([*reasons]):
        if reason in _WRONG_PASSWORD:
            return InvalidValueError(f"{name} refuses the password: look at capital letters")
        if reason in _NO_ADDRESS:
            return NotPossibleError(f"{name} gives no address: look at its router")
        if reason in _NOT_SEEN:
            return NotFoundError(f"{name} is not seen any more: go closer, or look again")
    return None


async def _state(bus: SystemBus, active: str) -> int:
    try:
        return (await bus.properties(NM, active, f"{NM}.Connection.Active"))["State"]
    except NotPossibleError:  # NetworkManager takes it away once it has failed
        return _DEACTIVATED


async def _activate(bus: SystemBus, profile: str, device: str) -> None:
    await bus.call(NM, ROOT, f"{NM}.ActivateConnection", "ooo", profile, device, "/")


async def _forget(bus: SystemBus, profile: str) -> None:
    await bus.call(NM, profile, f"{NM}.Settings.Connection.Delete")
