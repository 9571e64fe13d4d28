"""Captures: take one, list them, and get their files.

It never looks at the captures' folder itself: the path of a file comes from the daemon alone.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from quart import Response

from vizy.errors import BusyError, DeviceError, DiskFullError, InvalidValueError, NotFoundError
from vizy.messages import Tags
from vizy.state import Capture, CaptureKind
from web.api.endpoint import Asked, Endpoint
from web.api.files import file_response
from web.api.mount import BASE, as_json
from web.auth.identity import Role
from web.parts import Parts

_CHANGING = (NotFoundError, InvalidValueError, DeviceError)


class CaptureView(Capture, frozen=True, kw_only=True):
    """A capture, and the ``url`` of its file."""

    url: str

    @classmethod
    def of(cls, capture: Capture) -> "CaptureView":
        """Return a capture as the API shows it."""
        return cls(**msgspec.structs.asdict(capture), url=f"{BASE}/captures/{capture.id}/file")


class CaptureViews(Struct, frozen=True):
    """Some captures, newest first; ``next`` is the ``before`` of the following page, if any."""

    items: tuple[CaptureView, ...]
    count: int
    next: str | None = None


class CaptureOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """How to take a still: ``raw`` asks for the sensor's data as a DNG beside it."""

    raw: bool = False


class CaptureIds(Struct, frozen=True, forbid_unknown_fields=True):
    """Which captures."""

    ids: Annotated[tuple[str, ...], Meta(min_length=1, max_length=500)]


class CaptureChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a capture; what is missing stays as it is."""

    protected: bool | None = None
    tags: Tags | None = None


class CaptureChanges(CaptureChange, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, and of which captures."""

    ids: Annotated[tuple[str, ...], Meta(min_length=1, max_length=500)]


class CaptureFilter(Struct, frozen=True, kw_only=True):
    """Which captures to list; ``since`` and ``until`` are RFC 3339 times of creation."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    before: str | None = None
    kind: CaptureKind | None = None
    group: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None


def captures(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/captures``."""
    device = parts.device

    async def create(asked: Asked) -> Response:
        order = asked.body or CaptureOrder()
        created = CaptureView.of(await device.capture(raw=order.raw))
        return as_json(created, 201, {"Location": f"{BASE}/captures/{created.id}"})

    async def find(asked: Asked) -> CaptureViews:
        page = await device.list_captures(**msgspec.structs.asdict(asked.query))
        return CaptureViews(tuple(map(CaptureView.of, page.items)), page.count, page.next)

    async def get(asked: Asked) -> CaptureView:
        return CaptureView.of((await device.get_capture(asked.path["id"])).capture)

    async def file(asked: Asked) -> Response:
        found = await device.get_capture(asked.path["id"])
        return await file_response(found.capture, found.path)

    async def thumbnail(asked: Asked) -> Response:
        found = await device.get_thumbnail(asked.path["id"])
        return await file_response(found.capture, found.path)

    async def change(asked: Asked) -> CaptureView:
        change = msgspec.structs.asdict(asked.body)
        (changed,) = await device.update_captures([asked.path["id"]], **change)
        return CaptureView.of(changed)

    async def change_many(asked: Asked) -> CaptureViews:
        return _views(await device.update_captures(**msgspec.structs.asdict(asked.body)))

    async def delete(asked: Asked) -> None:
        await device.delete_captures([asked.path["id"]])

    async def delete_many(asked: Asked) -> CaptureViews:
        return _views(await device.delete_captures(asked.body.ids))

    async def restore(asked: Asked) -> CaptureViews:
        return _views(await device.restore_captures(asked.body.ids))

    return (
        Endpoint(
            method="POST",
            path="/captures",
            role=Role.OPERATOR,
            summary="Take a picture; answer once it is safe on disk.",
            call=create,
            body=CaptureOrder,
            needs_body=False,
            example='{"raw": true}',
            returns=CaptureView,
            status=201,
            errors=(InvalidValueError, BusyError, DiskFullError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures",
            role=Role.VIEWER,
            summary="List captures, newest first.",
            call=find,
            query=CaptureFilter,
            returns=CaptureViews,
            errors=(InvalidValueError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures/<id>",
            role=Role.VIEWER,
            summary="Return one capture.",
            call=get,
            returns=CaptureView,
            errors=(NotFoundError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures/<id>/file",
            role=Role.VIEWER,
            summary="Return the picture or video, whole or a range of it.",
            call=file,
            returns=bytes,
            media_type="image/jpeg",
            errors=(NotFoundError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures/<id>/thumbnail",
            role=Role.VIEWER,
            summary="Return a small JPEG of a capture.",
            call=thumbnail,
            returns=bytes,
            media_type="image/jpeg",
            errors=(NotFoundError, DeviceError),
        ),
        Endpoint(
            method="PATCH",
            path="/captures/<id>",
            role=Role.OPERATOR,
            summary="Protect, unprotect or tag a capture.",
            call=change,
            body=CaptureChange,
            example='{"protected": true}',
            returns=CaptureView,
            errors=_CHANGING,
        ),
        Endpoint(
            method="PATCH",
            path="/captures",
            role=Role.OPERATOR,
            summary="Protect, unprotect or tag captures, all or none.",
            call=change_many,
            body=CaptureChanges,
            example='{"ids": ["..."], "protected": true}',
            returns=CaptureViews,
            errors=_CHANGING,
        ),
        Endpoint(
            method="DELETE",
            path="/captures/<id>",
            role=Role.OPERATOR,
            summary="Delete a capture; it can be restored for a while.",
            call=delete,
            status=204,
            errors=_CHANGING,
        ),
        Endpoint(
            method="POST",
            path="/captures/delete",
            role=Role.OPERATOR,
            summary="Delete captures, all or none; they can be restored for a while.",
            call=delete_many,
            body=CaptureIds,
            example='{"ids": ["..."]}',
            returns=CaptureViews,
            errors=_CHANGING,
        ),
        Endpoint(
            method="POST",
            path="/captures/restore",
            role=Role.OPERATOR,
            summary="Bring deleted captures back, all or none.",
            call=restore,
            body=CaptureIds,
            example='{"ids": ["..."]}',
            returns=CaptureViews,
            errors=_CHANGING,
        ),
    )


def _views(items: Sequence[Capture]) -> CaptureViews:
    return CaptureViews(tuple(map(CaptureView.of, items)), len(items))
