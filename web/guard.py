"""Who may speak to the web server at all, decided before any route: host, origin, size.

It keeps other people's web pages from using the browser of somebody who is signed in: a name that
is not ours is refused (DNS rebinding; an address cannot be rebound), and so is a request that
another site's page sends. Who somebody is, and what they may, `web.auth` decides behind it. It also
sets the headers that tell browsers what our own pages may do. Pure ASGI, around everything, on the
web loop; it never reads a body itself and never changes what a route answers, other headers aside.
What was ended before it was answered, as the server stops, it answers itself.
"""

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Container, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from web.problems import answer, describe

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._-]+)(?::([0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

# Dash starts itself by inline scripts and draws with inline styles; nothing comes from elsewhere.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]


_HTTPS_KEPT = (b"strict-transport-security", b"max-age=2592000")  # 30 days


class Guard:
    """Wraps an ASGI application and lets only proper requests through.

    Args:
        app: The application.
        hosts: Names, without port, that a request may address besides ``localhost``, this
            machine's own name, also in ``.local``, and any address.
        max_body_bytes: The largest request body.
        is_https_kept: Whether browsers shall take this server's names for ``https`` alone from now
            on, and let nobody past a certificate that is wrong.
    """

    def __init__(
        self,
        app: Application,
        *,
        hosts: Iterable[str] = (),
        max_body_bytes: int = 1 << 20,
        is_https_kept: bool = False,
    ) -> None:
        self._app = app
        self._named = {"localhost", *map(_bare, hosts)}
        self._max_body_bytes = max_body_bytes
        self._headers = [*_HEADERS, _HTTPS_KEPT] if is_https_kept else _HEADERS

    @property
    def _hosts(self) -> set[str]:
        own = _bare(socket.gethostname())  # asked each time: a machine may be renamed
        return {own, f"{own}.local", *self._named}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        body = _Body(receive, _with_headers(send, self._headers), self._max_body_bytes)
        refusal = self._refusal(scope) or body.refusal(scope)
        if refusal:
            await body.refuse(*refusal)
        else:
            await self._app(scope, body.receive, body.send)
            if not body.is_answered:
                await body.refuse(503, "this was ended before it was answered: ask again")

    async def _websocket(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._refusal(scope):
            await receive()  # the connect event
            await send({"type": "websocket.close", "code": 1008})  # not accepted: an HTTP 403
        else:
            await self._app(scope, _with_both_kinds(receive), send)

    def is_ours(self, scope: Message) -> bool:
        """Return whether a request addresses this server by one of its names."""
        return self._own_address(scope) is not None

    def _refusal(self, scope: Message) -> tuple[int, str] | None:
        """Return status and detail if the request must not be served."""
        ours = self._own_address(scope)
        if ours is None:
            named = ", ".join(_header(scope, b"host")) or "no host"
            known = ", ".join(sorted(self._hosts))
            return 421, f"this server is not {named}: it is {known}; web.hosts adds names"
        origins = _header(scope, b"origin")
        # Plain it may be behind a proxy that speaks TLS for us.
        schemes = ("https",) if scope["scheme"] in ("https", "wss") else ("http", "https")
        if origins and (len(origins) > 1 or _address(origins[0], schemes) != ours):
            return 403, f"pages of {', '.join(origins)} may not use this server"
        sites = _header(scope, b"sec-fetch-site")
        if scope.get("method") in _CHANGING and not {"cross-site", "same-site"}.isdisjoint(sites):
            return 403, "pages of other sites may not change anything here"
        return None

    def _own_address(self, scope: Message) -> tuple[str, int] | None:
        """Return the name and port the request addresses, if the name is one of ours."""
        hosts = _header(scope, b"host")
        match = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None:
            return None
        name = _bare(match[1])
        if name not in self._hosts and not _is_address(name):
            return None
        return name, int(match[2] or _PORTS[scope["scheme"]])


class _Body:
    """One request's body, which ends in a 413 as soon as it is known to be too large."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._got = 0
        self._is_refused = False
        self._has_started = False

    @property
    def is_answered(self) -> bool:
        """Whether an answer has been begun."""
        return self._has_started or self._is_refused

    def refusal(self, scope: Message) -> tuple[int, str] | None:
        """Judge the length that the client announced."""
        lengths = _header(scope, b"content-length")
        if any(not length.isdecimal() for length in lengths):
            return 400, f"Content-Length {', '.join(lengths)} is not a number"
        if any(int(length) > self._limit for length in lengths):
            return self._too_large(", ".join(lengths))
        return None

    async def receive(self) -> Message:
        """Hand the application the next piece, or the end when it grew too large."""
        message = await self._receive()
        self._got += len(message.get("body", b""))
        if self._got <= self._limit:
            return message
        if not self._is_refused and not self._has_started:
            await self.refuse(*self._too_large("more"))
        self._is_refused = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass on what the application answers, unless the answer is given already."""
        self._has_started = True
        if not self._is_refused:
            await self._send(message)

    async def refuse(self, status: int, detail: str) -> None:
        """Answer with a problem, and close the connection: the rest of the body is not read."""
        self._is_refused = True
        body, status, headers = answer(describe(status, detail), {"Connection": "close"})
        fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        fields.append((b"content-length", str(len(body)).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": fields})
        await self._send({"type": "http.response.body", "body": body})

    def _too_large(self, length: str) -> tuple[int, str]:
        return 413, f"a body of {length} bytes is above {self._limit} bytes, the largest taken"


def _with_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    """Add the security headers to a response that does not set them itself."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [field for field in headers if field[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sending


def _with_both_kinds(receive: Receive) -> Receive:
    """Name both kinds in each message: Quart trips over an empty one that names only its own."""

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            return {"bytes": None, "text": None, **message}
        return message

    return receiving


def _header(scope: Message, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _address(origin: str, schemes: Container[str]) -> tuple[str, int] | None:
    """Return name and port of an Origin; None for another scheme, ``null``, and nonsense."""
    try:
        parts = urlsplit(origin)
        if parts.scheme not in schemes or not parts.hostname:
            return None
        return _bare(parts.hostname), parts.port or _PORTS[parts.scheme]
    except ValueError:
        return None
