"""Tables of names and values, as text for a terminal and as HTML for a notebook. Pure."""

from collections.abc import Sequence
from html import escape
from typing import cast

from vizy.controls import ControlInfo, ControlValue
from vizy.state import DeviceState

Row = tuple[str, ...]


def controls_rows(state: DeviceState) -> list[Row]:
    """Describe a camera's controls, the head first."""
    head = ("control", "value", "least", "greatest", "default", "unit")
    infos = state.camera.controls
    return [head, *(_control(info, state.controls.get(info.name)) for info in infos)]


def text_table(rows: Sequence[Row]) -> str:
    """Lay rows out in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def html_table(rows: Sequence[Row]) -> str:
    """Write rows as a table; the first is its head."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
        for tag, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
    ]
    return f"<table>{''.join(lines)}</table>"


def text_of(value: object) -> str:
    """Write a control's value as it is typed for `vizy set`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(str, cast("tuple[object, ...]", value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _control(info: ControlInfo, value: ControlValue | None) -> Row:
    names = {choice.value: f" ({choice.name})" for choice in info.choices}
    chosen = names.get(value, "") if isinstance(value, int) else ""
    limits = map(text_of, (info.minimum, info.maximum, info.default))
    return (info.name, text_of(value) + chosen, *limits, info.unit)
