"""`DevicesServer`: Dash's Quart back end with our socket instead of Dash's own.

Passed to Dash as ``backend=``. It keeps `def` callbacks that still come over HTTP off the event
loop (stock Dash runs them on it, and freezes every other client meanwhile), and serves scripts,
assets and the index page so that a browser loads them once.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from dash.backends._quart import QuartDashServer, QuartRequestAdapter
from quart import Quart, Response
from quart.asgi import ASGIWebsocketConnection

from dash_devices.answers import REVALIDATE_BY_ONE, Body
from dash_devices.cache import GzipCache, default_folder
from dash_devices.suites import Assets, answer_suite

logger = logging.getLogger("dash_devices")

MAX_UNREAD = 16
"""Messages of one browser that the server holds; more stay on the way."""


class WebsocketConnection(ASGIWebsocketConnection):
    """Quart's; that one holds any number of messages, and breaks at an empty binary one."""

    def __init__(self, app: Quart, scope: Any) -> None:
        super().__init__(app, scope)
        self.queue = asyncio.Queue(MAX_UNREAD)

    async def handle_messages(self, receive: Any) -> None:
        """Hand each message on."""

        async def with_text() -> Any:
            event = await receive()
            return event if event.get("bytes") != b"" else event | {"text": ""}

        await super().handle_messages(with_text)


class DevicesServer(QuartDashServer):
    """One Quart application that serves Dash and the socket.

    Attributes:
        cache: Compressed scripts and assets; its ``folder`` may be set before the server starts.
    """

    websocket_capability = False

    def __init__(self, server: Quart) -> None:
        super().__init__(server)
        self.cache = GzipCache(default_folder())
        self._first: list[Callable[[], Any]] = []

    def before_request(self, func: Callable[[], Any]) -> None:
        """Register what runs before each request; what Dash itself does there, it does once."""
        if func.__module__ == "dash.dash":
            self._first.append(func)
        super().before_request(func)

    async def set_up(self) -> None:
        """Do now what Dash would do before the first request: register pages, for one."""
        for function in self._first:
            done = function()
            if inspect.isawaitable(done):
                await done

    @classmethod
    def on(cls, own: Quart) -> type["DevicesServer"]:
        """Return a back end that serves on an application of the user's own.

        Given the application itself, Dash would choose its stock back end by the type's name.
        """

        def create_app(name: str, config: dict[str, Any] | None = None) -> Quart:
            del name, config  # the user's application has its own
            return own

        return type(cls.__name__, (cls,), {"create_app": staticmethod(create_app)})

    def register_assets_blueprint(
        self, blueprint_name: str, assets_url_path: str, assets_folder: str
    ) -> None:
        """Serve the program's own assets folder."""
        assets = Assets(self.cache, blueprint_name, assets_url_path, assets_folder)
        self.server.register_blueprint(assets)

    def setup_component_suites(self, dash_app: Any) -> None:
        """Serve the scripts and styles of component packages."""

        async def serve(package_name: str, fingerprinted_path: str) -> Response:
            return await self.serve_component_suites(dash_app, package_name, fingerprinted_path)

        path = "_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
        dash_app._add_url(path, serve)

    async def serve_component_suites(
        self, dash_app: Any, package_name: str, fingerprinted_path: str
    ) -> Response:
        """Answer with one of them.

        Raises:
            DependencyException: The application has not registered it.
        """
        return await answer_suite(self.cache, dash_app, package_name, fingerprinted_path)

    def setup_index(self, dash_app: Any) -> None:
        """Serve the index page at the root."""

        async def index() -> Response:
            return await _answer_index(dash_app)

        dash_app._add_url("", index, methods=["GET"])

    def setup_catchall(self, dash_app: Any) -> None:
        """Serve the index page at every path that is not anything else: Dash's pages."""

        async def catchall(path: str) -> Response:
            del path  # the page's script reads it
            return await _answer_index(dash_app)

        dash_app._add_url("<path:path>", catchall, methods=["GET"])

    def serve_callback(self, dash_app: Any) -> Any:
        """Return the view of ``_dash-update-component`` for callbacks that come over HTTP."""

        async def dispatch() -> Any:
            body = await QuartRequestAdapter().get_json()
            output = body.get("output")
            if output in dash_app.engine.callbacks or output in dash_app.serial:
                # Here it would run beside the device's queue, in no order.
                return Response("this callback is asked for on the socket", status=409)
            if not dash_app.access.allows(None, output):
                return Response(f"this browser may not change {output}", status=403)
            context = dash_app._initialize_context(body)
            context.client = None
            function = dash_app._prepare_callback(context, body)
            values = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, values, context.outputs_list, context)
            if inspect.iscoroutinefunction(function):
                data = await call()
            else:
                data = await dash_app.call_in_thread(functools.partial(copy_context().run, call))
            return context.dash_response.set_response(data=dash_app.content.overlay_answer(data))

        dispatch.__module__, dispatch.__qualname__ = "dash.dash", "dispatch"
        return dispatch

    def run(self, dash_app: Any, host: str, port: int, debug: bool, **kwargs: Any) -> None:
        """Serve until interrupted, under uvicorn; what ``app.run()`` calls.

        Raises:
            ValueError: Several workers are asked for: each would have a state of its own.
        """
        from dash_devices.serve import serve  # uvicorn is loaded by those who serve with it

        if kwargs.get("workers", 1) not in (None, 1):
            raise ValueError(
                f"app.run(workers={kwargs['workers']}): the shared state lives in one process"
            )
        if kwargs:
            logger.warning("app.run: %s mean nothing here and are ignored", ", ".join(kwargs))
        self.config = {"debug": debug}
        limit = dash_app.max_message_bytes
        serve(dash_app.server, host=host, port=int(port), ws_max_size=limit)


async def _answer_index(dash_app: Any) -> Response:
    page = Body(dash_app.index().encode(), "text/html; charset=utf-8")
    return await page.answer(REVALIDATE_BY_ONE)  # Dash writes a handle of its own into each page
