"""The WebSocket endpoint: one ordered conversation with one browser tab.

`SocketEndpoint.serve` runs once per connection on the event loop, with one reader (this coroutine)
and one writer task; everything to the browser goes through the client's outbox. Messages are
handled in the order in which they came, without awaiting, so that order is fixed at receipt. It
closes a connection that breaks the protocol or does not read; others are not touched.
"""

import asyncio
import contextlib
import functools
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dash_devices import protocol
from dash_devices.clients import Client
from dash_devices.dependencies import PropId
from dash_devices.dispatch import error_text, execute, execution_context
from dash_devices.errors import QueueFullError, RequestError
from dash_devices.outbox import Broadcast, OutboxFullError
from dash_devices.protocol import Hello, Ping, Request
from dash_devices.state import MISSING, Mods

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")

CLOSE_BAD_MESSAGE = 1003
CLOSE_NOT_READING = 1013
CLOSE_FORBIDDEN = 4003

MAX_IN_FLIGHT = 128
HELLO_TIMEOUT_S = 10.0
GREETING_TIMEOUT_S = 5.0


def is_same_origin(origin: str | None, host: str | None, allowed: list[str]) -> bool:
    """Whether a page of this origin may open the socket; a program that sends none may."""
    if origin is None or origin in allowed:
        return True
    scheme, authority = urlsplit(origin)[:2]
    standard = {"http": ":80", "https": ":443"}.get(scheme)
    return (
        standard is not None
        and bool(authority)
        and authority.lower().removesuffix(standard) == (host or "").lower().removesuffix(standard)
    )


class SocketEndpoint:
    """Serves the socket of every tab."""

    def __init__(self, app: "Dash", allowed_origins: list[str]) -> None:
        self._app = app
        self._allowed_origins = allowed_origins

    async def serve(self, websocket: Any) -> None:
        """Serve one connection until it ends; ``websocket`` is Quart's."""
        headers = websocket.headers
        if not is_same_origin(headers.get("Origin"), headers.get("Host"), self._allowed_origins):
            await websocket.close(CLOSE_FORBIDDEN)
            return
        await websocket.accept()
        client = Client(
            id=uuid.uuid4().hex,
            address=websocket.remote_addr or "",
            host=headers.get("Host", ""),
            origin=headers.get("Origin"),
            headers=dict(headers),
            cookies=dict(websocket.cookies),
            args=websocket.args,
            path=websocket.full_path,
        )
        conversation = Conversation(self._app, client, websocket)
        try:
            await conversation.run()
        finally:
            await asyncio.shield(conversation.close())


