"""The REST API at ``/api/v1``: a file of endpoints for each thing that programs deal with."""

from dataclasses import replace

from web.api.about import about
from web.api.accounts import accounts
from web.api.captures import captures
from web.api.endpoint import Endpoint
from web.api.events import events
from web.api.jobs import jobs
from web.api.network import network
from web.api.presets import presets
from web.api.sensors import sensors
from web.api.settings import settings
from web.api.state import state
from web.api.system import system
from web.parts import Parts

__all__ = ["Endpoint", "endpoints"]

_THINGS = (state, captures, jobs, presets, sensors, events, accounts, settings, network, system)


def endpoints(parts: Parts) -> tuple[Endpoint, ...]:
    """Return all endpoints, those that describe them included."""
    things = tuple(
        replace(endpoint, tag=thing.__name__) for thing in _THINGS for endpoint in thing(parts)
    )
    return (*things, *about(things))
