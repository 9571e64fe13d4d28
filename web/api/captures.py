"""Captures: take one, list them, and get their files.

It never looks at the captures' folder itself: the path of a file comes from the daemon alone.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from quart import Response

from vizy.device import DeviceMirror
from vizy.errors import (
    BusyError,
    DeviceError,
    InvalidValueError,
    NotFoundError,
    OverloadedError,
    ProtectedError,
    StorageError,
)
from vizy.messages import CaptureFile, Tags
from vizy.state import Capture, CaptureKind
from web.api.archive import Archive
from web.api.endpoint import Asked, Endpoint
from web.api.files import file_response
from web.api.mount import BASE, NOT_KEPT, as_json
from web.api.sending import Sending
from web.auth.identity import Role
from web.parts import Parts

_CHANGING = (NotFoundError, InvalidValueError, StorageError, DeviceError)
_MOST = 500
_THUMBNAILS = 8  # asked for at once: the daemon makes one at a time, and other calls shall not wait


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

    ids: Annotated[tuple[str, ...], Meta(min_length=1, max_length=_MOST)]


class CaptureChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a capture; what is missing stays as it is."""

    protected: bool | None = None
    tags: Tags | None = None


class CaptureChanges(CaptureChange, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, and of which captures."""

    ids: Annotated[tuple[str, ...], Meta(min_length=1, max_length=_MOST)]


class CaptureFilter(Struct, frozen=True, kw_only=True):
    """Which captures to list; ``since`` and ``until`` are RFC 3339 times of creation."""

    limit: Annotated[int, Meta(ge=1, le=_MOST)] = 50
    before: str | None = None
    kind: CaptureKind | None = None
    group: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None


class ArchiveQuery(Struct, frozen=True, kw_only=True):
    """Which captures to put into the zip: some by their ids, or those that the filters let through.

    Attributes:
        ids: With commas, 500 at most; no filter goes with them.
        limit: As many of the newest; None: all, and 500 at most.
    """

    ids: Annotated[str, Meta(max_length=20_000)] | None = None
    limit: Annotated[int, Meta(ge=1, le=_MOST)] | None = None
    before: str | None = None
    kind: CaptureKind | None = None
    group: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None


def captures(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/captures``."""
    device = parts.device
    files = Sending("files", 64)
    archives = Sending("archives", 4)
    thumbnails = asyncio.Semaphore(_THUMBNAILS)

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
        return await file_response(found.capture, found.path, files)

    async def thumbnail(asked: Asked) -> Response:
        async with thumbnails:
            found = await device.get_thumbnail(asked.path["id"])
        return await file_response(found.capture, found.path, files)

    async def raw(asked: Asked) -> Response:
        found = await device.get_capture(asked.path["id"])
        if found.raw_path is None:
            raise NotFoundError(f"capture {found.capture.id} has no raw data")
        return await file_response(found.capture, found.raw_path, files)

    async def archive(asked: Asked) -> Response:
        archives.check()
        found = await _wanted(device, asked.query)
        zipped = Archive(found, archives)
        response = Response(zipped, mimetype="application/zip", headers=NOT_KEPT)
        response.timeout = None
        response.content_length = zipped.length
        name = f"vizy-{found[0].capture.id[:15]}.zip"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response

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
            errors=(InvalidValueError, BusyError, StorageError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures",
            role=Role.VIEWER,
            summary="List captures, newest first.",
            call=find,
            query=CaptureFilter,
            returns=CaptureViews,
            errors=(InvalidValueError, StorageError, DeviceError),
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
            also=("video/mp4",),
            sends="file",
            errors=(NotFoundError, StorageError, OverloadedError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures/<id>/raw",
            role=Role.VIEWER,
            summary="Return the sensor's raw data of a picture that has them, as DNG.",
            call=raw,
            returns=bytes,
            media_type="image/x-adobe-dng",
            sends="file",
            errors=(NotFoundError, StorageError, OverloadedError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures.zip",
            role=Role.VIEWER,
            summary="Return the files of up to 500 captures as one zip, made while it is sent.",
            call=archive,
            query=ArchiveQuery,
            returns=bytes,
            media_type="application/zip",
            errors=(NotFoundError, InvalidValueError, OverloadedError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/captures/<id>/thumbnail",
            role=Role.VIEWER,
            summary="Return a small JPEG of a capture.",
            call=thumbnail,
            returns=bytes,
            media_type="image/jpeg",
            sends="file",
            errors=(NotFoundError, StorageError, OverloadedError, DeviceError),
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
            errors=(*_CHANGING, ProtectedError),
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
            errors=(*_CHANGING, ProtectedError),
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


async def _wanted(device: DeviceMirror, query: ArchiveQuery) -> list[CaptureFile]:
    """Return the captures to put into a zip.

    Raises:
        NotFoundError: There is no capture of an id, or none at all.
        InvalidValueError: There are too many, or ids and filters at once.
    """
    narrowed = msgspec.structs.asdict(query)
    del narrowed["ids"], narrowed["limit"]
    if query.ids is not None:
        ids = list(dict.fromkeys(query.ids.split(",")))
        if query.limit or any(narrowed.values()):
            raise InvalidValueError("ids go without a filter: send the one or the other")
        if len(ids) > _MOST:
            raise InvalidValueError(f"{len(ids)} ids are more than {_MOST}: ask in several times")
    else:
        page = await device.list_captures(limit=query.limit or _MOST, **narrowed)
        if page.next is not None and query.limit is None:
            raise InvalidValueError(
                f"more than {_MOST} captures match: narrow them down by since and until, or take "
                f"them in parts by limit={_MOST} and before"
            )
        ids = [capture.id for capture in page.items]
        if not ids:
            raise NotFoundError("no capture matches: there is nothing to put into a zip")
    return [await device.get_capture(one) for one in ids]


def _views(items: Sequence[Capture]) -> CaptureViews:
    return CaptureViews(tuple(map(CaptureView.of, items)), len(items))
