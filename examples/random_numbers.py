"""A source of random numbers that runs only while somebody looks.

The left column is the same in every browser. The right one is this browser's own: what is pushed
with ``client`` goes to that one alone.
"""

import asyncio
import random

from dash import html

from dash_devices import Client, ConnectionBadge, Dash

EVERY_S = 1.0
LAST = 10


def rows(numbers):
    return [html.Li(f"{number:.6f}") for number in numbers]


def make() -> Dash:
    app = Dash(__name__, title="Random numbers")
    app.layout = html.Main(id="page", children=[
        html.Header([html.H1("Random numbers"), ConnectionBadge("connection"),
                     html.P(id="watching")]),
        html.Div(className="columns", children=[
            html.Section(className="card", children=[
                html.H2("Everybody's"), html.Ol(id="shared", className="numbers")]),
            html.Section(className="card", children=[
                html.H2("Only yours"), html.Ol(id="own", className="numbers")]),
        ]),
    ])  # fmt: skip
    source = None  # the task that draws numbers, while there is one

    async def draw_numbers():
        shared = []
        while True:
            shared = [random.random(), *shared][:LAST]
            app.push_mods({"shared": {"children": rows(shared)}})
            for client in app.clients:
                # An attribute of our own. It stays with the page when its connection breaks.
                client.numbers = [random.random(), *getattr(client, "numbers", [])][:LAST]
                app.push_mods({"own": {"children": rows(client.numbers)}}, client)
            await asyncio.sleep(EVERY_S)

    @app.callback_connect
    async def come_and_go(client: Client, connected: bool):
        nonlocal source
        if app.clients and source is None:
            source = asyncio.create_task(draw_numbers())
        elif not app.clients and source is not None:
            source.cancel()
            source = None
        count = len(app.clients)
        people = "1 browser is" if count == 1 else f"{count} browsers are"
        app.push_mods({"watching": {"children": f"{people} watching."}})

    return app


if __name__ == "__main__":
    make().run(port=8050)
