"""`SystemBus`: calls to the services of the operating system, over D-Bus, with clear refusals.

One connection for each piece of work: they are rare, and nothing is kept between them. On the web
loop; each call has a time-out. Who may do what is polkit's decision: this process has no root.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from vizy.errors import NotPossibleError

_TIMEOUT_S = 20.0  # polkit reads its rules at the first call, which takes a small board a while
_MOST_TOLD = 64
_DBUS = "org.freedesktop.DBus"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_ERRORS = "org.freedesktop.DBus.Error."
_DENIED = ("AccessDenied", "InteractiveAuthorizationRequired")
_MISSING = ("ServiceUnknown", "NameHasNoOwner", "UnknownObject", "Spawn")


class SystemBus:
    """A connection, for a ``with`` block.

    Args:
        address: Of the bus; None: the system's.
    """

    def __init__(self, address: str | None = None) -> None:
        self._address = address

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            NotPossibleError: There is no bus.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                self._bus = await MessageBus(
                    bus_address=self._address, bus_type=BusType.SYSTEM
                ).connect()
        except (OSError, EOFError, AuthError, InvalidAddressError) as error:
            raise NotPossibleError("this machine has no D-Bus that can be reached") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._bus.disconnect()

    async def call(
        self, service: str, path: str, method: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """Call a method.

        Args:
            service: As ``org.freedesktop.hostname1``.
            path: Of the object.
            method: With its interface, as ``org.freedesktop.hostname1.SetHostname``.
            signature: Of the body.
            body: What is handed over.

        Returns:
            What it answers.

        Raises:
            NotPossibleError: The service is not there, refuses, or does not answer in time.
        """
        interface, _, member = method.rpartition(".")
        message = Message(
            destination=service,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await self._bus.call(message)
        except TimeoutError:
            raise NotPossibleError(f"{service} did not answer in {_TIMEOUT_S:g} s") from None
        except (OSError, EOFError) as error:
            raise NotPossibleError("the machine's D-Bus has gone") from error
        assert answer is not None
        if answer.message_type is MessageType.ERROR:
            raise NotPossibleError(_reason(service, answer))
        return answer.body

    async def heard(self, service: str, path: str, signal: str) -> deque[list[Any]]:
        """Listen to a signal until the end of the ``with`` block.

        Args:
            service: As of `call`.
            path: Of the object.
            signal: With its interface.

        Returns:
            What it told, the newest last; of many the newest.

        Raises:
            NotPossibleError: As of `call`.
        """
        interface, _, member = signal.rpartition(".")
        told: deque[list[Any]] = deque(maxlen=_MOST_TOLD)

        def hear(message: Message) -> None:
            is_it = (message.path, message.interface, message.member) == (path, interface, member)
            if is_it and message.message_type is MessageType.SIGNAL:
                told.append(message.body)

        self._bus.add_message_handler(hear)
        rule = (
            f"type='signal',sender='{service}',path='{path}',"
            f"interface='{interface}',member='{member}'"
        )
        await self.call(_DBUS, "/org/freedesktop/DBus", f"{_DBUS}.AddMatch", "s", rule)
        return told

    async def properties(self, service: str, path: str, interface: str) -> dict[str, Any]:
        """Return all properties of an object's interface.

        Raises:
            NotPossibleError: As of `call`.
        """
        (found,) = await self.call(service, path, f"{_PROPERTIES}.GetAll", "s", interface)
        return plain(found)


def plain(values: Mapping[str, Variant]) -> dict[str, Any]:
    """Return a dictionary of D-Bus without its wrappers."""
    return {name: value.value for name, value in values.items()}


def _reason(service: str, answer: Message) -> str:
    name = (answer.error_name or "").removeprefix(_ERRORS)
    if name in _DENIED:
        return (
            f"{service} does not let this user: add a polkit rule for the user of the web process "
            "(systemd/README.md)"
        )
    if name.startswith(_MISSING):
        return f"this machine does not run {service}"
    return str(answer.body[0]) if answer.body else name
