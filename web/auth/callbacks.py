"""`CallbackRoles`: which role each callback of the pages needs, asked for each one that runs.

Filled while the application registers its callbacks, before the server starts; a callback that is
in no page's part of the table is refused. On the web loop.
"""

from collections.abc import Iterable
from typing import Any

from quart import g

from dash_devices import Client, Dash
from web.auth.identity import Role
from web.auth.visits import Visitor

NAVIGATION = ".._pages_content.children..._pages_store.data.."
"""Dash's own: draws the page that an address names, which says by itself who may see it."""


class CallbackRoles:
    """The table.

    Args:
        app: The application, before its first callback.
    """

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._roles: dict[str, Role] = {NAVIGATION: Role.VIEWER}
        app.authorize(_admit)
        app.callback_authorize_output(self._allows)

    def take(self, needs: Role, reading: Iterable[str] = ()) -> None:
        """List the callbacks that were registered since the last time: those of one page.

        Args:
            needs: The role that the page needs; a callback needs at least that of an operator.
            reading: Outputs of those for which the page's own role is enough: they change nothing
                that others see.
        """
        quiet = frozenset(reading)
        for callback in self._app.callback_map:
            if callback not in self._roles:
                least = Role.VIEWER if quiet & _outputs(callback) else Role.OPERATOR
                self._roles[callback] = max(needs, least)

    def role(self, callback: str) -> Role | None:
        """Return the least role for a callback; None: nobody may."""
        return self._roles.get(callback)

    def _allows(self, client: Client | None, callback: str) -> bool:
        visitor = client.authentication if client else g.get("visitor")
        needs = self._roles.get(callback)
        return needs is not None and isinstance(visitor, Visitor) and visitor.has(needs)


def _outputs(callback: str) -> set[str]:
    """Return the outputs that a callback's name names, as ``id.prop``."""
    return {output.partition("@")[0] for output in callback.strip(".").split("...")}


async def _admit(client: Client) -> Any:
    """Say who a browser at the socket is; the gate has looked already."""
    visitor = g.get("visitor")
    return visitor if isinstance(visitor, Visitor) and visitor.has(Role.VIEWER) else False
