"""The Live page: the picture first, everything else steps back.

Only the frame of the page is here; what changes with the device comes from `web.presentation`, and
how it looks is `assets/vizy.css`. The ids are fixed: programs and tests outside rely on them.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dash_devices import ConnectionBadge

# One accent, a calm blue-violet, from light to dark.
_ACCENT = [
    "#eef0ff", "#dcdffb", "#b6bcf3", "#8e97ec", "#6c77e6",
    "#5763e2", "#4c58e1", "#3d49c8", "#3541b3", "#2a379e",
]  # fmt: skip

_THEME: dict[str, Any] = {
    "primaryColor": "accent",
    "primaryShade": {"light": 6, "dark": 4},
    "colors": {"accent": _ACCENT},
    "defaultRadius": 12,
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    "respectReducedMotion": True,
}

# What `assets/page.js` listens to; `?` shows it.
_KEYS = {
    "space": "Take a picture",
    "c": "Fold the controls away",
    "f": "Fill the screen",
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

    return dmc.MantineProvider(
        html.Div(
            [
                html.Header(
                    [
                        html.H1("Vizy"),
                        html.Div(id="device-state", role="status", **now("device-state")),
                        # It counts seconds: told once by #announce instead.
                        ConnectionBadge("connection-state", **{"aria-live": "off"}),
                        _tool("show-keys", "Keys", "?"),
                        _tool("fold", "Controls", "", expanded="true"),
                    ],
                    className="vz-header",
                ),
                html.Main(
                    [
                        html.Div(
                            [
                                html.Div(id="live-view", role="img", **_named("Live picture")),
                                html.Div(id="live-message", **now("live-message")),
                                html.Div(
                                    "Vizy does not answer. This page connects again by itself.",
                                    id="link-message",
                                ),
                                html.Div(id="live-stats"),
                            ],
                            id="stage",
                            className="vz-stage",
                            **now("stage"),
                        ),
                        html.Div(
                            [
                                html.Div(id="newest", **now("newest")),
                                html.Button(id="capture", type="button", **now("capture")),
                                html.Div(id="notice", role="status"),
                            ],
                            className="vz-shutter",
                        ),
                        html.Div(
                            id="filmstrip",
                            role="group",
                            **_named("Newest pictures"),
                            **now("filmstrip"),
                        ),
                    ],
                    className="vz-main",
                ),
                html.Aside(controls, id="controls", className="vz-panel", **_named("Controls")),
                html.Div(id="announce", role="status", className="vz-unseen"),
                _keys(),
            ],
            className="vz-app",
        ),
        theme=_THEME,
        defaultColorScheme="auto",
    )


def _named(name: str) -> dict[str, Any]:
    """Return the attribute that gives a component its name for a screen reader."""
    return {"aria-label": name}


def _tool(component_id: str, name: str, text: str, **aria: str) -> Any:
    """Return a small button of the header, for a mouse what a key is for a keyboard."""
    attributes: dict[str, Any] = {f"aria-{key}": value for key, value in aria.items()}
    return html.Button(
        text,
        id=component_id,
        type="button",
        title=name,
        className="vz-tool",
        **_named(name),
        **attributes,
    )


def _keys() -> Any:
    """Return the list of keys, closed."""
    rows = [part for key, does in _KEYS.items() for part in (html.Dt(key), html.Dd(does))]
    return html.Dialog([html.H2("Keys"), html.Dl(rows)], id="keys", **_named("Keys"))
