"""Attributes that a keyword argument cannot be, for components of `dash.html`."""

from typing import Any


def named(name: str) -> dict[str, Any]:
    """Return the attribute that gives a component its name for a screen reader."""
    return {"aria-label": name}


def icon(name: str) -> dict[str, Any]:
    """Return the attribute that draws an icon in a component, one of ``assets/icons.css``."""
    return {"data-icon": name}
