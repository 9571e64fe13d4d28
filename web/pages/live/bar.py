"""The capture bar: modes, newest picture, shutter, record, and the choices of the mode.

What changes with the device comes from `web.pages.live.presentation`; how it looks, and which
choices are there for which mode, is `assets/capture.css`. Pure functions.
"""

from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import html

from web.pages.live.modes import MODES, PHOTO, RAW, Option
from web.pages.named import icon, named

Now = Callable[[str], dict[str, Any]]


def bar(now: Now) -> Any:
    """Return the bar as it is now."""
    return html.Div(
        [
            html.Div(
                [
                    dmc.SegmentedControl(
                        id="mode",
                        value=PHOTO,
                        data=[{"value": name, "label": mode.title} for name, mode in MODES.items()],
                        className="vz-modes",
                        **named("What the shutter does"),
                    ),
                    html.Div(
                        [_tool("show-keys", "Keys", "help"), _tool("fold", "Controls", "panel")],
                        className="vz-tools",
                    ),
                ],
                className="vz-mode-row",
            ),
            html.Div(
                [
                    html.Div(id="newest", **now("newest")),
                    html.Button(
                        id="capture",
                        type="button",
                        **named(MODES[PHOTO].press),
                        **now("capture"),
                    ),
                    html.Div(
                        [_record(now), *(_options(name, now) for name in MODES)],
                        className="vz-beside",
                    ),
                ],
                className="vz-shutter-row",
            ),
        ],
        className="vz-shutter",
    )


def _record(now: Now) -> Any:
    return html.Div(
        [
            html.Button(id="record", type="button", **now("record")),
            html.Span(id="record-clock", className="vz-clock", **now("record-clock")),
        ],
        className="vz-record",
    )


def _options(mode: str, now: Now) -> Any:
    return html.Div(
        [_pill(option, now) for option in MODES[mode].options],
        role="group",
        className="vz-options",
        **{"data-mode": mode, "data-press": MODES[mode].press},
        **named(f"{MODES[mode].title}: choices"),
    )


def _pill(option: Option, now: Now) -> Any:
    """Return one choice; that of raw data only where the camera gives them."""
    return html.Div(
        dmc.Select(
            id=option.id,
            data=[{"value": value, "label": text} for value, text in option.choices.items()],
            value=option.default,
            allowDeselect=False,
            withCheckIcon=False,
            size="sm",
            comboboxProps={"width": 168, "position": "top"},
            **named(option.name),
        ),
        id=f"{option.id}-choice",
        className="vz-pill",
        **(now(f"{option.id}-choice") if option.id == RAW else {}),
    )


def _tool(component_id: str, name: str, picture: str) -> Any:
    """Return a small button, for a mouse what a key is for a keyboard."""
    aria = {"aria-expanded": "true"} if component_id == "fold" else {}
    return html.Button(
        id=component_id,
        type="button",
        title=name,
        className="vz-tool",
        **icon(picture),
        **named(name),
        **aria,
    )
