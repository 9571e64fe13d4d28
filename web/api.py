"""The REST API: state, controls and captures, for programs.

`api` makes the blueprint that `web.server` mounts. Each route asks the daemon through the
`DeviceMirror` on the web loop and answers JSON; what goes wrong is raised and becomes a problem in
`web.problems`. It never looks at the captures' folder itself: the path of a file comes from the
daemon alone.
"""

from pathlib import Path
from typing import Any

import msgspec
from quart import Blueprint, Response, current_app, request
from quart.wrappers.response import FileBody
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound, UnsupportedMediaType
from werkzeug.http import parse_range_header

from vizy.device import DeviceMirror
from vizy.errors import DeviceAwayError, InvalidValueError, NotFoundError, StorageError
from vizy.state import Capture, DeviceState

BASE = "/api/v1"
_CHUNK_BYTES = 256 * 1024
_MEDIA_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
_FILTERS = ("before", "kind", "group", "tag", "since", "until")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def api(device: DeviceMirror) -> Blueprint:
    """Return the routes of ``/api/v1`` and ``/healthz`` over one device."""
    routes = Blueprint("api", __name__)

    @routes.get(f"{BASE}/state")
    async def state() -> Response:
        return await _state_response(_present(device))

    @routes.patch(f"{BASE}/controls")
    async def controls() -> Response:
        return await _state_response(await device.set_controls(await _json_object()))

    @routes.post(f"{BASE}/focus")
    async def focus() -> Response:
        return _json({"is_sharp": await device.focus()})

    @routes.post(f"{BASE}/captures")
    async def create_capture() -> Response:
        created = public(await device.capture(raw=await _wants_raw()))
        return _json(created, 201, {"Location": f"{BASE}/captures/{created['id']}"})

    @routes.get(f"{BASE}/captures")
    async def list_captures() -> Response:
        page = await device.list_captures(limit=_limit(), **_filters())
        items = [public(capture) for capture in page.items]
        return _json({"items": items, "count": page.count, "next": page.next})

    @routes.get(f"{BASE}/captures/<capture_id>")
    async def one_capture(capture_id: str) -> Response:
        return _json(public((await device.get_capture(capture_id)).capture))

    @routes.get(f"{BASE}/captures/<capture_id>/file")
    async def capture_file(capture_id: str) -> Response:
        found = await device.get_capture(capture_id)
        return await _file_response(found.capture, found.path)

    @routes.get(f"{BASE}/captures/<capture_id>/thumbnail")
    async def thumbnail(capture_id: str) -> Response:
        found = await device.get_thumbnail(capture_id)
        return await _file_response(found.capture, found.path)

    @routes.get("/healthz")
    async def healthz() -> Response:
        there = device.state if device.connected else None
        return _json({"status": "ok", "hardware": there.camera.status if there else "away"})

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


def public(capture: Capture) -> dict[str, Any]:
    """Return a capture as the API shows it: with the ``url`` of its file."""
    return msgspec.to_builtins(capture) | {"url": f"{BASE}/captures/{capture.id}/file"}


def _present(device: DeviceMirror) -> DeviceState:
    if not device.connected or device.state is None:
        raise DeviceAwayError("the hardware process is away: its state is not known")
    return device.state


async def _state_response(state: DeviceState) -> Response:
    """Answer with a state; the tag names the daemon, too: an emptied state folder counts anew."""
    response = _json(state, headers={"Cache-Control": "no-cache"})
    response.set_etag(f"{state.health.started}-{state.health.pid}-{state.revision}")
    if request.method == "GET":
        await response.make_conditional(request)
    return response


async def _json_object() -> dict[str, Any]:
    """Return the request's body, a JSON object.

    Raises:
        UnsupportedMediaType: It does not say that it is JSON.
        BadRequest: It is no JSON; ``NaN`` and ``Infinity`` are none.
        InvalidValueError: It is JSON but not an object, or has a number beyond any float.
    """
    if not request.is_json:
        raise UnsupportedMediaType("the body must be JSON: send Content-Type: application/json")
    try:
        return msgspec.json.decode(await request.get_data(), type=dict[str, Any])
    except msgspec.ValidationError as error:
        detail = f'{error}: the body must be an object as {{"Brightness": 0.2}}'
        raise InvalidValueError(detail) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


async def _wants_raw() -> bool:
    """Return what the body says of raw data; without a body: no.

    Raises:
        InvalidValueError: It says something else.
    """
    if not await request.get_data():
        return False
    match await _json_object():
        case {"raw": bool(wants), **rest} if not rest:
            return wants
        case {**rest} if not rest:
            return False
        case _:
            raise InvalidValueError('the body may be {"raw": true} or {"raw": false}, or missing')


def _filters() -> dict[str, Any]:
    """Return what narrows a list of captures down.

    Raises:
        InvalidValueError: A parameter is none of those that do.
    """
    for name in request.args:
        if name not in ("limit", *_FILTERS):
            known = ", ".join(("limit", *_FILTERS))
            raise InvalidValueError(f"{name:.80} narrows nothing down: known are {known}")
    return {name: request.args[name] for name in _FILTERS if name in request.args}


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= 500:
        raise InvalidValueError(f"limit={text} is not a whole number from 1 to 500")
    return int(text)


async def _file_response(capture: Capture, path: str) -> Response:
    """Send the file, whole or the range asked for; it never changes, so it may be kept for ever."""
    try:
        body = FileBody(path, buffer_size=_CHUNK_BYTES)
    except FileNotFoundError:
        raise NotFoundError(f"the file of capture {capture.id} is gone from the disk") from None
    except OSError as error:
        raise StorageError(f"the file of capture {capture.id}: {error.strerror}") from error
    response = Response(body, mimetype=_MEDIA_TYPES[Path(path).suffix])
    response.content_length = length = body.size
    response.set_etag(f"{capture.id}-{length}")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers.set("Content-Disposition", "inline", filename=Path(path).name)
    _count_from_start(length)
    await response.make_conditional(request, accept_ranges=True, complete_length=length)
    return response


def _count_from_start(length: int) -> None:
    """Turn "the last n bytes" into "from byte m on": Quart trips over the first."""
    asked = parse_range_header(request.headers.get("Range"))
    if asked is not None and len(asked.ranges) == 1 and asked.ranges[0][0] < 0:
        start = max(0, length + asked.ranges[0][0])
        request.headers["Range"] = f"{asked.units}={start}-"


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    fixed = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), status=status, headers=fixed | (headers or {}))
