"""The Settings page: what the owner chooses."""

from typing import Any

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.pages.settings.callbacks import SettingsCallbacks
from web.pages.settings.host import HostCallbacks
from web.pages.settings.page import disk, frame
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
        self._callbacks = SettingsCallbacks(parts)
        self._host = HostCallbacks(parts.host)

    def layout(self, **query: str) -> Any:
        """Return the page without its cards: a callback asks the daemon for them."""
        return frame(self._version())

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return [
            Output("settings-version", "data", self._version()),
            Output("settings-disk", "children", disk(self._parts.device.state)),
        ]

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        self._callbacks.register(app)
        self._host.register(app)

    async def close(self) -> None:
        """Stop what its callbacks have started: nothing."""

    def _version(self) -> str:
        """Return what is another text as soon as there is something new to read."""
        state = self._parts.device.state
        if state is None:
            return ""
        return f"{state.health.started} {state.health.pid} {state.settings.changes}"
