"""An application that several tests use, and waiting for what it shows."""

import asyncio

from dash import dcc, html

from dash_devices import Client, Dash, Input, Output
from tests.dash_devices.page import WAIT_S


def thermostat() -> tuple[Dash, list[int]]:
    """A slider, a text that follows it, and what the device was told."""
    app = Dash("thermostat")
    app.layout = html.Div(
        [
            dcc.Slider(0, 100, value=20, id="target"),
            html.Div(id="text"),
            html.Button(id="button"),
            html.Div(id="log"),
        ]
    )
    told: list[int] = []

    @app.callback_shared(Output("text", "children"), Input("target", "value"))
    async def set_target(value: int) -> str:
        told.append(value)
        return f"{value} degrees"

    return app, told


async def gone(app: Dash, client: Client) -> None:
    """Wait until a client has left the table."""
    async with asyncio.timeout(WAIT_S):
        while client in app.clients:  # noqa: ASYNC110 - the table has no event
            await asyncio.sleep(0)
