"""Presets: controls that were saved under a name."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def presets(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/presets``."""
    return ()
