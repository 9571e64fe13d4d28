"""Coming in and going out: ``/login``, ``/welcome`` for the first visit, ``/logout``.

Plain forms, rendered here, so that they work before and without anything else. On the web loop.
That a form comes from our own page is seen to by `web.guard` and the cookie's ``SameSite``.
"""

import logging
import re
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs

from quart import Blueprint, Response, g, redirect, request

from vizy.errors import (
    ConflictError,
    InvalidValueError,
    NotSignedInError,
    StorageError,
    TooManyAttemptsError,
    VizyError,
)
from web.auth import sessions, users
from web.auth.accounts import IDLE_S, Accounts
from web.auth.html import Field, form
from web.auth.identity import COOKIE
from web.auth.passwords import LEAST, MOST
from web.auth.visits import Visitor

logger = logging.getLogger("vizy.web.accounts")

_NAME = Field("name", "Name", "username", most=32)
_PASSWORD = Field("password", "Password", "current-password", is_password=True, most=MOST)
_NEW_PASSWORD = Field(
    "password",
    "Password",
    "new-password",
    hint=f"At least {LEAST} characters. A few words that you remember are better than signs.",
    is_password=True,
    least=LEAST,
    most=MOST,
)
_OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")
_NO_STORE = {"Cache-Control": "no-store"}


def login(accounts: Accounts) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("login", __name__, static_folder="static", static_url_path="/login/static")

    @routes.get("/login")
    async def ask() -> Response:
        if not accounts.has_owner:
            return _go("/welcome")
        visitor = g.get("visitor")
        if isinstance(visitor, Visitor) and visitor.identity:
            return _go(_next())
        return _sign_in_form()

    @routes.post("/login")
    async def sign_in() -> Response:
        name, password = await _given()
        try:
            return await _enter(accounts, name, password, _next())
        except (NotSignedInError, TooManyAttemptsError, StorageError) as error:
            return _sign_in_form(error, name)

    @routes.get("/welcome")
    async def welcome() -> Response:
        return _go("/") if accounts.has_owner else _owner_form()

    @routes.post("/welcome")
    async def make_owner() -> Response:
        name, password = await _given()
        try:
            await users.create_owner(accounts, name, password)
            return await _enter(accounts, name, password, "/")
        except ConflictError:
            return _go("/login")
        except (InvalidValueError, TooManyAttemptsError, StorageError) as error:
            return _owner_form(error, name)

    @routes.post("/logout")
    async def sign_out() -> Response:
        visitor = g.get("visitor")
        if isinstance(visitor, Visitor) and (who := visitor.identity) and who.via == "session":
            try:
                await sessions.end_session(accounts, who.id)
            except StorageError as error:  # the browser at least forgets it
                logger.error("a session of %s goes on: %s", who.name, error)
        answer = _go("/login")
        answer.delete_cookie(COOKIE, httponly=True, samesite="Strict")
        return answer

    return routes


async def _given() -> tuple[str, str]:
    """Return what was written into the form: name and password."""
    data = cast("bytes", await request.get_data())
    try:
        fields = parse_qs(data.decode(), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        fields = {}
    return fields.get("name", [""])[0], fields.get("password", [""])[0]


async def _enter(accounts: Accounts, name: str, password: str, path: str) -> Response:
    """Open a session, always a new one, and go on."""
    secret = await sessions.sign_in(
        accounts,
        name.strip(),
        password,
        address=request.remote_addr or "",
        device=request.headers.get("User-Agent", ""),
    )
    answer = _go(path)
    # The browser keeps it for longer than the server does, which counts from the last use.
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(12 * IDLE_S),
        httponly=True,
        samesite="Strict",
        secure=request.scheme == "https",
    )
    return answer


def _next() -> str:
    """Return where to go after the login: a path of this server and nothing else."""
    wanted = request.args.get("next", "/")
    return wanted if _OWN_PATH.fullmatch(wanted) else "/"


def _go(path: str) -> Response:
    answer = redirect(path, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    answer.headers.update(_NO_STORE)
    return answer


def _sign_in_form(error: VizyError | None = None, name: str = "") -> Response:
    query = request.query_string.decode("latin-1")
    page = form(
        title="Sign in",
        lead="",
        action=f"/login?{query}" if query else "/login",
        fields=(_NAME, _PASSWORD),
        button="Sign in",
        problem=_sentence(error),
        wrong="password" if error else "",
        values={"name": name[:32]},
    )
    return _answer(page, error)


def _owner_form(error: VizyError | None = None, name: str = "") -> Response:
    is_of_name = isinstance(error, InvalidValueError) and "name=" in error.detail
    page = form(
        title="Welcome",
        lead="Nobody owns this camera yet. Make your account: with it you look after everything, "
        "and let others in.",
        action="/welcome",
        fields=(_NAME, _NEW_PASSWORD),
        button="Make my account",
        problem=_sentence(error),
        wrong=("name" if is_of_name else "password") if error else "",
        values={"name": name[:32]},
    )
    return _answer(page, error)


def _sentence(error: VizyError | None) -> str:
    if isinstance(error, StorageError):  # where Vizy keeps things is not for everybody
        return "The disk takes nothing, so nobody can be let in: its owner must look after it."
    return f"{error.detail[0].upper()}{error.detail[1:]}." if error else ""


def _answer(page: str, error: VizyError | None) -> Response:
    headers = dict(_NO_STORE)
    if isinstance(error, TooManyAttemptsError):
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(
        page, status=error.status if error else 200, mimetype="text/html", headers=headers
    )
