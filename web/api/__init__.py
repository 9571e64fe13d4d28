"""The REST API at ``/api/v1``: a file of endpoints for each thing that programs deal with."""

from vizy.device import DeviceMirror
from web.api.captures import captures
from web.api.endpoint import Endpoint
from web.api.state import state

__all__ = ["Endpoint", "endpoints"]


def endpoints(device: DeviceMirror) -> tuple[Endpoint, ...]:
    """Return all endpoints, over one device."""
    return (*state(device), *captures(device))
