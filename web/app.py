"""Builds the web application: Dash page, API and live picture on one Quart server."""

import asyncio
from pathlib import Path
from typing import Any

import dash
from quart import Quart

from dash_devices import Client, Dash, Output
from web.api import endpoints
from web.api.mount import mount
from web.auth.callbacks import CallbackRoles
from web.auth.gate import Gate
from web.auth.identity import Role
from web.auth.login import login
from web.auth.routes import Routes
from web.auth.visits import Visitor, Visits
from web.health import health
from web.metrics import metrics
from web.pages import all_pages
from web.pages.allowed import for_whom_it_is
from web.pages.astray import astray
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
        things = endpoints(parts)
        self._accounts = parts.accounts
        self._visits = Visits(parts.accounts)
        server = Quart("vizy", static_folder=None)
        Gate(parts.accounts, Routes(things), self._visits).install(server)
        self.dash = Dash(
            "vizy",
            server=server,
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
        install_problems(server)
        parts.system.requests.install(server)
        for routes in (
            login(parts.accounts),
            mount(things),
            health(device),
            live(parts.hub),
            stream(parts.hub),
            metrics(parts),
        ):
            server.register_blueprint(routes)
        self.callbacks = CallbackRoles(self.dash)
        self.dash.layout = self._shell.layout
        self._shell.register(self.dash)
        dash.page_registry.clear()  # a global of Dash's: what another application left there
        for page in self._pages:
            dash.register_page(
                page.title.lower(), path=page.path, title="Vizy", layout=for_whom_it_is(page)
            )
            page.register(self.dash)
            self.callbacks.take(page.needs, getattr(page, "reading", ()))
        dash.register_page("not_found_404", path="/404", title="Vizy", layout=astray)  # Dash's name
        parts.accounts.on_change(self._show_roles)
        self.dash.callback_connect(self._role_of)

    async def present(self) -> None:
        """Show the device in every browser as it changes; runs until cancelled."""
        await self.dash.serving.wait()
        async for _ in self._device.follow():
            if not self.dash.serving.is_set():
                return
            self.show()

    def show(self) -> None:
        """Show the device as it is now, to each browser what it may see."""
        self.dash.push_mods(self._mods, report=True)
        self._show_few()

    async def keep(self) -> None:
        """Look after accounts and what is open for whom; runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._accounts.keep(), name="accounts")
            tasks.create_task(self._visits.keep(), name="visits")

    def send_home(self) -> None:
        """End what would last for ever: streams, events, downloads."""
        self._visits.end()

    async def close(self) -> None:
        """Stop what pages have started."""
        for page in self._pages:
            await page.close()
        await self._accounts.close()

    def _show_few(self) -> None:
        """Show what is not for everybody to those who may see it, and only them."""
        for page in self._pages:
            readers = [client for client in self.dash.clients if _may(client, page.needs)]
            if page.needs > Role.VIEWER and readers and (mods := page.mods()):
                for client in readers:
                    self.dash.push_mods(mods, client)

    def _show_roles(self) -> None:
        """Tell pages that are open what their people may now do."""
        for client in self.dash.clients:
            if mods := self._role_of(client, True):
                self.dash.push_mods(mods, client)

    def _role_of(self, client: Client, connected: bool) -> dict[str, Any] | None:
        visitor = client.authentication
        who = visitor.identity if isinstance(visitor, Visitor) else None
        if not connected or who is None:
            return None
        return {"app": {"data-role": who.role.label, "data-accounts": self._accounts.version}}

    def _mods(self) -> list[Output]:
        shared = [page for page in self._pages if page.needs <= Role.VIEWER]
        return [*self._shell.mods(), *(mod for page in shared for mod in page.mods())]


def _may(client: Client, role: Role) -> bool:
    visitor = client.authentication
    return isinstance(visitor, Visitor) and visitor.has(role)
