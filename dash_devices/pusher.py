"""`Pusher`: the way of ``push_mods`` from any thread to the event loop.

Knows whether the server runs, and on which thread; refuses what cannot be sent, and where it was
asked for. What is pushed goes to the engine, in the order in which it was asked.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from dash_devices import push
from dash_devices.clients import Client
from dash_devices.errors import PushError

if TYPE_CHECKING:
    from dash_devices.app import Dash

PUSH_TIMEOUT_S = 10.0


class Pusher:
    """Takes what the application pushes while the server runs."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Take pushes from now on; on the loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.current_thread()

    def close(self) -> None:
        """Refuse pushes from now on."""
        self._loop = None

    @property
    def is_open(self) -> bool:
        """Whether the server runs."""
        return self._loop is not None

    def soon(self, function: Callable[[], None]) -> None:
        """Call a function on the loop, from any thread; does nothing while no server runs."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function)

    def push(self, mods: Any, client: Any, *, report: bool, domain: str) -> None:
        """Push; from another thread, wait until it has been taken.

        Raises:
            PushError: See `dash_devices.Dash.push_mods`.
        """
        loop = self._loop
        if loop is None or loop.is_closed():
            raise PushError(
                "push_mods: the server does not run yet, or has stopped; start what pushes in "
                "@app.server.before_serving"
            )
        if threading.current_thread() is self._thread:
            self._take(mods, client, report=report, domain=domain)
            return
        done: Future[None] = Future()

        def on_the_loop() -> None:
            if not done.set_running_or_notify_cancel():
                return  # it was refused meanwhile
            try:
                done.set_result(self._take(mods, client, report=report, domain=domain))
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                done.set_exception(error)

        try:
            loop.call_soon_threadsafe(on_the_loop)
        except RuntimeError as error:
            raise PushError("push_mods: the server has stopped") from error
        try:
            done.result(PUSH_TIMEOUT_S)
        except TimeoutError as error:
            done.cancel()
            raise PushError(
                f"push_mods: the server has not taken it within {PUSH_TIMEOUT_S:g} s: "
                "it is stopping, or something blocks its event loop"
            ) from error

    def _take(self, mods: Any, client: Any, *, report: bool, domain: str) -> None:
        app = self._app
        if not self.is_open:
            raise PushError("push_mods: the server has stopped")
        if report:
            if client is not None:
                raise PushError("push_mods: a report is for every browser, not for one")
            app.engine.report(mods, domain)
            return
        if client is not None and not isinstance(client, Client):
            raise PushError(
                f"push_mods: client= takes a Client of app.clients, not {client!r:.100}"
            )
        if client is not None and client not in app.clients:
            raise PushError(f"push_mods: client {client} is not connected")
        clean = push.normalise(mods)
        app.complaints.of_unknown("push_mods", clean)
        app.engine.push(clean, client)
