"""The panel of controls, built from what the camera reports and from nothing else.

Each control is a block ``control-<libcamera name>`` whose parts have dict ids, so that one callback
serves them all (`web.pages.live.controls`). Pure functions from state to components.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dash_devices import Output
from vizy.controls import ControlInfo, ControlValue, ScalarValue, chosen, scalar
from web.pages.live.scale import Scale
from web.pages.named import icon, named

PRESETS = "presets"

_NAMES = {
    "AeEnable": "Auto exposure",
    "AwbEnable": "Auto white balance",
    "AnalogueGain": "Gain",
    "ExposureValue": "Exposure compensation",
}
_GROUPS = {"exposure": "Exposure", "colour": "Colour", "focus": "Focus", "image": "Image"}
_QUICK = "Brightness"  # on a phone always in reach


def part(control: Any, name: str) -> dict[str, Any]:
    """Return the id of one part of a control: ``value``, ``number``, ``reset``, ``note``."""
    return {"control": control, "part": name}


def group_part(group: Any, name: str) -> dict[str, Any]:
    """Return the id of one part of a group: ``reset`` or ``note``."""
    return {"group": group, "part": name}


def label(name: str) -> str:
    """Return a control's name as a person reads it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return _NAMES.get(name, words[0] + words[1:].lower())


def group_label(group: str) -> str:
    """Return a group's name as a person reads it."""
    return _GROUPS.get(group, group.capitalize())


def panel(infos: Sequence[ControlInfo], values: Mapping[str, ControlValue]) -> list[Any]:
    """Return the groups of controls, in the order in which the camera reports them.

    A control of several numbers has no widget: the API and the command set it.
    """
    if not infos:
        return [html.P("The controls appear as soon as the camera answers.", className="vz-empty")]
    groups = by_group(infos)
    return [
        html.Div(
            [_tab(group, group_label(group)) for group in groups] + [_tab(PRESETS, "Presets")],
            role="group",
            className="vz-tabs",
            **named("Groups of controls"),
        ),
        *(_group(group, members, values) for group, members in groups.items()),
    ]


def single(infos: Iterable[ControlInfo]) -> list[ControlInfo]:
    """Return the controls that the panel shows: those of one value."""
    return [info for info in infos if info.size is None]


def by_group(infos: Iterable[ControlInfo]) -> dict[str, list[ControlInfo]]:
    """Return the controls that the panel shows, by group."""
    groups: dict[str, list[ControlInfo]] = {}
    for info in single(infos):
        groups.setdefault(info.group, []).append(info)
    return groups


def moved(
    infos: Sequence[ControlInfo], values: Mapping[str, ControlValue]
) -> dict[str, ControlValue]:
    """Return the values that a person has set away from their defaults."""
    defaults = {info.name: info.default for info in single(infos)}
    in_force = chosen(infos, values)
    return {
        name: in_force[name]
        for name, default in defaults.items()
        if name in in_force and not _is_same(in_force[name], default)
    }


def _is_same(value: ControlValue, default: ControlValue) -> bool:
    """Whether a value is the default, as far as a camera keeps decimals."""
    return abs(float(scalar(value)) - float(scalar(default))) < 1e-6


def head(group: str, text: str) -> Any:
    """Return the head of a group, which folds it on a desktop."""
    return html.H2(
        html.Button(
            text,
            type="button",
            className="vz-group-fold",
            **{"aria-expanded": "true", "aria-controls": f"group-{group}"},
        ),
        className="vz-group-head",
    )


def _tab(group: str, text: str) -> Any:
    """Return what opens a group on a phone."""
    return html.Button(
        text,
        type="button",
        className="vz-tab",
        **{"data-group": group, "aria-pressed": "false", "aria-controls": f"group-{group}"},
    )


def _group(group: str, members: Sequence[ControlInfo], values: Mapping[str, ControlValue]) -> Any:
    text = group_label(group)
    return html.Section(
        [
            head(group, text),
            _reset(
                group_part(group, "reset"),
                f"Reset {text.lower()}",
                is_hidden=not moved(members, values),
            ),
            html.Span(id=group_part(group, "note"), hidden=True),
            html.Div(
                [
                    _control(info, scalar(values.get(info.name, info.default)), values)
                    for info in members
                ],
                id=f"group-{group}",
                className="vz-group-body",
            ),
        ],
        className="vz-group",
        **{"data-group": group},
    )


def _control(info: ControlInfo, value: ScalarValue, values: Mapping[str, ControlValue]) -> Any:
    body = _switch if info.type == "bool" else _choice if info.choices else _slider
    reset = _reset(
        part(info.name, "reset"),
        f"Reset {label(info.name).lower()}",
        is_hidden=info.name not in moved([info], values),
    )
    note = html.Div(id=part(info.name, "note"), className="vz-note", role="status")
    has_scale = body is _slider
    scale = {"data-scale": json.dumps(Scale.of(info).for_page())} if has_scale else {}
    return html.Div(
        [*body(info, value), reset, note],
        id=f"control-{info.name}",
        className="vz-control vz-quick" if info.name == _QUICK else "vz-control",
        **scale,
    )


def _reset(component_id: dict[str, Any], name: str, *, is_hidden: bool) -> Any:
    return html.Button(
        id=component_id,
        type="button",
        hidden=is_hidden,
        title=name,
        className="vz-tool vz-reset",
        **icon("reset"),
        **named(name),
    )


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
                html.Button(
                    scale.text(value),
                    id=part(info.name, "number"),
                    type="button",
                    title="Type a number",
                    className="vz-number",
                ),
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


def resets(infos: Sequence[ControlInfo], values: Mapping[str, ControlValue]) -> list[Output]:
    """Return which controls and groups offer to be reset."""
    away = moved(infos, values)
    return [
        Output(part(info.name, "reset"), "hidden", info.name not in away) for info in single(infos)
    ] + [
        Output(group_part(group, "reset"), "hidden", not any(i.name in away for i in members))
        for group, members in by_group(infos).items()
    ]
