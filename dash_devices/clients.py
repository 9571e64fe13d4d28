"""`Client` and `Clients`: the browsers that are connected now.

A client is one browser tab's socket: who it is and its outbox. The table is what
``app.clients`` shows. Touched by the event loop only; reading it from a callback is safe.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dash_devices import protocol
from dash_devices.outbox import Broadcast, Outbox


class Client:
    """One connected browser tab; your own attributes may be added.

    Attributes:
        id: Unique while the server runs.
        address: The peer's address, as the server sees it.
        host: The Host header.
        origin: The Origin header, or None.
        user_agent: The User-Agent header.
        connect_time: Seconds since the epoch.
        authentication: Whatever your own authorisation put there; None until then.
        cookies, headers, args, path: Of the handshake; not of the page that opened it.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the public attribute is called id
        address: str,
        host: str,
        origin: str | None,
        headers: dict[str, str],
        cookies: dict[str, str],
        args: Any,
        path: str,
    ) -> None:
        self.id = id
        self.address = address
        self.host = host
        self.origin = origin
        self.user_agent = headers.get("User-Agent", "")
        self.connect_time = time.time()
        self.authentication: Any = None
        self.cookies = cookies
        self.headers = headers
        self.args = args
        self.path = path
        self.outbox = Outbox()
        self._own = frozenset(vars(self)) | {"_own"}

    def attributes(self) -> dict[str, Any]:
        """Return the attributes that the application has added."""
        return {name: value for name, value in vars(self).items() if name not in self._own}

    def send(self, message: bytes) -> None:
        """Queue an answer."""
        self.outbox.put(message)

    def ack(self, request: int, revision: int) -> None:
        """Say that a request has its place in the order of changes."""
        self.send(protocol.ack(request, revision))

    def __str__(self) -> str:
        return f"{self.address} ({self.id})"

    if TYPE_CHECKING:  # users add attributes of their own

        def __getattr__(self, name: str) -> Any: ...


class Clients:
    """The table of connected browsers, in order of arrival."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def add(self, client: Client) -> None:
        """Enter a client."""
        self._clients[client.id] = client

    def remove(self, client: Client) -> None:
        """Take a client out; one that is not there is ignored."""
        self._clients.pop(client.id, None)

    def broadcast(self, message: Broadcast, *, skip: Client | None = None) -> None:
        """Queue changed properties to every browser but one."""
        for client in self._clients.values():
            if client is not skip:
                client.outbox.put_mods(message)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._clients.values()))

    def __len__(self) -> int:
        return len(self._clients)

    def __contains__(self, client: object) -> bool:
        return isinstance(client, Client) and self._clients.get(client.id) is client

    def __getitem__(self, index: int) -> Client:
        return list(self._clients.values())[index]
