"""Jobs: bursts, brackets, time-lapses, recordings, motion and movies."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def jobs(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/jobs``."""
    return ()
