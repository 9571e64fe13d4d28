"""`ConnectionBadge`: tells a person whether this page is connected to the server."""

from typing import Any

from dash import html


def ConnectionBadge(id: str, **props: Any) -> html.Span:  # noqa: A002, N802 - named like a Dash component
    """Return a component that the page's script keeps current.

    It carries ``data-state`` (``connecting``, ``connected``, ``reconnecting``, ``away``, or
    ``refused`` by an `Dash.authorize` rule) to style it by, and one word or sentence as its text. A
    link that fell silent is noticed after about 15 s.

    Args:
        id: The component's id.
        **props: As for `html.Span`.
    """
    attributes: Any = {"data-dash-devices": "connection", "role": "status", **props}
    return html.Span(id=id, **attributes)
