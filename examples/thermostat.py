"""A thermostat for a simulated room. Time passes in the room only while somebody looks.

The heater goes on below the target and off above it, with some room between, so that it does not
chatter. One tick is one minute in the room.
"""

import asyncio

from dash import dcc, html

from dash_devices import Client, ConnectionBadge, Dash, Input, Patch

TICK_S = 0.5
MAX_POINTS = 240

OUTSIDE_C = 5.0
HEATER_C_PER_MIN = 0.9
LOSS_PER_MIN = 0.03  # of the difference to the outside
SWITCHES_AT_C = 0.3  # so far from the target


class Room:
    def __init__(self) -> None:
        self.minute, self.temp_c, self.target_c, self.is_heating = 0, 12.0, 20.0, False

    def wait_a_minute(self) -> None:
        self.minute += 1
        if abs(self.temp_c - self.target_c) > SWITCHES_AT_C:
            self.is_heating = self.temp_c < self.target_c
        self.temp_c += self.is_heating * HEATER_C_PER_MIN
        self.temp_c -= LOSS_PER_MIN * (self.temp_c - OUTSIDE_C)

    def shown(self) -> dict:
        """What the page shows besides the graph."""
        way = (self.temp_c - OUTSIDE_C) / (self.target_c - OUTSIDE_C)
        return {
            "now": {"children": f"{self.temp_c:.1f} °C"},
            "heater": {"children": "Heating" if self.is_heating else "Heater off",
                       "className": "end state on" if self.is_heating else "end state"},
            "progress": {"value": f"{min(1, way):.3f}"},
            "way": {"children": f"{min(1, way):.0%} of the way from outside to the target"},
        }  # fmt: skip


FIGURE = {
    "data": [
        {"x": [], "y": [], "mode": "lines", "name": "Room", "line": {"color": "#6f73e6"}},
        {"x": [], "y": [], "mode": "lines", "name": "Target",
         "line": {"color": "#868d9b", "dash": "dot", "shape": "hv"}},
    ],
    "layout": {
        "margin": {"l": 44, "r": 8, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"title": {"text": "minutes"}}, "yaxis": {"ticksuffix": "°", "range": [0, 32]},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
    },
}  # fmt: skip


def make() -> Dash:
    app = Dash(__name__, title="Thermostat")
    room = Room()
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Thermostat"), ConnectionBadge("connection"),
                     html.P("One room for everybody; a minute there is half a second here.")]),
        html.Section(className="card", children=[
            html.Div(className="row", children=[
                html.Span(id="now", className="large"),
                html.Span(id="heater", className="end state")]),
            html.Progress(id="progress", max="1"),
            html.P(id="way", className="quiet"),
            html.Label(["Target", dcc.Slider(
                10, 28, 0.5, value=room.target_c, id="target", updatemode="drag",
                marks={at: f"{at}°" for at in (10, 16, 22, 28)})]),
        ]),
        html.Section(className="card", children=html.Div(className="graph", children=dcc.Graph(
            id="graph", figure=FIGURE, responsive=True, config={"displayModeBar": False}))),
    ])  # fmt: skip
    clock = None  # the task in which time passes, while there is one

    @app.callback_shared(None, Input("target", "value"))
    async def set_target(value):
        room.target_c = value
        app.push_mods(room.shown())

    async def let_time_pass():
        while True:
            room.wait_a_minute()
            more = Patch()
            for line, temp_c in enumerate((room.temp_c, room.target_c)):
                more["data"][line]["x"].append(room.minute)
                more["data"][line]["y"].append(round(temp_c, 2))
                if room.minute > MAX_POINTS:
                    del more["data"][line]["x"][0], more["data"][line]["y"][0]
            app.push_mods({"graph": {"figure": more}, **room.shown()})
            await asyncio.sleep(TICK_S)

    @app.callback_connect
    async def come_and_go(client: Client, connected: bool):
        nonlocal clock
        if app.clients and clock is None:
            clock = asyncio.create_task(let_time_pass())
        elif not app.clients and clock is not None:
            clock.cancel()
            clock = None

    return app


if __name__ == "__main__":
    make().run(port=8050)
