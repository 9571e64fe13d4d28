"""Settings, and the network."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def settings(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/settings`` and ``/network``."""
    return ()
