"""`astray`: what stands at an address of no page. No I/O."""

from typing import Any

from dash import dcc, html


def astray() -> Any:
    """Return the layout."""
    return html.Div(
        [
            html.H1("Nothing here"),
            html.P("No page of this Vizy has this address.", className="vz-empty"),
            dcc.Link("Go to the live picture", href="/", className="vz-button"),
        ],
        className="vz-page",
        role="main",
    )
