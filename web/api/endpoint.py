"""`Endpoint`: one method of the REST API, declared once.

From its declaration come the route (`web.api.mount`), the role it needs (`web.auth`) and its part
of the OpenAPI document (`web.api.openapi`), so that none of them can differ. Immutable.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from quart import Response

from vizy.errors import VizyError
from web.auth.identity import Identity, Role

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request of an endpoint, understood and checked.

    Attributes:
        identity: Who asks; None where anyone may.
        path: What stands for the ``<names>`` of the path.
        query: The endpoint's ``query`` struct; None when it has none.
        body: The endpoint's ``body``; None when it has none, or when it may be missing and is.
    """

    identity: Identity | None
    path: dict[str, str]
    query: Any = None
    body: Any = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method of one path.

    Attributes:
        method: HTTP's.
        path: Below ``/api/v1``, as ``/captures/<id>``.
        role: The least that the caller must have.
        summary: A line for the documentation, an imperative.
        call: Does it. What it returns is sent as JSON with ``status``; a `Response` is sent as it
            is. A `VizyError` that it raises becomes a problem.
        query: The struct of the query parameters; None: it takes none.
        body: The type of the JSON body, for msgspec; None: it takes none.
        needs_body: Whether the body may not be missing.
        example: A body that is right; an error says it.
        returns: The type of the answer, for the documentation; None: no content.
        status: Of the answer.
        media_type: Of the answer.
        also: Media types that it can have besides.
        sends: ``file``: the answer is a file, with a tag and ranges; ``tagged``: it has a tag, by
            which what the client knows already is not sent again; ``whole``: neither.
        errors: What it may refuse with, for the documentation.
        tag: The thing it belongs to; `web.api.endpoints` fills it in.
    """

    method: Method
    path: str
    role: Role
    summary: str
    call: Callable[[Asked], Awaitable[object | Response]]
    query: type[Any] | None = None
    body: Any = None
    needs_body: bool = True
    example: str = "{}"
    returns: Any = None
    status: int = 200
    media_type: str = "application/json"
    also: tuple[str, ...] = ()
    sends: Literal["whole", "tagged", "file"] = "whole"
    errors: tuple[type[VizyError], ...] = ()
    tag: str = ""
