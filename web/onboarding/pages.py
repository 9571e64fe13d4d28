"""The routes below ``/setup``: choosing a network over the access point; see `web.onboarding.html`.

On the web loop, behind the guard, and reached by `web.onboarding.captive` alone. No login is asked
for: whoever is here has the access point's key, and while it is open the machine has no network.
"""

import hmac
import secrets
import socket
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs

from quart import Quart, Response, redirect, request

from vizy.errors import VizyError
from web.guard import Application
from web.onboarding import html
from web.onboarding.captive import LATER, SETUP
from web.onboarding.onboarding import Onboarding, Wish

_DAY_S = 86400
_NO_STORE = {"Cache-Control": "no-store"}
_OLD = "This page was an old one: please send it once more."


def pages(onboarding: Onboarding) -> Application:
    """Return the application."""
    app = Quart("vizy-setup", static_folder=None)
    token = secrets.token_urlsafe()

    def shown(*, chosen: str = "", other: str = "", problem: str = "") -> Response:
        text = html.choose(
            networks=onboarding.networks,
            point=_point(onboarding),
            hostname=socket.gethostname(),
            token=token,
            chosen=chosen,
            other=other,
            problem=problem,
        )
        return Response(text, headers=_NO_STORE)

    def going_on(name: str) -> Response:
        text = html.joining(name=name, point=_point(onboarding), hostname=socket.gethostname())
        return Response(text, headers=_NO_STORE)

    @app.get(SETUP)
    async def choose() -> Response:
        if onboarding.joining:
            return going_on(onboarding.joining)
        failure = onboarding.failure
        if failure is None:
            return shown()
        other = failure.name if failure.is_hidden else ""
        return shown(chosen="" if other else failure.name, other=other, problem=failure.reason)

    @app.post(SETUP)
    async def join() -> Response:
        given = await _given()
        chosen, other = given.get("network", ""), given.get("name", "").strip()
        wish = Wish(name=chosen or other, password=given.get("password", ""), is_hidden=not chosen)
        try:
            if not _is_ours(given, token):
                return shown(chosen=chosen, other="" if chosen else other, problem=_OLD)
            if not 1 <= len(wish.name.encode()) <= 32:
                return shown(other=other, problem="The name of a network has 1 to 32 characters.")
            onboarding.wish(wish)
        except VizyError as error:
            return shown(chosen=chosen, other="" if chosen else other, problem=str(error))
        return going_on(wish.name)

    @app.post(f"{SETUP}/look")
    async def look() -> Response:
        if _is_ours(await _given(), token):
            await onboarding.look_again()
        return _go(SETUP)

    @app.post(f"{SETUP}/later")
    async def later() -> Response:
        onboarding.leave_alone(request.remote_addr or "")
        answer = _go("/")
        answer.set_cookie(LATER, "later", max_age=_DAY_S, httponly=True, samesite="Lax")
        return answer

    return cast("Application", app)


def _point(onboarding: Onboarding) -> str:
    return onboarding.point.name if onboarding.point else "the access point"


async def _given() -> dict[str, str]:
    data = cast("bytes", await request.get_data())
    try:
        fields = parse_qs(data.decode(), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _is_ours(given: dict[str, str], token: str) -> bool:
    return hmac.compare_digest(given.get("token", "").encode(), token.encode())


def _go(path: str) -> Response:
    answer = redirect(path, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    answer.headers.update(_NO_STORE)
    return answer
