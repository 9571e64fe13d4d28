"""The device itself: health, log, restart, power."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def system(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/system``."""
    return ()
