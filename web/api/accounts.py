"""Accounts: users, sessions and tokens."""

from web.api.endpoint import Endpoint
from web.parts import Parts


def accounts(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/users``, ``/sessions`` and ``/tokens``."""
    return ()
