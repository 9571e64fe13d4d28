"""`Complaints`: what went wrong on the server by nobody's request, in the log and in dev tools.

An error of a callback is answered to the browser that asked. A push to a component that does not
exist, or a callback that the server ran by itself, has no such browser: every page with dev tools
is told. The same words are said once in a while, not thirty times a second. Event loop only.
"""

import logging
import time
from typing import TYPE_CHECKING

from dash_devices import protocol
from dash_devices.dependencies import Pattern
from dash_devices.state import Mods

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")

QUIET_S = 10.0
MAX_REMEMBERED = 100


class Complaints:
    """Says each thing that is wrong once in `QUIET_S` seconds."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._said: dict[str, float] = {}

    def say(self, title: str, text: str | None = None) -> None:
        """Log an error and show it in the dev tools of every page.

        Args:
            title: One line.
            text: More, as text or HTML; the title where None.
        """
        now = time.monotonic()
        if now - self._said.get(title, -QUIET_S) < QUIET_S:
            return
        self._said.pop(title, None)
        self._said[title] = now
        if len(self._said) > MAX_REMEMBERED:
            del self._said[next(iter(self._said))]
        logger.error("%s", title)
        if self._app.has_dev_tools:
            message = protocol.complaint(title, text or title)
            for client in self._app.clients:
                client.send(message)

    def of_unknown(self, who: str, mods: Mods) -> None:
        """Say it when a component is in no layout: it may be a wrong id, or come later."""
        if self._app.config.suppress_callback_exceptions:
            return
        for component_id, props in mods.items():
            if not self._app.shared_state.knows(component_id):
                self.say(
                    f"{who}: no layout holds a component {component_id!r}, for "
                    f"{', '.join(map(repr, props))}; it is kept for when one does. Mend the id, "
                    "or allow it with Dash(suppress_callback_exceptions=True)"
                )

    def of_missing(self, name: str, patterns: list[Pattern]) -> None:
        """Say it when a shared callback cannot run because its components are in no layout."""
        if self._app.config.suppress_callback_exceptions:
            return
        state = self._app.shared_state
        missing = [p for p in patterns if not p.is_wild and not state.matching(p)]
        if missing:
            self.say(
                f"callback {name}: no layout holds {', '.join(map(str, missing))}; it does not "
                "run until one does. Mend the id, or allow it with "
                "Dash(suppress_callback_exceptions=True)"
            )
