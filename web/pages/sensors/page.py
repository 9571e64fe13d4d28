"""The parts of the Sensors page. Pure functions from state to components.

How it looks is `assets/sensors.css`; numbers and charts are kept up to date by `assets/sensors.js`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dash_devices import Output
from vizy.pins import PinsState, PinState
from vizy.sensors import DeviceWarning, SensorReading
from vizy.state import DeviceState
from web.pages.named import icon, named
from web.pages.sensors.charts import empty_figure
from web.pages.sensors.groups import Group, groups
from web.pages.sensors.readings import shown

TICK_S = 2.0
_RANGES = (("5min", "5 min"), ("1h", "1 hour"), ("24h", "24 hours"))
_MEANINGS = {
    "off": "off",
    "booting": "Vizy starts",
    "running": "all is well",
    "client": "somebody watches",
    "error": "something is wrong",
}


def sensors_page(around: Mapping[Any, Output], state: DeviceState | None) -> Any:
    """Return the page.

    Args:
        around: What the device changes, by component id.
        state: The device's, if it is known.
    """

    def value(component_id: str) -> Any:
        return around[component_id].component_value

    return html.Div(
        [
            html.Div(
                [
                    html.H1("Sensors"),
                    dmc.SegmentedControl(
                        id="sensor-range",
                        data=[{"value": name, "label": label} for name, label in _RANGES],
                        value="1h",
                        **named("Time that the charts show"),
                    ),
                    html.A(
                        html.Span("CSV"),
                        id="sensor-csv",
                        href="/api/v1/sensors/history?format=csv",
                        download="sensors.csv",
                        className="vz-download",
                        **icon("download"),
                        **named("Download this time as CSV"),
                    ),
                ],
                className="vz-sensor-head",
            ),
            html.Div(value("sensor-warnings"), id="sensor-warnings", role="status"),
            html.Div(
                cards(state.sensors if state else {}), id="sensor-cards", className="vz-sensors"
            ),
            html.Div(value("sensor-pins"), id="sensor-pins"),
            lamp(state.pins.illuminator if state else PinState()),
            dcc.Store(id="sensor-now", data=value("sensor-now")),
            dcc.Store(id="sensor-shape"),
            dcc.Store(id="sensor-again"),
            dcc.Interval(id="sensor-tick", interval=1000 * TICK_S),
        ],
        className="vz-page vz-sensor-page",
    )


def warnings(raised: Sequence[DeviceWarning]) -> list[Any]:
    """Return what the owner should look after."""
    return [
        html.P(
            html.Span(warning.text, **icon("warning")),
            className="vz-warning",
            **{"data-severity": warning.severity},
        )
        for warning in raised
    ]


def cards(sensors: Mapping[str, SensorReading]) -> list[Any]:
    """Return a card for each group of sensors."""
    if not sensors:
        text = "No sensor has spoken yet. They appear by themselves as soon as the camera answers."
        return [html.P(text, className="vz-empty")]
    return [_card(group, sensors) for group in groups(sensors)]


def _card(group: Group, sensors: Mapping[str, SensorReading]) -> Any:
    children: list[Any] = [html.H2(group.title)]
    rows = [(name, 0) for name in group.listed]
    if group.charted:
        main, *others = group.charted
        rows = [(name, index) for index, name in enumerate(others, 1)] + rows
        children += [
            html.Div(
                [*_value(main, sensors[main]), html.Span(sensors[main].label, className="vz-of")],
                className="vz-big",
            ),
            html.Div(
                dcc.Graph(
                    id={"chart": group.title},
                    figure=empty_figure(),
                    config={"displayModeBar": False, "responsive": True},
                    className="vz-plot",
                ),
                id={"frame": group.title},
                role="img",
                className="vz-chart",
                **named(f"Chart of {group.title.lower()}"),
            ),
            html.P(id={"summary": group.title}, className="vz-reach"),
        ]
    children.append(
        html.Ul(
            [
                html.Li(
                    [
                        html.Span(sensors[name].label, **{"data-line": str(line)}),
                        html.Span(_value(name, sensors[name])),
                    ]
                )
                for name, line in rows
            ],
            className="vz-rows",
        )
    )
    return html.Section(children, className="vz-card")


def _value(name: str, reading: SensorReading) -> list[Any]:
    number, unit = shown(name, reading)
    return [
        html.Span(number, id={"sensor": name, "part": "number"}, className="vz-value"),
        html.Span(unit, id={"sensor": name, "part": "unit"}, className="vz-unit"),
        html.Span(reading.reason, id={"sensor": name, "part": "why"}, className="vz-why-not"),
    ]


def lamp(state: PinState) -> Any:
    """Return the slider of the lamp, which everybody shares; hidden where there is none."""
    return html.Section(
        [
            html.H2("Lamp"),
            dmc.Slider(
                id="illuminator",
                value=round(state.value or 0, 2),
                min=0,
                max=1,
                step=0.01,
                updatemode="drag",
                label=None,
                thumbSize=24,
                thumbLabel="Lamp",
                className="vz-slider",
                disabled=state.status != "ready",
            ),
            html.Div(id="illuminator-note", className="vz-note", role="status"),
        ],
        id="lamp",
        className="vz-card vz-lamp",
        hidden=state.status == "unset",
    )


def pins(state: PinsState | None) -> list[Any]:
    """Return what is wired to the pins and how it does."""
    if state is None:
        return []
    wired = [
        (name, text)
        for name, pin, text in (
            ("Lamp", state.illuminator, _percent(state.illuminator)),
            ("Fan", state.fan, _percent(state.fan)),
            ("Shutter button", state.button, "ready"),
            ("Status light", state.led, _MEANINGS[state.meaning]),
        )
        if pin.status != "unset"
        for text in [text if pin.status == "ready" else pin.reason or "not available"]
    ]
    if not wired:
        return []
    rows = [html.Li([html.Span(name), html.Span(text)]) for name, text in wired]
    return [
        html.Section([html.H2("Pins"), html.Ul(rows, className="vz-rows")], className="vz-card")
    ]


def _percent(pin: PinState) -> str:
    return f"{100 * (pin.value or 0):.0f} %"
