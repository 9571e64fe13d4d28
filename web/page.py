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
                        ConnectionBadge("connection-state"),
                    ],
                    className="vz-header",
                ),
                html.Main(
                    [
                        html.Div(
                            [
                                html.Div(id="live-view", role="img", title="Live picture"),
                                html.Div(id="live-message", **now("live-message")),
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
                        html.Div(id="filmstrip", **now("filmstrip")),
                    ],
                    className="vz-main",
                ),
                html.Aside(controls, id="controls", className="vz-panel"),
            ],
            className="vz-app",
        ),
        theme=_THEME,
        defaultColorScheme="auto",
    )
