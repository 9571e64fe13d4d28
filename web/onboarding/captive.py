"""`captive`: leads whoever comes in over the access point to the page that chooses a network.

Pure ASGI on the web loop, around the guard and whatever is behind it. It looks only at requests
that came over the access point, and only while that is open; any other passes
untouched. There every name leads to us (systemd/NetworkManager), so that a request for a foreign
one is a phone that tries the network, or a person with some page in mind: both are sent on.
"""

from collections.abc import Container
from http.cookies import CookieError, SimpleCookie

from web.guard import Application, Guard, Message, Receive, Send
from web.onboarding.onboarding import Onboarding
from web.onboarding.probes import PROBES, Answer

SETUP = "/setup"
LATER = "vizy-setup"  # a cookie: this browser wants Vizy itself at `/`


def captive(app: Application, pages: Guard, onboarding: Onboarding) -> Application:
    """Return an application with the pages of the access point in front of it.

    Args:
        app: What is served otherwise, with a guard of its own.
        pages: What is below `SETUP`.
        onboarding: Knows the access point.
    """

    async def serving(scope: Message, receive: Receive, send: Send) -> None:
        if not _is_here(scope, onboarding):
            await app(scope, receive, send)
            return
        onboarding.visited()
        answer = _answer(scope, onboarding, is_ours=pages.is_ours(scope))
        if answer is not None:
            await _send(answer, send)
            return
        behind = pages if _is_below_setup(scope) else app
        await behind(scope, _seen(receive, onboarding), _seen_sending(send, onboarding))

    return serving


def _answer(scope: Message, onboarding: Onboarding, *, is_ours: bool) -> Answer | None:
    """Return what is answered here; None: that is for what is behind."""
    if scope["type"] != "http":
        return None
    if not is_ours:
        client = (scope.get("client") or ("",))[0]
        if client in onboarding.content and scope["path"] in PROBES:
            return PROBES[scope["path"]]
        return _to_setup(scope)
    wants_front = scope["path"] == "/" and scope["method"] in ("GET", "HEAD")
    if wants_front and LATER not in _cookies(scope):
        return _to_setup(scope)
    return None


def _is_here(scope: Message, onboarding: Onboarding) -> bool:
    """Return whether a request came over the access point, while it is open."""
    point = onboarding.point
    if point is None or scope["type"] not in ("http", "websocket"):
        return False
    server, client = scope.get("server") or ("",), scope.get("client") or ("",)
    return point.is_between(server[0], client[0])


def _is_below_setup(scope: Message) -> bool:
    is_page = scope["type"] == "http"
    return is_page and (scope["path"] == SETUP or scope["path"].startswith(f"{SETUP}/"))


def _to_setup(scope: Message) -> Answer:
    """Send on to the page: always over plain http, for no certificate can be right here."""
    address, port = scope["server"]
    is_other = scope["scheme"] == "http" and port not in (None, 80)
    url = f"http://{address}{f':{port}' if is_other else ''}{SETUP}".encode()
    return Answer(302, b"text/html", b'<a href="%b">Vizy</a>' % url, url)


def _cookies(scope: Message) -> Container[str]:
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:  # one of some other server
                continue
    return cookies


async def _send(answer: Answer, send: Send) -> None:
    headers = [
        (b"cache-control", b"no-store"),
        (b"content-type", answer.kind),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if answer.location:
        headers.append((b"location", answer.location))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _seen(receive: Receive, onboarding: Onboarding) -> Receive:
    """Count whatever arrives as a visit: a live picture is one connection for hours."""

    async def receiving() -> Message:
        message = await receive()
        onboarding.visited()
        return message

    return receiving


def _seen_sending(send: Send, onboarding: Onboarding) -> Send:
    async def sending(message: Message) -> None:
        await send(message)
        onboarding.visited()

    return sending
