"""`Gate`: stands before every route and WebSocket and lets in who may.

Runs on the web loop before anything else of the application. It knows people by the cookie of a
session and programs by a token, looks up in `Routes` which role the route needs, and refuses what
no table names. A program is told with a problem, a person's browser is sent to sign in.
"""

import contextlib
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any
from urllib.parse import quote

from quart import Quart, Request, Websocket, g, redirect, request, websocket

from vizy.errors import NotAllowedError, NotSignedInError
from web.auth.accounts import Accounts
from web.auth.identity import COOKIE, Role
from web.auth.routes import SOCKET, Routes
from web.auth.tokens import TOKEN_PREFIX
from web.auth.visits import Visitor, Visits

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """The one way in.

    Args:
        accounts: Who may come in.
        routes: What each route needs.
        visits: Who is in.
    """

    def __init__(self, accounts: Accounts, routes: Routes, visits: Visits) -> None:
        self._accounts = accounts
        self._routes = routes
        self._visits = visits

    def install(self, app: Quart) -> None:
        """Stand before everything of an application that has nothing before its routes yet."""
        app.before_request(self._request)
        app.before_websocket(self._websocket)

    async def _request(self) -> Any:
        visitor = g.visitor = self._visitor(request)
        reads = request.method in _READING
        needs = self._needs(request, request.method)
        if needs > Role.ANYONE and (visitor is None or visitor.identity is None):
            if reads and "text/html" in request.headers.get("Accept", ""):
                return redirect(self._way_in(), 302)
            raise self._not_signed_in(request)
        _check_role(visitor, needs)
        if not reads and COOKIE in request.cookies and not _is_of_own_page(request):
            raise NotAllowedError(
                "a browser's session changes something only from a page of this server, with its "
                "Origin: programs use a token"
            )
        if visitor and reads:
            self._visits.enter(visitor, needs)
        return None

    async def _websocket(self) -> None:
        visitor = g.visitor = self._visitor(websocket)
        needs = self._needs(websocket, SOCKET)
        if needs > Role.ANYONE and (visitor is None or visitor.identity is None):
            raise self._not_signed_in(websocket)
        _check_role(visitor, needs)
        if visitor:
            self._visits.enter(visitor, max(needs, Role.VIEWER))

    def _visitor(self, asked: Request | Websocket) -> Visitor | None:
        """Return who asks; with credentials that are wrong it is nobody, whatever else is shown."""
        token = _token(asked.headers.get("Authorization", ""))
        if token is not None:
            found = self._accounts.recognise(token, "token")
        elif secret := asked.cookies.get(COOKIE):
            found = self._accounts.recognise(secret, "session")
        else:
            return None
        return Visitor(self._accounts, found) if found else None

    def _needs(self, asked: Request | Websocket, method: str) -> Role:
        rule = asked.url_rule.rule if asked.url_rule else None
        needs = self._routes.role(rule, method)
        if needs is None:
            raise NotAllowedError(f"{method} {asked.path} is in no table of what may be asked for")
        return needs

    def _way_in(self) -> str:
        if not self._accounts.has_owner:
            return "/welcome"
        here = request.full_path.removesuffix("?")
        return "/login" if here == "/" else f"/login?next={quote(here, safe='/')}"

    def _not_signed_in(self, asked: Request | Websocket) -> NotSignedInError:
        if not self._accounts.has_owner:
            return NotSignedInError("nobody owns this Vizy yet: open its page to make an account")
        if _token(asked.headers.get("Authorization", "")) is not None:
            return NotSignedInError("the token is not known: it was revoked, or is not whole")
        return NotSignedInError("sign in, or send Authorization: Bearer with a token")


def _check_role(visitor: Visitor | None, needs: Role) -> None:
    who = visitor.identity if visitor else None
    if who is not None and who.role < needs:
        raise NotAllowedError(
            f"this needs the role {needs.label}, and {who.name} is {who.role.label}"
        )


def _is_of_own_page(asked: Request) -> bool:
    """Whether a browser says that a page of ours sends this; the guard has compared the Origin."""
    headers = asked.headers
    return "Origin" in headers or headers.get("Sec-Fetch-Site") == "same-origin"


def _token(header: str) -> str | None:
    """Return the token that a header holds; None: it holds none.

    Players of video know only Basic: there it is the password. Any other password of Basic is for
    somebody else, a proxy before us.
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        with contextlib.suppress(Base64Error, UnicodeDecodeError):
            password = b64decode(value, validate=True).decode().partition(":")[2]
            return password if password.startswith(TOKEN_PREFIX) else None
    return None
