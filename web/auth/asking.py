"""`asking`: who the current request, callback or layout is for."""

from quart import g, has_app_context

from dash_devices import callback_context
from web.auth.identity import Identity
from web.auth.visits import Visitor


def asking() -> Identity | None:
    """Return who asks; None when nobody in particular does, as in a first run or a push."""
    client = callback_context.client
    visitor = client.authentication if client else g.get("visitor") if has_app_context() else None
    return visitor.identity if isinstance(visitor, Visitor) else None
