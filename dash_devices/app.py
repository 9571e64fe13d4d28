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
import hashlib
import html
import inspect
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import dash
import msgspec
import quart
from dash._grouping import flatten_grouping
from dash._utils import to_json
from dash.dependencies import DashDependency, handle_grouped_callback_args

from dash_devices import push
from dash_devices.alternate import with_alternate_outputs
from dash_devices.backend import DevicesServer
from dash_devices.clients import Client, Clients
from dash_devices.dependencies import Pattern
from dash_devices.errors import PushError, RegistrationError
from dash_devices.registry import SharedCallback
from dash_devices.script import page_script
from dash_devices.shared import SharedEngine
from dash_devices.state import SharedState
from dash_devices.transport import SocketEndpoint

logger = logging.getLogger("dash_devices")

PUSH_TIMEOUT_S = 10.0

F = TypeVar("F", bound=Callable[..., Any])
ConnectCallback = Callable[[Client, bool], Any]


class Dash(dash.Dash):
    """A Dash application that many browsers share.

    Args:
        *args, **kwargs: As for `dash.Dash`; ``backend`` is ours, ``server`` may be a Quart app.
        allowed_origins: Origins besides the server's own whose pages may connect.

    Attributes:
        clients: The browsers that are connected now.
        serving: Set while the server runs and pushes are taken.
    """

    def __init__(
        self,
        *args: Any,
        server: Any = True,
        allowed_origins: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        backend: type[DevicesServer] = DevicesServer
        if isinstance(server, quart.Quart):
            backend, server = DevicesServer.on(server), True
        self.boot = uuid.uuid4().hex
        self.clients = Clients()
        self.serving = asyncio.Event()
        self.shared_state = SharedState()
        self.engine = SharedEngine(self, self.clients, self.shared_state)
        self._connect_callbacks: list[ConnectCallback] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._none_outputs = 0
        self._listened: list[Pattern] = []  # inputs of callbacks that are not shared
        self._listened_of = 0  # of so many callbacks
        self._fingerprint, self._fingerprint_of = "", -1
        self._script = page_script().encode()
        self._endpoint = SocketEndpoint(self, allowed_origins or [])
        super().__init__(*args, server=server, backend=backend, **kwargs)

    def init_app(self, app: Any = None, **kwargs: Any) -> None:
        """Register Dash's routes, the socket and the script on the server."""
        super().init_app(app, **kwargs)
        prefix = f"{self.config.routes_pathname_prefix}_dash-devices/"
        server = self.server

        @server.websocket(f"{prefix}socket")
        async def socket() -> None:
            await self._endpoint.serve(quart.websocket)

        @server.route(f"{prefix}dash_devices.js")
        async def script() -> Any:
            headers = {"Cache-Control": "public, max-age=31536000, immutable"}
            return quart.Response(self._script, content_type="text/javascript", headers=headers)

        server.before_serving(self._start)
        server.after_serving(self._stop)

    def interpolate_index(self, **kwargs: Any) -> str:
        """Put our script before every other: it must see the renderer's first request."""
        prefix = f"{self.config.requests_pathname_prefix}_dash-devices/"
        version = hashlib.sha256(self._script).hexdigest()[:12]
        tag = (
            f'<script src="{html.escape(prefix)}dash_devices.js?v={version}" '
            f'data-socket="{html.escape(prefix)}socket"></script>\n'
        )
        return super().interpolate_index(**(kwargs | {"scripts": tag + kwargs["scripts"]}))

    # -- registering -----------------------------------------------------------------------------

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[F], F]:
        """As `dash.Dash.callback`; ``None`` as output is for side effects.

        The function may return `Output` objects with values instead of the declared outputs.
        """
        return self._register(args, kwargs, shared=None)

    def callback_shared(
        self,
        *args: Any,
        domain: str = "device",
        coalesce: bool | None = None,
        timeout_s: float = 30.0,
        prevent_initial_call: bool | None = None,
        **kwargs: Any,
    ) -> Callable[[F], F]:
        """Register a callback whose inputs and outputs every browser shares.

        It runs once per change, in order of arrival, one at a time with every other callback of
        its domain; with outputs it also runs once when the server starts.

        Args:
            *args: Outputs, inputs and states as for `dash.Dash.callback`, flat or in lists.
            domain: The device it uses.
            coalesce: Whether a waiting run is replaced by a newer one; None: for values, not for
                clicks.
            timeout_s: After this long without return the browser is told so, and the log.
            prevent_initial_call: Do not run when the server starts.
            **kwargs: As for `dash.Dash.callback`.

        Raises:
            RegistrationError: Shared callbacks would trigger each other for ever.
        """
        if prevent_initial_call is None:
            prevent_initial_call = bool(self.config.prevent_initial_callbacks)
        options = {
            "domain": domain,
            "coalesce": coalesce,
            "timeout_s": timeout_s,
            "runs_at_start": not prevent_initial_call,
        }
        return self._register(args, kwargs | {"prevent_initial_call": True}, shared=options)

    def _register(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], *, shared: dict[str, Any] | None
    ) -> Callable[[F], F]:
        if args and args[0] is None:
            args = args[1:]
        if kwargs.get("output", ...) is None:
            kwargs.pop("output")
        outputs, inputs, state, _, _ = handle_grouped_callback_args(list(args), dict(kwargs))
        flat_outputs: list[DashDependency] = flatten_grouping(outputs)

        def decorate(function: F) -> F:
            wrapped = with_alternate_outputs(function, has_output=bool(flat_outputs))
            dash.Dash.callback(self, *args, **kwargs)(wrapped)
            callback_id = self._callback_list[-1]["output"]
            if not flat_outputs:
                callback_id = self._rename(callback_id)
            if shared is not None:
                try:
                    self.engine.callbacks.register(
                        SharedCallback(
                            id=callback_id,
                            name=getattr(function, "__qualname__", callback_id),
                            inputs=tuple(map(Pattern.of, inputs)),
                            state=tuple(map(Pattern.of, state)),
                            outputs=tuple(map(Pattern.of, flat_outputs)),
                            is_multi=not isinstance(outputs, dash.Output),
                            **shared,
                        )
                    )
                except RegistrationError:
                    self._callback_list.pop()
                    del self.callback_map[callback_id]
                    raise
            return function

        return decorate

    def _rename(self, callback_id: str) -> str:
        """Give a callback without outputs an id of its own.

        Dash makes the id of the inputs alone, and of two such callbacks on one button the second
        would silently replace the first.
        """
        self._none_outputs += 1
        unique = hashlib.sha256(f"{callback_id}/{self._none_outputs}".encode()).hexdigest()
        self.callback_map[unique] = self.callback_map.pop(callback_id)
        self._callback_list[-1]["output"] = unique
        return unique

    def callback_connect(self, function: ConnectCallback) -> ConnectCallback:
        """Register ``function(client, connected)``, called as browsers come and go.

        It may be `async`, and may return mods (as `push_mods` takes them) for that browser. Several
        may be registered; they run in the order of registration.
        """
        self._connect_callbacks.append(function)
        return function

    def has_regular_listener(self, component_id: str | dict[str, Any], prop: str) -> bool:
        """Whether a server-side callback that is not shared listens to a property."""
        if self._listened_of != len(self.callback_map):
            self._listened_of = len(self.callback_map)
            self._listened = [
                pattern
                for callback_id, entry in self.callback_map.items()
                if "callback" in entry and callback_id not in self.engine.callbacks
                for pattern in map(Pattern.of, entry["raw_inputs"])
            ]
        return any(p.prop == prop and p.matches(component_id) for p in self._listened)

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
        loop = self._loop
        if loop is None or loop.is_closed():
            raise PushError("push_mods: the server does not run yet, or has stopped")
        push_now = functools.partial(self._push, mods, client, report=report, domain=domain)
        if threading.current_thread() is self._loop_thread:
            push_now()
            return
        done: Future[None] = Future()

        def on_the_loop() -> None:
            try:
                done.set_result(push_now())
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                done.set_exception(error)

        try:
            loop.call_soon_threadsafe(on_the_loop)
        except RuntimeError as error:
            raise PushError("push_mods: the server has stopped") from error
        try:
            done.result(PUSH_TIMEOUT_S)
        except TimeoutError as error:
            raise PushError(
                f"push_mods: the server has not taken it within {PUSH_TIMEOUT_S:g} s: "
                "it is stopping, or something blocks its event loop"
            ) from error

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

    def _push(self, mods: Any, client: Client | None, *, report: bool, domain: str) -> None:
        if report:
            if client is not None:
                raise PushError("push_mods: a report is for every browser, not for one")
            self.engine.report(mods, domain)
            return
        if client is not None and client not in self.clients:
            raise PushError(f"push_mods: client {client} is not connected")
        self.engine.push(push.normalise(mods), client)

    # -- serving ---------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.current_thread()
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="dash_devices")
        self._setup_server()
        layout = await self.call_in_thread(self.layout_json)
        self.shared_state.index(msgspec.json.decode(layout))
        self.shared_state.seed(self.engine.callbacks.prop_ids())
        self.engine.start()
        self.serving.set()

    async def _stop(self) -> None:
        self.serving.clear()
        await self.engine.close()
        self._loop = None
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def call_in_thread(self, function: Callable[[], Any]) -> Any:
        """Run a blocking function in the pool for callbacks that are not shared."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def on_connection(self, client: Client, connected: bool) -> None:
        """Tell every `callback_connect` that a browser came or went."""
        for function in self._connect_callbacks:
            try:
                if inspect.iscoroutinefunction(function):
                    mods = await function(client, connected)
                else:
                    mods = await self.call_in_thread(functools.partial(function, client, connected))
                if mods is not None and connected and client in self.clients:
                    self.engine.push(push.normalise(mods), client)
            except Exception:
                logger.exception("callback_connect %s failed", function)

    def layout_json(self) -> str:
        """The layout as it was written, without shared values; may block in a layout function."""
        return to_json(self.get_layout())

    def overlay(self, layout: str) -> bytes:
        """Lay the shared values over a layout, or over whatever holds new components."""
        return msgspec.json.encode(self.shared_state.overlay(msgspec.json.decode(layout)))

    def overlay_answer(self, answer: str | None) -> str | bytes | None:
        """Lay the shared values over the components that a regular callback has returned.

        So a Dash page, or a tab that a callback fills, shows the live state as the layout does.
        """
        return self.overlay(answer) if answer and '"namespace"' in answer else answer

    def dependencies_json(self) -> str:
        """The callbacks, as the renderer wants them."""
        return to_json(self._callback_list)

    def fingerprint(self) -> str:
        """Changes when the application's callbacks do: an open page must then be loaded again."""
        if self._fingerprint_of != len(self._callback_list):
            self._fingerprint_of = len(self._callback_list)
            digest = hashlib.sha256(self.dependencies_json().encode())
            self._fingerprint = digest.hexdigest()[:16]
        return self._fingerprint

    def serve_layout(self) -> Any:
        """Serve the layout over HTTP, with the shared values, to whoever asks there."""
        return self.backend.make_response(
            self.overlay(self.layout_json()), mimetype="application/json"
        )