class Conversation:
    """One connection: its client, its writer, and the callbacks that run for it."""

    def __init__(self, app: "Dash", client: Client, websocket: Any) -> None:
        self._app = app
        self._client = client
        self._websocket = websocket
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.Task[None] | None = None
        self._greeting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Greet, then take messages until the browser goes or must go."""
        try:
            first = await asyncio.wait_for(self._receive(), HELLO_TIMEOUT_S)
        except TimeoutError:
            first = None
        if not isinstance(first, Hello):
            await self._websocket.close(CLOSE_BAD_MESSAGE, "the first message must be a hello")
            return
        self._enter(first)
        self._writer = asyncio.create_task(
            self._write(), name=f"dash_devices writer {self._client}"
        )
        self._greeting = asyncio.create_task(self._app.on_connection(self._client, True))
        while not self._client.outbox.is_overrun:
            message = await self._receive()
            if message is None or isinstance(message, Hello):
                await self._websocket.close(CLOSE_BAD_MESSAGE, "this message cannot be understood")
                return
            if isinstance(message, Request):
                self._request(message)
            else:
                self._client.send(protocol.PONG)
            await asyncio.sleep(0)  # the writer's turn, also in a flood

    async def close(self) -> None:
        """Leave the table and stop everything that ran for this browser."""
        if self._greeting:
            self._app.clients.remove(self._client)
        tasks = [*self._tasks, *([self._writer] if self._writer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._greeting:
            # That it went is told after that it came.
            await asyncio.wait({self._greeting}, timeout=GREETING_TIMEOUT_S)
            self._greeting.cancel()
            await self._app.on_connection(self._client, False)

    async def _receive(self) -> Hello | Request | Ping | None:
        try:
            return protocol.decode(await self._websocket.receive())
        except RequestError as error:
            logger.warning("%s: %s", self._client, error)
            return None

    def _enter(self, hello: Hello) -> None:
        """Enter the table and, for a page that was here before, say what it missed."""
        app = self._app
        self._client.send(
            protocol.hello(
                boot=app.boot,
                client=self._client.id,
                app=app.fingerprint(),
                revision=app.shared_state.revision,
                shared=[callback.id for callback in app.engine.callbacks],
            )
        )
        if hello.boot is not None:
            missed = app.shared_state.since(hello.q if hello.boot == app.boot else -1)
            if missed:
                self._client.outbox.put_mods(Broadcast(missed, app.shared_state.revision))
        app.clients.add(self._client)

    async def _write(self) -> None:
        with contextlib.suppress(OutboxFullError):
            while True:
                await self._websocket.send(await self._client.outbox.take())
        await self._websocket.close(CLOSE_NOT_READING, "this browser does not read")

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _request(self, request: Request) -> None:
        if request.u != "update" and len(self._tasks) >= MAX_IN_FLIGHT:
            self._refuse(request.i, 503, _too_many())
        elif request.u == "layout":
            self._spawn(self._answer(request, self._app.layout_json))
        elif request.u == "deps":
            self._spawn(self._answer(request, self._app.dependencies_json))
        else:
            self._update(request)

    def _update(self, request: Request) -> None:
        client, app = self._client, self._app
        try:
            update = protocol.decode_update(request.b)
            if update.output not in app.callback_map:
                raise RequestError(f"there is no callback {update.output:.200}")
        except RequestError as error:
            self._refuse(request.i, 400, error)
            return
        if update.output not in app.engine.callbacks:
            if len(self._tasks) >= MAX_IN_FLIGHT:
                self._refuse(request.i, 503, _too_many())
            else:
                self._spawn(self._run_callback(request.i, update))
            return
        try:
            app.engine.submit(update, client, request.i)
        except (RequestError, QueueFullError) as error:
            self._refuse(request.i, 400 if isinstance(error, RequestError) else 503, error)
            # After the answer: until then its own edit counts for the browser.
            self._take_back(update.changedPropIds)

    def _refuse(self, request: int, status: int, error: Exception) -> None:
        logger.warning("%s: %s", self._client, error)
        self._client.send(protocol.failure(request, status, str(error)))

    def _take_back(self, prop_ids: list[str]) -> None:
        """Show a browser whose edit was refused what everybody else sees."""
        mods: Mods = {}
        for text in prop_ids:
            component_id, _, prop = text.rpartition(".")
            value = self._app.shared_state.get(PropId(component_id, prop))
            if value is not MISSING:
                mods.setdefault(component_id, {})[prop] = value
        if mods:
            self._client.outbox.put_mods(Broadcast(mods, self._app.shared_state.revision))

    async def _run_callback(self, request: int, update: protocol.Update) -> None:
        try:
            context = execution_context(self._app, update, self._client)
            answer = await execute(self._app, update, context, self._app.call_in_thread)
            status = 204 if answer is None else 200
            self._client.send(protocol.response(request, status, self._app.overlay_answer(answer)))
        except Exception as error:
            logger.exception("callback %s failed", update.output)
            self._client.send(protocol.failure(request, 500, error_text(self._app, error)))

    async def _answer(self, request: Request, make: Callable[[], str]) -> None:
        """Answer with JSON that may take a while to make (a layout function may block)."""
        try:
            text = await self._app.call_in_thread(functools.partial(copy_context().run, make))
            if request.u == "layout":
                # The overlay happens on the loop: nothing can change between it and the outbox.
                text = self._app.overlay(text)
            self._client.send(protocol.response(request.i, 200, text))
        except Exception as error:
            logger.exception("the %s cannot be served", request.u)
            self._client.send(protocol.failure(request.i, 500, error_text(self._app, error)))


def _too_many() -> QueueFullError:
    return QueueFullError(f"{MAX_IN_FLIGHT} requests of this page run already")
