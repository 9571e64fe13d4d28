"""The Settings page: what the owner chooses."""

from typing import Any

from dash_devices import Dash, Output
from vizy.errors import VizyError
from web.auth.identity import Role
from web.pages.settings.callbacks import SettingsCallbacks
from web.pages.settings.page import away_page, disk, settings_page
from web.parts import Parts
from web.settings import reported


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

    async def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        device = self._parts.device
        try:
            report = reported(await device.get_settings(), self._parts.settings)
            cameras = await device.list_cameras()
        except VizyError as error:
            return away_page(str(error), self._version())
        return settings_page(report, device.state, cameras, self._version())

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return [
            Output("settings-version", "data", self._version()),
            Output("settings-disk", "children", disk(self._parts.device.state)),
        ]

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        self._callbacks.register(app)

    async def close(self) -> None:
        """Stop what its callbacks have started: nothing."""

    def _version(self) -> str:
        """Return what is another text as soon as there is something new to read."""
        state = self._parts.device.state
        if state is None:
            return ""
        return f"{state.health.started} {state.health.pid} {state.settings.changes}"
