"""The Settings page: what the owner chooses."""

from typing import Any

from dash import html

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.parts import Parts


class SettingsPage:
    """The page of what the owner chooses.

    Args:
        parts: Of the web process.
    """

    path = "/settings"
    title = "Settings"
    needs = Role.ADMIN

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        return html.Div([html.H1("Settings")], className="vz-page")

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""

    async def close(self) -> None:
        """Stop what its callbacks have started."""
