"""What people do on the Sensors page: choose a time, move the lamp.

The charts are each browser's own: it asks for the history once, and from then on
`assets/sensors.js` lets them grow by what `sensor-now` says. On the web loop.
"""

import time
from datetime import datetime
from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import ALL, ClientsideFunction, Dash, Input, Output, State
from vizy.device import DeviceMirror
from vizy.errors import VizyError
from web.pages.sensors.charts import POINTS, SPANS, figure, summary
from web.pages.sensors.groups import groups
from web.pages.sensors.page import TICK_S

_VALUES = ("number", "unit", "why")


class SensorCallbacks:
    """The page's callbacks.

    Args:
        device: The mirror of the hardware process.
    """

    def __init__(self, device: DeviceMirror) -> None:
        self._device = device

    def register(self, app: Dash) -> None:
        """Register them."""
        app.callback(
            Output({"chart": ALL}, "figure"),
            Output({"summary": ALL}, "children"),
            Output({"frame": ALL}, "aria-label"),
            Input("sensor-range", "value"),
            Input("sensor-shape", "data"),
            Input("sensor-again", "data"),
            State({"chart": ALL}, "id"),
        )(self.draw)
        app.callback_shared(
            Output("illuminator-note", "children"),
            Input("illuminator", "value"),
            prevent_initial_call=True,
        )(self.light)
        app.clientside_callback(
            ClientsideFunction("sensors", "numbers"),
            *(Output({"sensor": ALL, "part": part}, "children") for part in _VALUES),
            Input("sensor-now", "data"),
            Input({"sensor": ALL, "part": "number"}, "id"),
        )
        app.clientside_callback(
            ClientsideFunction("sensors", "extend"),
            Output({"chart": ALL}, "extendData"),
            Input("sensor-tick", "n_intervals"),
            State("sensor-now", "data"),
            State({"chart": ALL}, "id"),
            State({"chart": ALL}, "figure"),
        )

    async def draw(
        self, span: str, shape: Any, again: Any, ids: list[dict[str, str]]
    ) -> tuple[list[Any], list[str], list[str]]:
        """Return the charts of a time, the same in sentences, and these once more as names."""
        state, now_s = self._device.state, time.time()
        if state is None or span not in SPANS or not ids:
            raise PreventUpdate
        span_s = SPANS[span]
        try:
            history = await self._device.sensor_history(
                now_s - span_s, now_s, names=_charted(state.sensors), max_points=POINTS
            )
        except VizyError as error:
            raise PreventUpdate from error  # the page says already that the camera is away
        zone = datetime.now().astimezone().utcoffset()
        assert zone is not None
        by_title = {group.title: group for group in groups(state.sensors)}
        drawn = [by_title[i["chart"]] for i in ids if i["chart"] in by_title]
        if len(drawn) < len(ids):
            raise PreventUpdate  # a sensor has gone meanwhile: new cards are on their way
        figures = [
            figure(
                group,
                history,
                state.sensors,
                span_s=span_s,
                ahead_s=zone.total_seconds(),
                now_s=now_s,
                tick_s=TICK_S,
            )
            for group in drawn
        ]
        texts = [summary(group, history, span) for group in drawn]
        names = [f"{g.title}: {text}" for g, text in zip(drawn, texts, strict=True)]
        return figures, texts, names

    async def light(self, level: Any) -> str:
        """Light the lamp; return what to say beside its slider."""
        if not isinstance(level, int | float):
            raise PreventUpdate
        try:
            await self._device.set_illuminator(level)
        except VizyError as error:
            return str(error)
        return ""


def _charted(sensors: Any) -> list[str]:
    return [name for group in groups(sensors) for name in group.charted]
