"""Errors as problem details (RFC 9457): the one mapper from our error tree to HTTP.

`web.server` installs it on the Quart application; `web.guard` uses `answer` for what it refuses
before Quart sees it. Runs on the web loop; does no I/O. It never tells a client more about an
unexpected error than that there was one: the traceback is in the log.
"""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from quart import Quart, Response, has_request_context, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestedRangeNotSatisfiable

from vizy.errors import (
    BusyError,
    DeviceError,
    NotSignedInError,
    OverloadedError,
    TooManyAttemptsError,
    VizyError,
    problem,
)

MEDIA_TYPE = "application/problem+json"
_PROGRAMS = ("/api/", "/healthz", "/snapshot.jpg", "/stream.mjpg")
_PLAYED = ("/snapshot.jpg", "/stream.mjpg")
_RETRY_AFTER_S = "1"
_PHRASES = {  # RFC 9110's; Python 3.13 took them up
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def phrase_of(status: int) -> str:
    """Return what a status is called, the same with every version of Python."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def code_of(status: int) -> str:
    """Return the code of a refusal that is HTTP's own."""
    return phrase_of(status).lower().replace(" ", "-")


def describe(status: int, detail: str) -> dict[str, object]:
    """Describe a refusal that is HTTP's own, as a problem-details object.

    Args:
        status: The HTTP status.
        detail: What was refused, and what to do.
    """
    code = code_of(status)
    return {
        "type": f"urn:vizy:error:{code}",
        "title": phrase_of(status),
        "status": status,
        "detail": detail,
        "code": code,
    }


def answer(
    described: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> tuple[bytes, int, dict[str, str]]:
    """Return body, status and headers of the response that carries a problem."""
    status = described["status"]
    assert isinstance(status, int)
    fixed = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    return msgspec.json.encode(described), status, fixed | dict(headers or {})


def install_problems(app: Quart) -> None:
    """Make every error of the API and the media routes a problem-details response."""
    app.register_error_handler(VizyError, _on_vizy_error)
    app.register_error_handler(HTTPException, _on_http_error)


async def _on_vizy_error(error: Exception) -> Response:
    assert isinstance(error, VizyError)
    headers = {}
    if isinstance(error, BusyError | DeviceError | OverloadedError):
        headers = {"Retry-After": _RETRY_AFTER_S}
    elif isinstance(error, TooManyAttemptsError):
        headers = {"Retry-After": str(error.retry_after_s)}
    elif isinstance(error, NotSignedInError):
        headers = {"WWW-Authenticate": _challenge()}
    return _response(problem(error), headers)


def _challenge() -> str:
    """Ask for a token; players of video show one only as a password, and only when asked so.

    A browser would ask its user for that password: it names what it accepts, and is not asked so.
    """
    is_player = (
        has_request_context()
        and request.path in _PLAYED
        and request.headers.get("Accept", "*/*") == "*/*"
    )
    return 'Basic realm="Vizy"' if is_player else "Bearer"


async def _on_http_error(error: Exception) -> Response | HTTPException:
    assert isinstance(error, HTTPException)
    is_ours = has_request_context() and request.path.startswith(_PROGRAMS)
    if error.code is None or error.code < 400 or not is_ours:
        return error
    return _response(describe(error.code, _detail(error)), _headers(error))


def _detail(error: HTTPException) -> str:
    """Say it in our words where werkzeug's would mislead or leak."""
    if error.code == 404:
        return f"{request.path} does not exist"
    if isinstance(error, MethodNotAllowed):
        methods = ", ".join(sorted(error.valid_methods or ()))
        return f"{request.method} is not for {request.path}: it takes {methods}"
    if error.code and error.code >= 500:
        return "an unexpected error: the log of the web process says more"
    return error.description or ""


def _headers(error: HTTPException) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return {"Allow": ", ".join(sorted(error.valid_methods))}
    if isinstance(error, RequestedRangeNotSatisfiable) and error.length is not None:
        return {"Content-Range": f"{error.units} */{error.length}"}
    return {}


def _response(described: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    body, status, fields = answer(described, headers)
    return Response(body, status=status, headers=fields)
