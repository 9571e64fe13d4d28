"""Makes routes of endpoints: understands a request, calls, and answers in JSON.

Runs on the web loop. What goes wrong is raised and becomes a problem in `web.problems`.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from quart import Blueprint, Response, current_app, request
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound, UnsupportedMediaType

from vizy.errors import InvalidValueError
from web.api.endpoint import Asked, Endpoint
from web.auth.asking import asking
from web.query import query

BASE = "/api/v1"
NOT_KEPT = {"Cache-Control": "no-store"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def mount(endpoints: Iterable[Endpoint]) -> Blueprint:
    """Return the routes of ``/api/v1``."""
    routes = Blueprint("api", __name__)
    for endpoint in endpoints:
        routes.add_url_rule(
            BASE + endpoint.path,
            endpoint=f"{endpoint.method} {endpoint.path}".replace(".", "-"),
            view_func=_view(endpoint),
            methods=[endpoint.method],
        )

    @routes.route("/api/<path:rest>", methods=_METHODS)
    async def nothing(rest: str) -> Response:
        """Refuse what no route takes; without this, Dash would answer with its page."""
        urls = current_app.create_url_adapter(request)
        assert urls is not None
        taken = [
            method
            for method in _METHODS
            if urls.match(method=method, return_rule=True)[0].endpoint != request.endpoint
        ]
        raise MethodNotAllowed(taken) if taken else NotFound

    return routes


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
