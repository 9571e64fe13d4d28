"""Two small programs for the test of what a browser has to load, each in a process of its own.

A page loads what its program has imported. In the tests' own process that is what every other test
has imported too.
"""

import functools
import socket
import sys
from pathlib import Path

import uvloop
from dash import dcc, html

from dash_devices import Dash, Input, Output
from dash_devices.serve import server


def form() -> Dash:
    """A page without graphs: what most devices have."""
    app = Dash("form")
    app.layout = html.Div(
        [
            html.H1("Heating"),
            dcc.Input(id="name", value="kitchen"),
            dcc.Checklist(["on"], ["on"], id="on"),
            dcc.Slider(0, 100, value=20, id="target"),
            html.Button("Save", id="save"),
            html.P("twenty degrees", id="text"),
        ]
    )

    @app.callback_shared(Output("text", "children"), Input("target", "value"))
    async def set_target(value: int) -> str:
        return f"{value} degrees"

    return app


def graph() -> Dash:
    """A page with a graph, for which the browser loads Plotly."""
    app = Dash("graph")
    app.layout = html.Div(
        [dcc.Graph(figure={"data": [{"x": [1, 2], "y": [3, 4]}]}), html.P("20 degrees")]
    )
    return app


def main(name: str, cache: str) -> None:
    """Serve one of them until terminated; its address is the first line of output."""
    app = {"form": form, "graph": graph}[name]()
    app.backend.cache.folder = Path(cache)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        ready = functools.partial(print, address, flush=True)
        uvloop.run(server(app.server, log_level="error", on_started=ready).serve(sockets=[bound]))


if __name__ == "__main__":
    main(*sys.argv[1:])
