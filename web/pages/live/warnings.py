"""What the owner should look after, said quietly over the picture. Pure functions."""

from collections.abc import Sequence
from typing import Any

from dash import dcc

from vizy.sensors import DeviceWarning

_MOST = 2


def warnings(found: Sequence[DeviceWarning]) -> list[Any]:
    """Return a line for each warning, the critical ones first, that leads to the sensors."""
    first = sorted(found, key=lambda warning: warning.severity != "critical")
    shown = [
        dcc.Link(
            warning.text,
            href="/sensors",
            title=warning.text,
            className=f"vz-warning is-{warning.severity}",
        )
        for warning in first[:_MOST]
    ]
    more = len(found) - len(shown)
    if more > 0:
        shown.append(dcc.Link(f"and {more} more", href="/sensors", className="vz-warning"))
    return shown
