"""`Dash`: stock Dash on Quart, with shared callbacks, pushes, and a table of its browsers.

The only class most programs need. It wires the parts together: `SharedState` (what everybody
sees), `SharedEngine` (in which order it changes), `Clients` and `SocketEndpoint` (who sees it).
Callbacks are registered before or after the server starts, on any thread that does nothing else
with the app meanwhile; everything else happens on the server's event loop.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import asyncio
import functools
import html
import inspect
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import dash
import quart

from dash_devices import protocol, push
from dash_devices.access import Access, Authorize, AuthorizeOutput
from dash_devices.answers import IMMUTABLE, REVALIDATE_BY_ONE, Body
from dash_devices.backend import DevicesServer, WebsocketConnection
from dash_devices.chain import Chains
from dash_devices.clients import Client, Clients
from dash_devices.complaints import Complaints
from dash_devices.content import Content
from dash_devices.errors import RegistrationError
from dash_devices.pages import Pages
from dash_devices.protocol import MAX_MESSAGE_BYTES
from dash_devices.pusher import Pusher
from dash_devices.registration import Plan, Registrar
from dash_devices.registry import SharedCallback
from dash_devices.script import page_script
from dash_devices.serial import SerialCallbacks
from dash_devices.services import Services
from dash_devices.shared import SharedEngine
from dash_devices.state import SharedState
from dash_devices.suites import answer_favicon
from dash_devices.transport import SocketEndpoint, client_of
from dash_devices.turns import DomainOf, Turns

logger = logging.getLogger("dash_devices")

GUARDED = ("_dash-layout", "_dash-dependencies", "_dash-update-component")

F = TypeVar("F", bound=Callable[..., Any])
ConnectCallback = Callable[[Client, bool], Any]
AuthorizeCallback = TypeVar("AuthorizeCallback", bound=Authorize)
AuthorizeOutputCallback = TypeVar("AuthorizeOutputCallback", bound=AuthorizeOutput)


class Dash(dash.Dash):
    """A Dash application that many browsers share.

    Args:
        *args, **kwargs: As for `dash.Dash`; ``backend`` is ours, ``server`` may be a Quart app.
        server_service: What of the page's own requests travels on the socket; NORMAL: nothing.
        callback_service: How ``app.callback`` serves a callback that names no service.
        allowed_origins: Origins besides the server's own whose pages may connect.
        max_clients: How many browsers may be connected at once.
        max_rate: Messages a second that one browser may send for long; twice as many at once.
        max_message_bytes: How long one of them may be; longer updates of regular callbacks (a
            `dcc.Upload`) go by HTTP.
        cache_dir: Where compressed scripts are kept; None: ``$CACHE_DIRECTORY``, or the user's
            own folder for such things.

    Attributes:
        clients: The browsers that are connected now.
        serving: An `asyncio.Event`, set while the server runs and pushes are taken; await it on the
            loop only.
    """

    def __init__(
        self,
        *args: Any,
        server: Any = True,
        server_service: Services = Services.PUSHER_ALL,
        callback_service: Services = Services.S0,
        allowed_origins: list[str] | None = None,
        max_clients: int = 1000,
        max_rate: float = 300.0,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        cache_dir: Path | None = None,
        **kwargs: Any,
    ) -> None:
        if max_rate <= 0:
            raise ValueError(f"max_rate={max_rate!r}: it must be more than 0 messages a second")
        backend: type[DevicesServer] = DevicesServer
        if isinstance(server, quart.Quart):
            backend, server = DevicesServer.on(server), True
        elif not isinstance(server, bool):
            raise TypeError(
                f"server= is a {type(server).__module__}.{type(server).__name__}; dash_devices "
                "runs on Quart: pass a quart.Quart, or nothing"
            )
        self.boot = uuid.uuid4().hex
        self.server_service = Services.of(server_service)
        self.callback_service = Services.of(callback_service)
        self.max_rate = max_rate
        self.max_message_bytes = max_message_bytes
        self.clients = Clients()
        self.pages = Pages()
        self.serving = asyncio.Event()
        self.access = Access(self)
        self.complaints = Complaints(self)
        self.shared_state = SharedState()
        self._turns = Turns(self)
        self.engine = SharedEngine(self, self.clients, self.shared_state, self._turns)
        self.serial = SerialCallbacks(self, self._turns)
        self.chains = Chains(self)
        self._registrar = Registrar(self)
        self.content = Content(self)
        self._pusher = Pusher(self)
        self._connect_callbacks: list[ConnectCallback] = []
        self._threads: ThreadPoolExecutor | None = None
        self._own_threads: ThreadPoolExecutor | None = None
        self._announcement: asyncio.TimerHandle | None = None
        self._script = Body(page_script().encode(), "text/javascript; charset=utf-8")
        self._endpoint = SocketEndpoint(self, allowed_origins or [], max_clients)
        super().__init__(*args, server=server, backend=backend, **kwargs)
        if cache_dir is not None:
            self.backend.cache.folder = cache_dir / "dash_devices"

    def init_app(self, app: Any = None, **kwargs: Any) -> None:
        """Register Dash's routes, the socket and the script on the server."""
        super().init_app(app, **kwargs)
        prefix = f"{self.config.routes_pathname_prefix}_dash-devices/"
        server = self.server

        @server.websocket(f"{prefix}socket")
        async def socket() -> None:
            # The object itself: the proxy means another one in another connection's context.
            await self._endpoint.serve(quart.websocket._get_current_object())  # type: ignore[attr-defined]

        @server.route(f"{prefix}dash_devices.js")
        async def script() -> Any:
            return await self._script.answer(IMMUTABLE)

        @server.before_request
        async def guard() -> Any:
            if not self.access.is_restricted or quart.request.path.split("/")[-1] not in GUARDED:
                return None
            if await self.access.admits(client_of(quart.request)):
                return None
            return quart.Response("this browser is not authorised", status=403)

        server.asgi_websocket_class = WebsocketConnection
        server.before_serving(self._start)
        server.after_serving(self._stop)

    def interpolate_index(self, **kwargs: Any) -> str:
        """Put our script before every other: it must see the renderer's first request."""
        prefix = f"{self.config.requests_pathname_prefix}_dash-devices/"
        version = self._script.tag[:12]
        tag = (
            f'<script src="{html.escape(prefix)}dash_devices.js?v={version}" '
            f'data-socket="{html.escape(prefix)}socket" '
            f'data-service="{int(self.server_service)}"></script>\n'
        )
        return super().interpolate_index(**(kwargs | {"scripts": tag + kwargs["scripts"]}))

    # -- registering -----------------------------------------------------------------------------

    def callback(
        self,
        *args: Any,
        service: Services | int | None = None,
        domain: DomainOf = "device",
        coalesce: bool | None = None,
        timeout_s: float = 30.0,
        chain: bool = False,
        **kwargs: Any,
    ) -> Callable[[F], F]:
        """As `dash.Dash.callback`; ``None`` as output is for side effects.

        The function may return `Output` objects with values instead of the declared outputs. It
        may be `async`, or plain: then it runs in a thread.

        Args:
            *args: Outputs, inputs and states as for `dash.Dash.callback`, flat or in lists.
            service: How it is served; None: as the application's ``callback_service`` says.
            domain: The device that a shared or serialised callback uses; for a serialised one
                also a function of the client that tells it.
            coalesce: Whether a waiting run is replaced by a newer one; None: for values, not for
                clicks.
            timeout_s: After this long without return the browser is told so, and the log.
            chain: Run the regular callbacks that listen to the outputs on the server at once.
            **kwargs: As for `dash.Dash.callback`.

        Raises:
            RegistrationError: It cannot work as written.
        """
        chosen = self.callback_service if service is None else Services.of(service)
        plan = Plan(chosen, domain, coalesce, timeout_s, chain)
        return self._registrar.decorator(args, kwargs, plan)

    def callback_shared(
        self,
        *args: Any,
        domain: str = "device",
        coalesce: bool | None = None,
        timeout_s: float = 30.0,
        **kwargs: Any,
    ) -> Callable[[F], F]:
        """Register a callback whose inputs and outputs every browser shares.

        It runs once per change, in order of arrival, one at a time with every other callback of
        its domain; with outputs it also runs once when the server starts, unless
        ``prevent_initial_call``. The arguments are those of `callback`.
        """
        plan = Plan(Services.SHARED, domain, coalesce, timeout_s)
        return self._registrar.decorator(args, kwargs, plan)

    def callback_s2(
        self,
        *args: Any,
        domain: DomainOf = "device",
        coalesce: bool | None = None,
        timeout_s: float = 30.0,
        **kwargs: Any,
    ) -> Callable[[F], F]:
        """Register a callback of which each browser has its own view, one run at a time.

        For several devices, of which each browser steers the one it chose: ``domain`` may be a
        function of the client. The arguments are those of `callback`.
        """
        plan = Plan(Services.S2, domain, coalesce, timeout_s)
        return self._registrar.decorator(args, kwargs, plan)

    def callback_s0(self, *args: Any, **kwargs: Any) -> Callable[[F], F]:
        """Register a regular callback, whatever ``callback_service`` says.

        The arguments are those of `dash.Dash.callback`.
        """
        return self._registrar.decorator(args, kwargs, Plan(Services.S0))

    def clientside_callback(self, clientside_function: Any, *args: Any, **kwargs: Any) -> Any:
        """As `dash.Dash.clientside_callback`.

        Raises:
            RegistrationError: The server runs, and the function is given as text: open pages
                cannot take new script in.
        """
        if self._pusher.is_open and isinstance(clientside_function, str):
            raise RegistrationError(
                "clientside_callback: while the server runs, open pages can take only a "
                "ClientsideFunction of a script that they have already"
            )
        kwargs.pop("service", None)
        self._registrar.check_clientside(args, kwargs)
        result = super().clientside_callback(clientside_function, *args, **kwargs)
        self.callback_added()
        return result

    def callback_connect(self, function: ConnectCallback) -> ConnectCallback:
        """Register ``function(client, connected)``, called as browsers come and go.

        It may be `async`, and may return mods (as `push_mods` takes them) for that browser. Several
        may be registered; they run in the order of registration.
        """
        self._connect_callbacks.append(function)
        return function

    def authorize(self, function: AuthorizeCallback) -> AuthorizeCallback:
        """Register ``function(client)``, asked at every handshake whether a browser may connect.

        It may be `async`; what it returns, if neither false nor True, becomes
        ``client.authentication``. The same rule holds for the layout and for callbacks over plain
        HTTP. With several, all must agree; one that raises or takes longer than 10 s says no.
        """
        self.access.add(function)
        return function

    def callback_authorize_output(
        self, function: AuthorizeOutputCallback
    ) -> AuthorizeOutputCallback:
        """Register ``function(client, output)``, asked before each callback for a browser.

        ``output`` is the callback's output as Dash writes it (``"text.children"``), ``client`` is
        None over plain HTTP. It must answer at once. A browser that may not is told so, and shows
        again what everybody sees.

        Raises:
            RegistrationError: It is a coroutine function.
        """
        self.access.add_output(function)
        return function

    def has_regular_listener(self, component_id: str | dict[str, Any], prop: str) -> bool:
        """Whether a server-side callback that is not shared listens to a property."""
        return self._registrar.has_regular_listener(component_id, prop)

    def callback_added(self, shared: SharedCallback | None = None) -> None:
        """Let open pages know of a callback that was registered while the server runs."""

        def on_the_loop() -> None:
            if shared is not None:
                self.shared_state.seed(self.engine.callbacks.prop_ids())
                self.engine.start(shared)
            if self._announcement is None:  # those that follow at once are told together
                loop = asyncio.get_running_loop()
                self._announcement = loop.call_later(0.01, self._announce)

        self._pusher.soon(on_the_loop)

    def _announce(self) -> None:
        self._announcement = None
        message = protocol.dependencies(self.content.callbacks(), self.content.dependencies())
        for client in self.clients:
            client.send(message)

    # -- pushing ---------------------------------------------------------------------------------

    def push_mods(
        self,
        mods: Any,
        client: Client | None = None,
        *,
        report: bool = False,
        domain: str = "device",
    ) -> None:
        """Set properties in every browser, or in one; from any thread.

        A shared callback that listens to one of them runs, as if a person had made the edit. With
        ``report`` the device tells how it *is*: no callback runs, the change takes its turn among
        those of the device, and a property with an edit still waiting is left to that edit.

        Args:
            mods: ``{id: {prop: value}}``, an `Output` with a value, or several of them; with
                ``report`` also a function that returns them, called when its turn comes.
            client: The one browser, or None for all.
            report: See above.
            domain: The device that reports.

        Raises:
            PushError: The server does not run, the client is not connected, or a value cannot be
                sent.
        """
        self._pusher.push(mods, client, report=report, domain=domain)

    async def push_mods_coro(
        self,
        mods: Any,
        client: Client | None = None,
        *,
        report: bool = False,
        domain: str = "device",
    ) -> None:
        """As `push_mods`, for code on the server's event loop."""
        self.push_mods(mods, client, report=report, domain=domain)

    # -- serving ---------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="dash_devices")
        self._own_threads = ThreadPoolExecutor(4, thread_name_prefix="dash_devices-own")
        await self.backend.set_up()
        self._registrar.check()
        self.content.learn(await self.call_in_thread(self.content.layout), self._script.tag)
        self.shared_state.seed(self.engine.callbacks.prop_ids())
        self._pusher.open()
        for callback in self.engine.callbacks:
            self.engine.start(callback)
        self.serving.set()

    async def _stop(self) -> None:
        self.serving.clear()
        self._pusher.close()
        if self._announcement is not None:
            self._announcement.cancel()
        await self._turns.close()
        self.engine.clear()
        for pool in (self._threads, self._own_threads):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)

    async def call_in_thread(self, function: Callable[[], Any]) -> Any:
        """Run a blocking function in the pool for callbacks that are not shared."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def call_at_once(self, function: Callable[[], Any]) -> Any:
        """Run what a page needs to be there at all, in threads that no callback holds."""
        return await asyncio.get_running_loop().run_in_executor(self._own_threads, function)

    async def on_connection(self, client: Client, connected: bool) -> None:
        """Tell every `callback_connect` that a browser came or went."""
        for function in self._connect_callbacks:
            try:
                if inspect.iscoroutinefunction(function):
                    mods = await function(client, connected)
                else:
                    mods = await self.call_at_once(functools.partial(function, client, connected))
                if mods is not None and connected and client in self.clients:
                    self.engine.push(push.normalise(mods), client)
            except Exception:
                logger.exception("callback_connect %s failed", function)

    @property
    def has_dev_tools(self) -> bool:
        """Whether pages show errors."""
        return bool(self._dev_tools.ui)

    async def serve_layout(self) -> Any:
        """Serve the layout over HTTP, with the shared values, to whoever asks there."""
        write = functools.partial(copy_context().run, self.content.layout)
        layout = self.content.overlay(await self.call_at_once(write))
        return await Body(layout, "application/json").answer(REVALIDATE_BY_ONE)

    async def dependencies(self) -> Any:
        """Serve the callbacks over HTTP."""
        body = Body(self.content.dependencies().encode(), "application/json")
        return await body.answer(REVALIDATE_BY_ONE)

    async def _serve_default_favicon(self) -> Any:
        return await answer_favicon(self.backend.cache)
