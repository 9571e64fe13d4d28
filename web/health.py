"""``/healthz``: is the server alive, and is the camera there? For anyone; it tells nothing else."""

from quart import Blueprint, Response

from vizy.device import DeviceMirror
from web.api.mount import as_json


def health(device: DeviceMirror) -> Blueprint:
    """Return the route."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    async def healthz() -> Response:
        there = device.state if device.connected else None
        return as_json({"status": "ok", "hardware": there.camera.status if there else "away"})

    return routes
