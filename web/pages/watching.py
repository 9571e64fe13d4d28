"""`Watching`: who has a page open, for the number with the eye in the header; on the web loop.

Somebody with two tabs counts once, and so does somebody whose browser comes back; the same account
on two devices counts twice, since a class or a family may share one.
"""

from collections import Counter
from typing import Any

from dash import html

from dash_devices import Client, Dash, Output
from web.auth.visits import Visitor
from web.pages.named import icon


class Watching:
    """Counts, and tells every page when that changes.

    Args:
        app: The Dash application.
    """

    def __init__(self, app: Dash) -> None:
        self._app = app
        app.callback_connect(self._changed)

    def mods(self) -> list[Output]:
        """Return what shows who is there now."""
        visitors = (client.authentication for client in self._app.clients)
        there = {each.id: each.identity for each in visitors if isinstance(each, Visitor)}
        names = Counter(who.name for who in there.values() if who is not None)
        count = sum(names.values())
        return [
            Output("watching", "children", str(count)),
            Output("watching", "aria-label", f"{count} watching: show who"),
            Output("watchers", "children", [_row(name, names[name]) for name in sorted(names)]),
        ]

    async def _changed(self, client: Client, connected: bool) -> None:
        if self._app.serving.is_set():
            await self._app.push_mods_coro(self.mods, report=True)


def eye() -> list[Any]:
    """Return the number, and the list that it opens."""
    return [
        html.Button(
            "",
            id="watching",
            type="button",
            title="Who is watching",
            className="vz-tool vz-watching",
            **icon("eye"),
            **{"aria-expanded": "false", "aria-controls": "watchers"},
        ),
        html.Ul(id="watchers", className="vz-watchers"),
    ]


def _row(name: str, devices: int) -> Any:
    many = [html.Span(f"{devices} devices")] if devices > 1 else []
    return html.Li([html.Span(name), *many], key=name)
