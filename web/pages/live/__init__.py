"""The Live page: picture, shutter, filmstrip and controls."""

from typing import Any

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.pages.live.callbacks import PageCallbacks
from web.pages.live.presentation import Presentation
from web.parts import Parts


class LivePage:
    """The page that everybody opens first.

    Args:
        parts: Of the web process.
    """

    path = "/"
    title = "Live"
    needs = Role.VIEWER

    def __init__(self, parts: Parts) -> None:
        self._device = parts.device
        self._presentation = Presentation(parts.device)
        self._callbacks: PageCallbacks | None = None

    def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        return self._presentation.layout()

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return self._presentation.mods()

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        self._callbacks = PageCallbacks(app, self._device, self._presentation)

    async def close(self) -> None:
        """Stop waiting for captures."""
        if self._callbacks is not None:
            await self._callbacks.close()
