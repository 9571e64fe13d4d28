"""Builds the web application: Dash page, API and live picture on one Quart server."""

from pathlib import Path

from dash_devices import Dash
from vizy.device import DeviceMirror
from web.api import api
from web.callbacks import PageCallbacks
from web.frames import FrameHub
from web.live import live
from web.presentation import Presentation
from web.problems import install_problems
from web.stream import stream

_INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>{%config%}{%scripts%}{%renderer%}</footer>
    </body>
</html>
"""


class WebApp:
    """Everything the web process serves, over one device.

    Args:
        device: The mirror of the hardware process.
        hub: Where live frames come from.

    Attributes:
        dash: The Dash application; ``dash.server`` is the ASGI application.
    """

    def __init__(self, device: DeviceMirror, hub: FrameHub) -> None:
        self._device = device
        self._presentation = Presentation(device)
        self.dash = Dash(
            "vizy",
            assets_folder=str(Path(__file__).parent / "assets"),
            title="Vizy",
            index_string=_INDEX,
            update_title=None,
            suppress_callback_exceptions=True,
            meta_tags=[
                {"name": "viewport", "content": "width=device-width, initial-scale=1"},
                {"name": "color-scheme", "content": "light dark"},
            ],
        )
        server = self.dash.server
        install_problems(server)
        for routes in (api(device), live(hub), stream(hub)):
            server.register_blueprint(routes)
        self.dash.layout = self._presentation.layout
        self._callbacks = PageCallbacks(self.dash, device, self._presentation)

    async def present(self) -> None:
        """Show the device in every browser as it changes; runs until cancelled."""
        await self.dash.serving.wait()
        async for _ in self._device.follow():
            if not self.dash.serving.is_set():
                return
            await self.dash.push_mods_coro(self._presentation.mods, report=True)

    async def close(self) -> None:
        """Stop what pages have started."""
        await self._callbacks.close()
