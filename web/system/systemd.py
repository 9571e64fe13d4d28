"""`Systemd`: starts services again and switches the machine off, over D-Bus.

Who may do it is polkit's decision; the web process has no root. On the web loop; each call has a
time-out (`web.host.bus`).

Source: org.freedesktop.systemd1(5), org.freedesktop.login1(5).
"""

from typing import Any

from vizy.errors import NotPossibleError
from web.host.bus import SystemBus
from web.system.manager import UNITS, Manager, Power, What

_SERVICES = "org.freedesktop.systemd1"
_LOGINS = "org.freedesktop.login1"
_METHODS = {"poweroff": "PowerOff", "reboot": "Reboot"}


class Systemd(Manager):
    """The service manager and the login manager of this machine.

    Args:
        address: Of the bus; None: the system's.
    """

    name = "systemd"

    def __init__(self, address: str | None = None) -> None:
        self._address = address

    async def restart(self, what: What) -> None:
        """Ask for the restart of the units; the one of this process comes last."""
        for unit in UNITS.values() if what == "all" else (UNITS[what],):
            await self._call(f"restart of {unit}", _SERVICES, "RestartUnit", "ss", unit, "replace")

    async def power(self, how: Power) -> None:
        """Ask the login manager, which tells everybody who is logged in."""
        # False: nobody is there to be asked for a password.
        await self._call(how, _LOGINS, _METHODS[how], "b", False)

    async def _call(self, what: str, service: str, method: str, signature: str, *body: Any) -> None:
        path = f"/{service.replace('.', '/')}"
        try:
            async with SystemBus(self._address) as bus:
                await bus.call(service, path, f"{service}.Manager.{method}", signature, *body)
        except NotPossibleError as error:
            raise NotPossibleError(f"{what} is refused: {error.detail}") from error
