"""What describes the API: the OpenAPI document, and a page of it for people."""

from typing import Any

from quart import Response

from web.api.endpoint import Asked, Endpoint
from web.api.mount import NOT_KEPT, as_json
from web.api.openapi import document
from web.api.overview import overview
from web.auth.identity import Role


def about(others: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Return the endpoints that describe themselves and the others."""

    async def describe(asked: Asked) -> Response:
        return as_json(described)

    async def show(asked: Asked) -> Response:
        return Response(page, content_type="text/html; charset=utf-8", headers=NOT_KEPT)

    own = (
        Endpoint(
            method="GET",
            path="/openapi.json",
            role=Role.VIEWER,
            summary="Return this description: OpenAPI 3.1.",
            call=describe,
            returns=dict[str, Any],
            tag="about",
        ),
        Endpoint(
            method="GET",
            path="/",
            role=Role.VIEWER,
            summary="Show all operations on a page for people.",
            call=show,
            returns=str,
            media_type="text/html",
            tag="about",
        ),
    )
    every = (*others, *own)
    described = document(every)
    page = overview(every)
    return own
