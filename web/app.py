"""Builds the web application: Dash page, API and live picture on one Quart server."""

from pathlib import Path

import dash

from dash_devices import Dash, Output
from web.api import endpoints
from web.api.mount import mount
from web.health import health
from web.pages import all_pages
from web.pages.shell import Shell
from web.parts import Parts
from web.problems import install_problems
from web.video.live import live
from web.video.stream import stream

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
    """Everything the web process serves.

    Args:
        parts: What it is made of.

    Attributes:
        dash: The Dash application; ``dash.server`` is the ASGI application.
    """

    def __init__(self, parts: Parts) -> None:
        self._device = device = parts.device
        self._pages = all_pages(parts)
        self._shell = Shell(device, self._pages)
        self.dash = Dash(
            "vizy",
            assets_folder=str(Path(__file__).parent / "assets"),
            title="Vizy",
            index_string=_INDEX,
            update_title=None,
            use_pages=True,
            pages_folder="",
            suppress_callback_exceptions=True,
            meta_tags=[
                {"name": "viewport", "content": "width=device-width, initial-scale=1"},
                {"name": "color-scheme", "content": "light dark"},
            ],
        )
        server = self.dash.server
        install_problems(server)
        for routes in (mount(endpoints(parts)), health(device), live(parts.hub), stream(parts.hub)):
            server.register_blueprint(routes)
        self.dash.layout = self._shell.layout
        dash.page_registry.clear()  # a global of Dash's: what another application left there
        for page in self._pages:
            dash.register_page(page.title.lower(), path=page.path, title="Vizy", layout=page.layout)
            page.register(self.dash)

    async def present(self) -> None:
        """Show the device in every browser as it changes; runs until cancelled."""
        await self.dash.serving.wait()
        async for _ in self._device.follow():
            if not self.dash.serving.is_set():
                return
            await self.dash.push_mods_coro(self._mods, report=True)

    async def close(self) -> None:
        """Stop what pages have started."""
        for page in self._pages:
            await page.close()

    def _mods(self) -> list[Output]:
        return [*self._shell.mods(), *(mod for page in self._pages for mod in page.mods())]
