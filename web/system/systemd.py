"""`Systemd`: starts services again and switches the machine off, over D-Bus.

One connection to the system bus for each call: they are rare. Who may do it is polkit's decision;
the web process has no root. On the web loop; each call has a time-out.

Source: org.freedesktop.systemd1(5), org.freedesktop.login1(5).
"""

import asyncio
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from vizy.errors import NotPossibleError
from web.system.manager import UNITS, Manager, Power, What

_TIMEOUT_S = 5.0
_MEMBERS = {"poweroff": "PowerOff", "reboot": "Reboot"}
_DENIED = (
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
)


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
            await self._call(
                f"restart of {unit}",
                destination="org.freedesktop.systemd1",
                path="/org/freedesktop/systemd1",
                interface="org.freedesktop.systemd1.Manager",
                member="RestartUnit",
                signature="ss",
                body=[unit, "replace"],
            )

    async def power(self, how: Power) -> None:
        """Ask the login manager, which tells everybody who is logged in."""
        await self._call(
            how,
            destination="org.freedesktop.login1",
            path="/org/freedesktop/login1",
            interface="org.freedesktop.login1.Manager",
            member=_MEMBERS[how],
            signature="b",
            body=[False],  # nobody is there to be asked for a password
        )

    async def _call(self, what: str, **message: Any) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await self._answer(Message(**message))
        except TimeoutError:
            raise NotPossibleError(
                f"{what} is refused: {message['destination']} did not answer in {_TIMEOUT_S:g} s"
            ) from None
        except (OSError, EOFError, AuthError, InvalidAddressError) as error:
            raise NotPossibleError(
                f"{what} is refused: the system's D-Bus cannot be reached: {error}"
            ) from error
        if answer is None or answer.message_type is not MessageType.ERROR:
            return
        if answer.error_name in _DENIED:
            raise NotPossibleError(
                f"{what} is refused: this user may not do it: add a polkit rule that lets the user "
                "of the web process (systemd/README.md)"
            )
        reason = answer.body[0] if answer.body else answer.error_name
        raise NotPossibleError(f"{what} is refused: {reason}")

    async def _answer(self, message: Message) -> Message | None:
        bus = await MessageBus(bus_address=self._address, bus_type=BusType.SYSTEM).connect()
        try:
            return await bus.call(message)
        finally:
            bus.disconnect()
