"""Sensors: what they say and said; and the lamp."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def sensors(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/sensors`` and ``/illuminator``."""
    return ()
