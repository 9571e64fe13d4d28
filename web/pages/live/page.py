"""The frame of the Live page: the picture first, everything else steps back.

What changes with the device comes from `web.pages.live.presentation`, and how it looks is
`assets/live.css`. The ids are fixed: programs and tests outside rely on them.
"""

from typing import Any

from dash import html

from web.pages.live.bar import bar
from web.pages.live.presets import section
from web.pages.live.tools import tools
from web.pages.named import named

# What `assets/keys.js` listens to; `?` shows it.
_KEYS = {
    "space": "Press the shutter",
    "r": "Record, and stop",
    "f": "Fill the screen",
    "p": "Freeze the picture, and go on",
    "g": "Show a grid",
    "h": "Show a histogram",
    "+  −  0": "Zoom in, out, and back",
    "arrows": "Move about in what is zoomed",
    "c": "Fold the controls away",
    "?": "Show these keys",
}


def live_page(controls: list[Any], changing: dict[str, dict[str, Any]]) -> Any:
    """Return the page.

    Args:
        controls: The panel of controls.
        changing: What the device says at this moment: component id to property to value.
    """

    def now(component_id: str) -> dict[str, Any]:
        return changing.get(component_id, {})

    return html.Div(
        [
            html.Main(
                [
                    html.H1("Live", className="vz-unseen"),
                    html.Div(
                        [
                            html.Div(id="live-view", role="img", **named("Live picture")),
                            html.Div(id="live-message", **now("live-message")),
                            html.Div(
                                "No picture comes at the moment: what you see is the last one.",
                                id="stall-message",
                            ),
                            html.Div("Waiting for the first picture.", id="first-message"),
                            html.Div(id="warnings", **now("warnings")),
                            html.Div(
                                "Vizy does not answer. This page connects again by itself.",
                                id="link-message",
                            ),
                            html.Div(id="jobs", role="group", **named("What runs"), **now("jobs")),
                            html.Div(id="live-stats"),
                            *tools(),
                        ],
                        id="stage",
                        className="vz-stage",
                        **now("stage"),
                    ),
                    bar(now),
                    html.Div(
                        id="filmstrip",
                        role="group",
                        **named("Newest pictures"),
                        **now("filmstrip"),
                    ),
                ],
                className="vz-main",
            ),
            html.Aside(
                [
                    html.P(
                        "You can look on. Operators and admins steer this camera.",
                        className="vz-looking",
                    ),
                    html.Div(controls, id="groups", className="vz-groups"),
                    section(now("presets")),
                ],
                id="controls",
                className="vz-panel",
                **named("Controls"),
            ),
            _keys(),
        ],
        className="vz-live",
    )


def _keys() -> Any:
    """Return the list of keys, closed."""
    rows = [part for key, does in _KEYS.items() for part in (html.Dt(key), html.Dd(does))]
    return html.Dialog([html.H2("Keys"), html.Dl(rows)], id="keys", **named("Keys"))
