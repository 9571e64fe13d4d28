"""Makes routes of endpoints: understands a request, calls, and answers in JSON.

Runs on the web loop. What goes wrong is raised and becomes a problem in `web.problems`.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from quart import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound, UnsupportedMediaType

from vizy.errors import InvalidValueError
from web.api.endpoint import Asked, Endpoint
from web.auth.asking import asking
from web.query import query

BASE = "/api/v1"
NOT_KEPT = {"Cache-Control": "no-store"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def mount(endpoints: Iterable[Endpoint]) -> Blueprint:
    """Return the routes of ``/api/v1``; each path has one for whatever it does not take, too."""
    routes = Blueprint("api", __name__)
    taken: dict[str, list[str]] = {}
    for endpoint in endpoints:
        taken.setdefault(BASE + endpoint.path, []).append(endpoint.method)
        _add(routes, BASE + endpoint.path, [endpoint.method], _view(endpoint))
    for path, methods in taken.items():
        _add(routes, path, [*others(methods), "OPTIONS"], _refusing(methods))
    # Without this, Dash would answer with its page.
    _add(routes, "/api/<path:rest>", [*METHODS, "OPTIONS"], _nothing)
    return routes


def others(methods: Iterable[str]) -> list[str]:
    """Return the methods besides some."""
    return [method for method in METHODS if method not in methods]


def _add(routes: Blueprint, path: str, methods: list[str], view: Any) -> None:
    routes.add_url_rule(
        path,
        endpoint=f"{methods[0]} {path}".replace(".", "-"),
        view_func=view,
        methods=methods,
        provide_automatic_options=False,
    )


def _refusing(methods: list[str]) -> Any:
    """Return what says which methods a path takes."""
    allowed = sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))

    async def view(**_: str) -> Response:
        if request.method == "OPTIONS":
            return Response(status=204, headers=NOT_KEPT | {"Allow": ", ".join(allowed)})
        raise MethodNotAllowed(allowed)

    return view


async def _nothing(rest: str) -> Response:
    raise NotFound


def as_json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer in JSON that nobody keeps, unless ``headers`` say otherwise."""
    fixed = NOT_KEPT | {"Content-Type": "application/json"}
    return Response(msgspec.json.encode(body), status=status, headers=fixed | (headers or {}))


def _view(endpoint: Endpoint) -> Any:
    async def view(**path: str) -> Response:
        asked = Asked(
            identity=asking(),
            path=path,
            query=query(endpoint.query),
            body=await _body(endpoint),
        )
        answer = await endpoint.call(asked)
        if isinstance(answer, Response):
            return _without_body(answer) if request.method == "HEAD" else answer
        if endpoint.returns is None:
            return Response(status=204, headers=NOT_KEPT)
        return as_json(answer, endpoint.status)

    return view


def _without_body(answer: Response) -> Response:
    """Leave the headers alone: the server drops the body, but would read a whole file for it."""
    answer.response = answer.iterable_body_class([])
    return answer


async def _body(endpoint: Endpoint) -> Any:
    """Return the request's body, checked.

    Raises:
        UnsupportedMediaType: It does not say that it is JSON.
        BadRequest: It is no JSON; ``NaN`` and ``Infinity`` are none.
        InvalidValueError: It is JSON but not what is taken here.
    """
    if endpoint.body is None:
        return None
    data = await request.get_data()
    if not data and not endpoint.needs_body:
        return None
    if not request.is_json:
        raise UnsupportedMediaType("the body must be JSON: send Content-Type: application/json")
    try:
        return msgspec.json.decode(data, type=endpoint.body)
    except msgspec.ValidationError as error:
        detail = f"{error}: the body must be as {endpoint.example}"
        raise InvalidValueError(detail) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
