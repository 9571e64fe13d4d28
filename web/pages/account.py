"""The Account page: what is one's own: password, sessions, tokens.

What stands on it is drawn, and done over the REST API, by `assets/accounts.js`: no browser is ever
told by this process what is somebody else's.
"""

from typing import Any

from dash import html

from dash_devices import Dash, Output
from web.auth.asking import asking
from web.auth.identity import Role
from web.pages.named import named
from web.parts import Parts


class AccountPage:
    """The page of who is signed in.

    Args:
        parts: Of the web process.
    """

    path = "/account"
    title = "Account"
    needs = Role.VIEWER

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def layout(self, **query: str) -> Any:
        """Return the page as it is now, for who asks."""
        who = asking()
        assert who is not None  # nobody else is shown a page
        return html.Div(
            [
                html.H1("Account"),
                html.Div(id="account", **{"data-name": who.name}),
                _appearance(),
            ],
            className="vz-page",
            role="main",
        )

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        return []

    def register(self, app: Dash) -> None:
        """Register its callbacks."""

    async def close(self) -> None:
        """Stop what its callbacks have started."""


def _appearance() -> Any:
    """Return the choice of light or dark, which `assets/appearance.js` keeps in the browser."""
    choices = {"auto": "As the system", "light": "Light", "dark": "Dark"}
    return html.Section(
        [
            html.H2("Appearance"),
            html.P("In this browser only.", className="vz-hint"),
            html.Div(
                [
                    html.Button(text, type="button", className="vz-chip", **{"data-scheme": scheme})
                    for scheme, text in choices.items()
                ],
                className="vz-chips",
                role="group",
                **named("Appearance"),
            ),
        ],
        className="vz-card",
    )
