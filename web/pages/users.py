"""The Users page: who may do what.

What stands on it is drawn, and done over the REST API, by `assets/accounts.js`: no browser is ever
told by this process what is somebody else's.
"""

from typing import Any

from dash import html

from dash_devices import Dash, Output
from web.auth.asking import asking
from web.auth.identity import Role
from web.parts import Parts


class UsersPage:
    """The page of who may do what.

    Args:
        parts: Of the web process.
    """

    path = "/users"
    title = "Users"
    needs = Role.ADMIN

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def layout(self, **query: str) -> Any:
        """Return the page as it is now, for who asks."""
        who = asking()
        assert who is not None  # nobody else is shown a page
        return html.Div(
            [html.H1("Users"), html.Div(id="users", **{"data-name": who.name})],
            className="vz-page",
            role="main",
        )

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""

    async def close(self) -> None:
        """Stop what its callbacks have started."""
