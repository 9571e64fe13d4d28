"""`Shell`: what is around every page: header, navigation, notices.

Makes the layout of the application, with Dash's own container for the page inside, and says how
the device does. How it looks is `assets/base.css`; what it does by itself is `assets/shell.js`.
"""

import time
from collections.abc import Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import dcc, html

from dash_devices import ConnectionBadge, Dash, Output
from vizy.device import DeviceMirror
from web.auth.asking import asking
from web.auth.identity import Role
from web.pages.condition import condition
from web.pages.named import icon, named
from web.pages.page import Page
from web.pages.watching import Watching, eye

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


_SIGN_OUT: Any = html.Form(
    html.Button(html.Span("Sign out", **icon("logout")), className="vz-out"),
    action="/logout",
    method="post",
)


class Shell:
    """The frame of the application.

    Args:
        device: The mirror of the hardware process.
        pages: In the order of the navigation.
    """

    def __init__(self, device: DeviceMirror, pages: Sequence[Page]) -> None:
        self._device = device
        self._pages = pages
        self._watching: Watching | None = None

    def register(self, app: Dash) -> None:
        """Follow who comes and goes; called once, before the server starts."""
        self._watching = Watching(app)

    def layout(self) -> Any:
        """Return the application as it is now; called for each browser that opens it."""
        who = asking()
        role = who.role if who else Role.ANYONE
        state = {
            output.component_property: output.component_value for output in self._device_state()
        }
        return dmc.MantineProvider(
            html.Div(
                [
                    html.Header(
                        [
                            html.Button(
                                id="menu",
                                type="button",
                                className="vz-tool vz-menu",
                                **icon("menu"),
                                **named("Menu"),
                                **{"aria-expanded": "false", "aria-controls": "navigation"},
                            ),
                            html.Div("Vizy", className="vz-name"),
                            html.Div(id="device-state", role="status", **state),
                            *eye(),
                            # It counts seconds: told once by #announce instead.
                            ConnectionBadge("connection-state", **{"aria-live": "off"}),
                        ],
                        className="vz-header",
                    ),
                    html.Nav(
                        [
                            *(self._link(page) for page in self._pages if page.needs <= role),
                            _SIGN_OUT,
                        ],
                        id="navigation",
                        className="vz-navigation",
                        **named("Pages"),
                    ),
                    dash.page_container,
                    html.Div(id="notice", role="status"),
                    html.Div(id="announce", role="status", className="vz-unseen"),
                ],
                id="app",
                className="vz-app",
                **{"data-role": role.name.lower()},
            ),
            theme=_THEME,
            defaultColorScheme="auto",
        )

    def mods(self) -> list[Output]:
        """Return what the device changes around every page."""
        return [*self._device_state(), *(self._watching.mods() if self._watching else ())]

    def _device_state(self) -> list[Output]:
        how = condition(self._device)
        since = ""
        if self._device.away_since is not None:
            away_s = time.monotonic() - self._device.away_since
            since = str(round((time.time() - away_s) * 1000))
        return [
            Output("device-state", "children", how.text),
            Output("device-state", "data-state", how.kind),
            Output("device-state", "data-since", since),
        ]

    def _link(self, page: Page) -> Any:
        name = page.title.lower()
        return dcc.Link(
            html.Span(page.title, **icon(name)),
            href=page.path,
            id=f"to-{name}",
            className="vz-link",
        )
