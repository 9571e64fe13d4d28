"""The index of all captures, for a wall of pictures: few bytes each, and no files."""

from vizy.errors import DeviceError, InvalidValueError, StorageError
from vizy.messages import CaptureIndex, IndexCaptures
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.parts import Parts


def index(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoint of ``/captures/index``."""

    async def find(asked: Asked) -> CaptureIndex:
        return await parts.device.index_captures(asked.query)

    return (
        Endpoint(
            method="GET",
            path="/captures/index",
            role=Role.VIEWER,
            summary="List up to 20,000 captures, newest first, in few bytes each.",
            call=find,
            query=IndexCaptures,
            returns=CaptureIndex,
            errors=(InvalidValueError, StorageError, DeviceError),
        ),
    )
