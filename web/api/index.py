"""The index of all captures, for a wall of pictures: few bytes each, and no files."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from vizy.errors import DeviceError, InvalidValueError, StorageError
from vizy.messages import CaptureIndex, IndexCaptures
from vizy.state import CaptureKind
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.parts import Parts


class IndexFilter(Struct, frozen=True, kw_only=True):
    """Which captures; ``after`` lets only those through that are newer than an id."""

    limit: Annotated[int, Meta(ge=1, le=20_000)] = 20_000
    before: str | None = None
    after: str | None = None
    kind: CaptureKind | None = None
    group: str | None = None
    tag: str | None = None
    protected: bool | None = None
    since: str | None = None
    until: str | None = None


def index(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoint of ``/captures/index``."""

    async def find(asked: Asked) -> CaptureIndex:
        call = IndexCaptures(**msgspec.structs.asdict(asked.query))
        return await parts.device.index_captures(call)

    return (
        Endpoint(
            method="GET",
            path="/captures/index",
            role=Role.VIEWER,
            summary="List up to 20,000 captures, newest first, in few bytes each.",
            call=find,
            query=IndexFilter,
            returns=CaptureIndex,
            errors=(InvalidValueError, StorageError, DeviceError),
        ),
    )
