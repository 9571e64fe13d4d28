"""What a call of `vizy.messages` is in the REST API: method, path, query and body. Pure."""

from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct

from vizy.errors import InvalidValueError
from vizy.messages import (
    Call,
    CreateCapture,
    DeleteCaptures,
    DeletePreset,
    Focus,
    GetHistory,
    GetState,
    ListCaptures,
    RecallPreset,
    RestoreCaptures,
    SavePreset,
    SetControls,
    SetIlluminator,
    StartJob,
    StopJob,
    UpdateCaptures,
)


class Request(Struct, frozen=True):
    """One request; the path is below ``/api/v1``. Without a body, ``body`` is ``UNSET``."""

    method: str
    path: str
    body: Any = UNSET
    query: dict[str, str] = {}


def request_of(call: Call[Any]) -> Request:
    """Return the request that makes a call.

    Raises:
        InvalidValueError: The call is for a program on the device only.
    """
    match call:
        case GetState():
            return Request("GET", "/state")
        case SetControls():
            return Request("PATCH", "/controls", call.values)
        case Focus():
            return Request("POST", "/focus")
        case CreateCapture() | UpdateCaptures() | DeleteCaptures() | RestoreCaptures():
            method, path = _CAPTURES[type(call)]
            return Request(method, path, msgspec.structs.asdict(call))
        case ListCaptures():
            given = {k: str(v) for k, v in msgspec.structs.asdict(call).items() if v is not None}
            return Request("GET", "/captures", query=given)
        case StartJob():
            return Request("POST", "/jobs", call.spec)
        case StopJob():
            return Request("POST", f"/jobs/{_in_path(call.id)}/stop")
        case SavePreset():
            body = UNSET if call.values is None else {"values": call.values}
            return Request("PUT", f"/presets/{_in_path(call.name)}", body)
        case RecallPreset():
            return Request("POST", f"/presets/{_in_path(call.name)}/recall")
        case DeletePreset():
            return Request("DELETE", f"/presets/{_in_path(call.name)}")
        case GetHistory():
            query = {"start": f"{call.start:.3f}", "end": f"{call.end:.3f}"}
            names = {"names": ",".join(call.names)} if call.names else {}
            points = {"max_points": str(call.max_points)}
            return Request("GET", "/sensors/history", query=query | names | points)
        case SetIlluminator():
            return Request("PUT", "/illuminator", {"level": call.level})
        case _:
            raise InvalidValueError(f"{call.method} is for programs on the device itself")


_CAPTURES: dict[type[Call[Any]], tuple[str, str]] = {
    CreateCapture: ("POST", "/captures"),
    UpdateCaptures: ("PATCH", "/captures"),
    DeleteCaptures: ("POST", "/captures/delete"),
    RestoreCaptures: ("POST", "/captures/restore"),
}


def _in_path(name: str) -> str:
    return quote(name, safe="")
