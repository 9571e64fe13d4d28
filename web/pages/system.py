"""The System page: how the device does, and its switches."""

from typing import Any

from dash import html

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.parts import Parts


class SystemPage:
    """The page of how the device does, and its switches.

    Args:
        parts: Of the web process.
    """

    path = "/system"
    title = "System"
    needs = Role.ADMIN

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        return html.Div([html.H1("System")], className="vz-page")

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""

    async def close(self) -> None:
        """Stop what its callbacks have started."""
