"""The Gallery page: everything that was taken.

Here is its frame, and what tells it that something has changed. The wall of pictures is drawn by
`assets/gallery.js` from the API, because ten thousand pictures must not be components.
"""

from typing import Any

from dash import html

from dash_devices import Dash, Output
from vizy.device import DeviceMirror
from web.auth.asking import asking
from web.auth.identity import Role
from web.pages.named import icon, named
from web.parts import Parts

_KINDS = {
    "": "All",
    "still": "Photos",
    "burst": "Bursts",
    "bracket": "Brackets",
    "timelapse": "Time-lapse",
    "recording": "Videos",
    "motion": "Motion",
    "movie": "Movies",
}


class GalleryPage:
    """The page of everything that was taken.

    Args:
        parts: Of the web process.
    """

    path = "/gallery"
    title = "Gallery"
    needs = Role.VIEWER

    def __init__(self, parts: Parts) -> None:
        self._device: DeviceMirror = parts.device

    def layout(self, **query: str) -> Any:
        """Return the page as it is now; its filters are in the address, which the script reads."""
        who = asking()
        may = who is not None and who.role >= Role.OPERATOR
        news = {output.component_property: output.component_value for output in self.mods()}
        return html.Div(
            [
                html.Main(
                    [
                        html.H1("Gallery", className="vz-unseen"),
                        html.Div(
                            [
                                html.Div(
                                    [
                                        html.Button(
                                            text,
                                            type="button",
                                            className="vz-chip",
                                            **{"data-kind": kind},
                                        )
                                        for kind, text in _KINDS.items()
                                    ],
                                    className="vz-chips",
                                    role="group",
                                    **named("Kind"),
                                ),
                                html.Button(
                                    "Protected",
                                    type="button",
                                    id="only-protected",
                                    className="vz-chip",
                                    **icon("lock"),
                                ),
                                html.Div(id="gallery-date"),
                                html.Div(id="gallery-tag"),
                                html.Div(id="gallery-count", role="status"),
                            ],
                            className="vz-filters",
                        ),
                        html.Div(id="gallery-empty", className="vz-gallery-empty"),
                        html.Div(id="gallery-wall"),
                    ]
                ),
                html.Div(id="gallery-bar", hidden=True, role="toolbar", **named("Selection")),
                html.Div(id="gallery-undo", hidden=True, role="status"),
                html.Div(id="gallery-news", hidden=True, **news),
            ],
            id="gallery",
            className="vz-gallery",
            **{"data-may": str(may).lower()},
        )

    def mods(self) -> list[Output]:
        """Return what tells the page that something has changed."""
        state = self._device.state
        captures = state.captures if state else None
        newest = captures.latest[0].id if captures and captures.latest else ""
        news = (
            f"{captures.count} {captures.edits} {newest}"
            if captures and self._device.connected
            else ""
        )
        return [Output("gallery-news", "data-news", news)]

    def register(self, app: Dash) -> None:
        """Register its callbacks: none."""

    async def close(self) -> None:
        """Stop what its callbacks have started: nothing."""
