"""Events: each change of the state, as server-sent events."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def events(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/events``."""
    return ()
