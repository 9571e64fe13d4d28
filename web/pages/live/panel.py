"""The panel of controls, built from what the camera reports and from nothing else.

Each control is a block ``control-<libcamera name>`` whose parts have dict ids, so that one callback
serves them all (`web.pages.live.callbacks`). Pure functions from state to components.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dash_devices import Output
from vizy.controls import ControlInfo, ControlValue, ScalarValue, scalar
from web.pages.live.scale import Scale

_NAMES = {
    "AeEnable": "Auto exposure",
    "AwbEnable": "Auto white balance",
    "AnalogueGain": "Gain",
    "ExposureValue": "Exposure compensation",
}
_GROUPS = {"exposure": "Exposure", "colour": "Colour", "focus": "Focus", "image": "Image"}


def part(control: Any, name: str) -> dict[str, Any]:
    """Return the id of one part of a control: ``value``, ``switch``, ``number`` or ``note``."""
    return {"control": control, "part": name}


def label(name: str) -> str:
    """Return a control's name as a person reads it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return _NAMES.get(name, words[0] + words[1:].lower())


def panel(infos: Sequence[ControlInfo], values: Mapping[str, ControlValue]) -> list[Any]:
    """Return the groups of controls, in the order in which the camera reports them.

    A control of several numbers has no widget: the API and the command set it.
    """
    if not infos:
        return [html.P("The controls appear as soon as the camera answers.", className="vz-empty")]
    groups: dict[str, list[ControlInfo]] = {}
    for info in single(infos):
        groups.setdefault(info.group, []).append(info)
    return [
        html.Details(
            [
                html.Summary(html.H2(_GROUPS.get(group, group.capitalize()))),
                *(_control(info, scalar(values.get(info.name, info.default))) for info in members),
            ],
            open=True,
            className="vz-group",
        )
        for group, members in groups.items()
    ]


def single(infos: Sequence[ControlInfo]) -> list[ControlInfo]:
    """Return the controls that the panel shows: those of one value."""
    return [info for info in infos if info.size is None]


def _control(info: ControlInfo, value: ScalarValue) -> Any:
    body = _switch if info.type == "bool" else _choice if info.choices else _slider
    note = html.Div(id=part(info.name, "note"), className="vz-note", role="status")
    return html.Div([*body(info, value), note], id=f"control-{info.name}", className="vz-control")


def _switch(info: ControlInfo, value: ScalarValue) -> list[Any]:
    return [
        dmc.Switch(
            id=part(info.name, "switch"),
            label=label(info.name),
            labelPosition="left",
            checked=bool(value),
            className="vz-switch",
        )
    ]


def _choice(info: ControlInfo, value: ScalarValue) -> list[Any]:
    return [
        dmc.Select(
            id=part(info.name, "value"),
            label=label(info.name),
            data=[{"value": str(c.value), "label": c.name} for c in info.choices],
            value=str(value),
            allowDeselect=False,
        )
    ]


def _slider(info: ControlInfo, value: ScalarValue) -> list[Any]:
    scale = Scale.of(info)
    reach: dict[str, Any] = (
        {"min": 0, "max": 1, "step": 0.005, "precision": 4}
        if scale.is_bent
        else {"min": scale.minimum, "max": scale.maximum, "step": info.step or 0.01}
    )
    return [
        html.Div(
            [
                html.Span(label(info.name)),
                *_why(info),
                html.Span(scale.text(value), id=part(info.name, "number"), className="vz-number"),
            ],
            className="vz-control-head",
        ),
        dmc.Slider(
            id=part(info.name, "value"),
            value=scale.position(value),
            updatemode="drag",
            label=None,
            thumbSize=24,
            thumbLabel=label(info.name),
            className="vz-slider",
            **reach,
        ),
        dcc.Store(id=part(info.name, "scale"), data=scale.for_page()),
    ]


def _why(info: ControlInfo) -> list[Any]:
    """Return the hint that is shown while the control has no effect (`assets/live.css`)."""
    if info.needs is None:
        return []
    other, wanted = info.needs
    text = f"only with {label(other).lower()}" if wanted else f"set by {label(other).lower()}"
    return [html.Span(text, className="vz-why")]


def shown(info: ControlInfo, value: ControlValue) -> Output:
    """Return the property of the page that shows a control's value."""
    if info.type == "bool":
        return Output(part(info.name, "switch"), "checked", bool(value))
    if info.choices:
        return Output(part(info.name, "value"), "value", str(value))
    return Output(part(info.name, "value"), "value", Scale.of(info).position(scalar(value)))


def meant(info: ControlInfo, shown_value: Any) -> Any:
    """Return the value that a person set; what cannot be one is returned as it is."""
    if info.choices and isinstance(shown_value, str) and shown_value.lstrip("-").isdigit():
        return int(shown_value)
    if info.type == "bool" or info.choices or isinstance(shown_value, bool):
        return shown_value
    if isinstance(shown_value, int | float):
        return Scale.of(info).value(shown_value)
    return shown_value


def ability(info: ControlInfo, values: Mapping[str, ControlValue], *, connected: bool) -> Output:
    """Return whether a person can use a control now."""
    has_effect = info.needs is None or values.get(info.needs[0]) == info.needs[1]
    name = "switch" if info.type == "bool" else "value"
    return Output(part(info.name, name), "disabled", not (connected and has_effect))
