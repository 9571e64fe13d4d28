"""`Notices`: sentences that come and go at the foot of the page; on the web loop."""

from typing import Any

from dash import html

from dash_devices import Client, Dash, Output

UNDO_S = 10.0


class Notices:
    """Says things to everybody, or to one browser.

    Args:
        app: The Dash application.
    """

    def __init__(self, app: Dash) -> None:
        self._app = app
        self._count = 0

    def say(
        self, content: str | list[Any], client: Client | None = None, *, failed: bool = False
    ) -> None:
        """Show a notice.

        Args:
            content: What it says.
            client: The one browser, or None for all; one that has left is told nothing.
            failed: Whether something did not work.
        """
        if client is not None and client not in self._app.clients:
            return
        mods = {mod.component_property: mod.component_value for mod in self.mods(content, failed)}
        self._app.push_mods({"notice": mods}, client)

    def mods(self, content: str | list[Any], failed: bool) -> list[Output]:
        """Return what shows a notice, to be pushed with something else."""
        self._count += 1  # the same words twice are two notices
        return [
            Output("notice", "children", content),
            Output("notice", "data-state", "failed" if failed else "done"),
            Output("notice", "data-count", str(self._count)),
        ]


def with_undo(text: str, token: str) -> list[Any]:
    """Return a notice that offers to take back what it says, for ten seconds."""
    return [
        html.Span(text),
        html.Button("Undo", id={"undo": token, "part": "press"}, type="button"),
        html.Span(id={"undo": token, "part": "note"}, hidden=True),
    ]
