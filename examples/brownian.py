"""Brownian motion that everybody watches: a thread pushes each step to every browser.

Only the new point travels: a `Patch` appends it to the figure, in every page and on the server, so
that a page opened later shows the whole path. Ping and pong measure how long the server takes to
answer this page.
"""

import asyncio
import random
import threading

from dash import dcc, html

from dash_devices import ConnectionBadge, Dash, Input, Output, Patch, State

STEP_S = 0.5
MAX_POINTS = 500

FIGURE = {
    "data": [{"x": [0], "y": [0.0], "mode": "lines", "line": {"color": "#6f73e6"}}],
    "layout": {
        "margin": {"l": 44, "r": 8, "t": 8, "b": 32},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "uirevision": "keep the zoom when points come",
    },
}

# In the page: note the time, let the server answer, look at the clock again.
PING = "() => performance.now()"
PONG = """(sent, count = 0) => [
    count + 1, `Ping ${count + 1}: ${(performance.now() - sent).toFixed(1)} ms there and back`
]"""


class Walk:
    """A particle on a line. The lock keeps a reset from falling between a step and its push."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.variance = 1.0
        self.is_running = True
        self.steps, self.y = 0, 0.0

    def step(self) -> Patch:
        self.steps += 1
        self.y += random.gauss(0, self.variance**0.5)
        more = Patch()
        more["data"][0]["x"].append(self.steps)
        more["data"][0]["y"].append(round(self.y, 3))
        if self.steps >= MAX_POINTS:  # the first point is step 0
            del more["data"][0]["x"][0]
            del more["data"][0]["y"][0]
        return more


def make() -> Dash:
    app = Dash(__name__, title="Brownian motion")
    walk = Walk()
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Brownian motion"), ConnectionBadge("connection"),
                     html.P("One particle for everybody who looks at this page.")]),
        html.Section(className="card", children=[
            html.Div(className="graph", children=dcc.Graph(
                id="path", figure=FIGURE, responsive=True, config={"displayModeBar": False})),
            html.Label(["Variance of a step", dcc.Slider(
                0, 2, 0.1, value=walk.variance, id="variance", updatemode="drag",
                marks={0: "0", 1: "1", 2: "2"})]),
            html.Div(className="row", children=[
                html.Button("Pause", id="pause", className="main"),
                html.Button("Reset", id="reset")]),
        ]),
        html.P(id="round-trip", className="quiet", children="Measuring …"),
        dcc.Interval(id="every-second", interval=1000),
        dcc.Store(id="ping"), dcc.Store(id="pong"), dcc.Store(id="count"),
    ])  # fmt: skip

    @app.callback_shared(None, Input("variance", "value"))
    def set_variance(value):
        walk.variance = value

    @app.callback_shared(Output("pause", "children"), Input("pause", "n_clicks"))
    def pause_or_resume(clicks):
        if clicks:  # not when the server starts
            walk.is_running = not walk.is_running
        return "Pause" if walk.is_running else "Resume"

    @app.callback_shared(None, Input("reset", "n_clicks"), prevent_initial_call=True)
    def reset(_):
        with walk.lock:
            walk.steps, walk.y = 0, 0.0
            app.push_mods({"path": {"figure": FIGURE}})

    @app.server.while_serving  # up to the yield when the server starts, the rest when it stops
    async def walk_in_a_thread():
        stopped = threading.Event()

        def run():
            while not stopped.wait(STEP_S):
                with walk.lock:
                    if walk.is_running:
                        app.push_mods({"path": {"figure": walk.step()}})

        thread = threading.Thread(target=run)
        thread.start()
        yield
        stopped.set()
        await asyncio.to_thread(thread.join)  # it may be pushing: the loop has to go on meanwhile

    app.clientside_callback(PING, Output("ping", "data"), Input("every-second", "n_intervals"))
    app.callback(Output("pong", "data"), Input("ping", "data"))(lambda sent: sent)
    app.clientside_callback(
        PONG,
        Output("count", "data"), Output("round-trip", "children"),
        Input("pong", "data"), State("count", "data"), prevent_initial_call=True,
    )  # fmt: skip
    return app


if __name__ == "__main__":
    make().run(port=8050)
