"""The machine's name and time zone, through systemd's hostname1 and timedate1.

Where the services are not there, what the system says is read and the reason told. On the web loop.
Source: org.freedesktop.hostname1(5), org.freedesktop.timedate1(5).
"""

import re
import socket
import zoneinfo
from pathlib import Path

from msgspec import Struct

from vizy.errors import InvalidValueError, NotPossibleError
from web.host.bus import SystemBus

_HOSTNAME = "org.freedesktop.hostname1"
_TIMEDATE = "org.freedesktop.timedate1"
_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LOCALTIME = Path("/etc/localtime")


class HostnameView(Struct, frozen=True, kw_only=True):
    """The machine's name; ``reason`` says why it cannot be changed here."""

    name: str
    can_change: bool
    reason: str = ""


class TimeZoneView(Struct, frozen=True, kw_only=True):
    """The machine's time zone, as ``Europe/Berlin``.

    Attributes:
        zone: Its name.
        synchronised: Whether a time server has set the clock; None: nobody knows.
        zones: All that can be chosen.
        can_change: Whether it can be changed here.
        reason: Why not.
    """

    zone: str
    synchronised: bool | None
    zones: tuple[str, ...]
    can_change: bool
    reason: str = ""


async def hostname(address: str | None) -> HostnameView:
    """Return the machine's name."""
    try:
        async with SystemBus(address) as bus:
            found = await bus.properties(_HOSTNAME, "/org/freedesktop/hostname1", _HOSTNAME)
    except NotPossibleError as error:
        return HostnameView(name=socket.gethostname(), can_change=False, reason=error.detail)
    return HostnameView(name=found["StaticHostname"] or found["Hostname"], can_change=True)


async def set_hostname(address: str | None, name: str) -> None:
    """Give the machine another name, which stays.

    Raises:
        InvalidValueError: It is no name for a machine.
        NotPossibleError: There is no service for it, or it refuses.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValueError(
            f"{name[:80]!r} is no name for a machine: it takes 1 to 63 letters, digits and "
            "hyphens, with no hyphen at an end"
        )
    async with SystemBus(address) as bus:
        path = "/org/freedesktop/hostname1"
        for method in ("SetStaticHostname", "SetHostname"):
            await bus.call(_HOSTNAME, path, f"{_HOSTNAME}.{method}", "sb", name, False)


async def timezone(address: str | None) -> TimeZoneView:
    """Return the machine's time zone."""
    zones = tuple(sorted(zoneinfo.available_timezones()))
    try:
        async with SystemBus(address) as bus:
            found = await bus.properties(_TIMEDATE, "/org/freedesktop/timedate1", _TIMEDATE)
    except NotPossibleError as error:
        return TimeZoneView(
            zone=_zone_of_the_system(),
            synchronised=None,
            zones=zones,
            can_change=False,
            reason=error.detail,
        )
    return TimeZoneView(
        zone=found["Timezone"], synchronised=found["NTPSynchronized"], zones=zones, can_change=True
    )


async def set_timezone(address: str | None, zone: str) -> None:
    """Set the machine's time zone.

    Raises:
        InvalidValueError: There is no such zone.
        NotPossibleError: There is no service for it, or it refuses.
    """
    if zone not in zoneinfo.available_timezones():
        raise InvalidValueError(f"{zone[:80]!r} is no time zone: write it as Europe/Berlin")
    async with SystemBus(address) as bus:
        path = "/org/freedesktop/timedate1"
        await bus.call(_TIMEDATE, path, f"{_TIMEDATE}.SetTimezone", "sb", zone, False)


def _zone_of_the_system() -> str:
    _, _, zone = str(_LOCALTIME.resolve()).partition("zoneinfo/")
    return zone or "UTC"
