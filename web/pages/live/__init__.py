"""The Live page: picture, shutter, filmstrip and controls."""

from typing import Any

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.pages.live.controls import Controls
from web.pages.live.focusing import Focusing
from web.pages.live.jobs import JobNews, outcome
from web.pages.live.notices import Notices
from web.pages.live.presentation import Presentation
from web.pages.live.shooting import Shooting
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
        self._news = JobNews()
        self._notices: Notices | None = None
        self._shooting: Shooting | None = None

    def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        return self._presentation.layout()

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return [*self._presentation.mods(), *self._ended()]

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        self._notices = Notices(app)
        Controls(app, self._device, self._presentation, self._notices)
        Focusing(app, self._device, self._notices)
        self._shooting = Shooting(app, self._device, self._notices)

    async def close(self) -> None:
        """Stop waiting for captures and jobs."""
        if self._shooting is not None:
            await self._shooting.close()

    def _ended(self) -> list[Output]:
        """Say to everybody what became of jobs that have ended."""
        state = self._device.state
        ended = self._news.ended(state.jobs) if state else []
        if not ended or self._notices is None:
            return []
        content = [part for job in ended for part in outcome(job)]
        return self._notices.mods(content, any(job.status == "failed" for job in ended))
