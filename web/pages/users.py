"""The Users page: who may do what."""

from typing import Any

from dash import html

from dash_devices import Dash, Output
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
        """Return the page as it is now."""
        return html.Div([html.H1("Users")], className="vz-page")

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""

    async def close(self) -> None:
        """Stop what its callbacks have started."""
