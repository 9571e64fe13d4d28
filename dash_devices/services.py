"""`Services`: how a callback is served, as the original dash_devices named it.

A combination is given per callback (``service=``), for all callbacks of an application
(``callback_service=``), or for the requests of the page itself (``server_service=``). Pure data.
"""

from enum import IntFlag
from typing import Any

from dash_devices.errors import RegistrationError


class Services(IntFlag):
    """Bits that say how a callback is served, and their usual combinations.

    Attributes:
        PUSHER_UPDATE: Updates of components travel on the socket.
        PUSHER_OTHER: Layout and dependencies travel on the socket.
        NO_CLIENT_INITIAL_CALLBACK: A page that opens does not run the callback.
        SERVER_INITIAL_CALLBACK: The server runs it once when it starts.
        SHARED_CALLBACK: Inputs and outputs are the same in every browser.
        SERIALIZED_CALLBACK: It runs one at a time, in order of arrival.
        SERIALIZED_MOST_RECENT_CALLBACK: A waiting run is replaced by a newer one, clicks too.
        SHARE_WITH_OTHER_CLIENTS: What one browser changes reaches the others.
        S0: A regular callback; NORMAL is its other name.
        S2: For N devices: each browser has its own view, runs are serialised, on the socket.
        SHARED: For one device that everybody shares; S1 is its other name.
        SHARED_MOST_RECENT: Shared, and only the newest of what waits counts.
        PUSHER_ALL: Everything on the socket.
    """

    PUSHER_UPDATE = 1 << 0
    PUSHER_OTHER = 1 << 1
    NO_CLIENT_INITIAL_CALLBACK = 1 << 2
    SERVER_INITIAL_CALLBACK = 1 << 3
    SHARED_CALLBACK = 1 << 4
    SERIALIZED_CALLBACK = 1 << 5
    SERIALIZED_MOST_RECENT_CALLBACK = 1 << 6
    SHARE_WITH_OTHER_CLIENTS = 1 << 7

    S0 = 0
    NORMAL = 0
    S2 = PUSHER_UPDATE | SERIALIZED_CALLBACK
    SHARED = (
        PUSHER_UPDATE
        | NO_CLIENT_INITIAL_CALLBACK
        | SERVER_INITIAL_CALLBACK
        | SHARED_CALLBACK
        | SERIALIZED_CALLBACK
        | SHARE_WITH_OTHER_CLIENTS
    )
    S1 = SHARED
    SHARED_MOST_RECENT = SHARED | SERIALIZED_MOST_RECENT_CALLBACK
    PUSHER_ALL = PUSHER_UPDATE | PUSHER_OTHER

    @property
    def is_shared(self) -> bool:
        """Whether every browser shares inputs and outputs."""
        return Services.SHARED_CALLBACK in self

    @property
    def is_serialised(self) -> bool:
        """Whether it runs in its device's queue."""
        return bool(
            self & (Services.SERIALIZED_CALLBACK | Services.SERIALIZED_MOST_RECENT_CALLBACK)
        )

    @property
    def coalesce(self) -> bool | None:
        """Whether a newer run replaces a waiting one; None: for values, not for clicks."""
        return True if Services.SERIALIZED_MOST_RECENT_CALLBACK in self else None

    @property
    def names(self) -> str:
        """Its flags, as one writes them."""
        named = [f"Services.{flag.name}" for flag in Services if flag in self]
        return " | ".join(named) or "Services.S0"

    @classmethod
    def of(cls, given: Any) -> "Services":
        """Take what a program gives as ``service=``.

        Raises:
            RegistrationError: It is no combination of these flags, or one that cannot be had.
        """
        everything = 0
        for flag in cls:
            everything |= flag
        if type(given) is bool or not isinstance(given, int) or int(given) & ~int(everything):
            raise RegistrationError(
                f"service={given!r} is no combination of Services; for a shared callback use "
                "@app.callback_shared, or Services.SHARED"
            )
        return cls(given).checked()

    def checked(self) -> "Services":
        """Return it, if it can be had.

        Raises:
            RegistrationError: Shared callbacks are always serialised, on the socket and told to
                the others; without one of these there is no order to share.
        """
        wanted = Services.PUSHER_UPDATE | Services.SHARE_WITH_OTHER_CLIENTS
        missing = wanted & ~self if self.is_shared else Services(0)
        if self.is_shared and not self.is_serialised:
            missing |= Services.SERIALIZED_CALLBACK
        if missing:
            raise RegistrationError(
                f"{self.names} cannot be: a shared callback needs {missing.names} as well; "
                "Services.SHARED has them all"
            )
        if self.is_serialised and Services.PUSHER_UPDATE not in self:
            raise RegistrationError(
                f"{self.names} cannot be: over HTTP nothing orders requests; "
                "add Services.PUSHER_UPDATE, or use Services.S2"
            )
        if not self.is_shared and Services.SERVER_INITIAL_CALLBACK in self:
            raise RegistrationError(
                f"{self.names} cannot be: the server runs only shared callbacks by itself"
            )
        return self
