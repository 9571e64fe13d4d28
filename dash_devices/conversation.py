"""`Conversation`: one ordered exchange with one browser tab, for as long as its socket lives.

One reader (the coroutine that serves the socket) and one writer task; everything to the browser
goes through the client's outbox. Messages are handled in the order in which they came, without
awaiting, so that order is fixed at receipt. A connection that breaks the protocol or does not read
is closed; others are not touched. Event loop only.
"""

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from dash_devices import protocol
from dash_devices.clients import Client
from dash_devices.dependencies import PropId
from dash_devices.dispatch import error_text, execute, execution_context
from dash_devices.errors import DashDevicesError, ForbiddenError, QueueFullError, RequestError
from dash_devices.limits import RateLimit
from dash_devices.outbox import Broadcast, OutboxFullError
from dash_devices.pages import Page
from dash_devices.protocol import Hello, Message, Ping, Request, Tell, Update
from dash_devices.services import Services
from dash_devices.state import MISSING, Mods

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")

CLOSE_BAD_MESSAGE = 1003
CLOSE_NOT_READING = 1013
CLOSE_REPLACED = 4001

MAX_IN_FLIGHT = 128
THREADS_PER_PAGE = 4
HELLO_TIMEOUT_S = 10.0
GREETING_TIMEOUT_S = 5.0

STATUS: dict[type[Exception], int] = {
    RequestError: 400,
    ForbiddenError: 403,
    QueueFullError: 503,
}


class Conversation:
    """One connection: its client, its writer, and the callbacks that run for it."""

    def __init__(self, app: "Dash", client: Client, websocket: Any) -> None:
        self._app = app
        self._client = client
        self._websocket = websocket
        self._page = Page()
        self._is_replaced = False
        self._threads = asyncio.Semaphore(THREADS_PER_PAGE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.Task[None] | None = None
        self._greeting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Greet, then take messages until the browser goes or must go."""
        try:
            # Not wait_for: of a browser that goes at once it would lose the cancellation.
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                first = await self._receive()
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
        limit = RateLimit(self._app.max_rate, burst=int(2 * self._app.max_rate))
        while not self._client.outbox.is_closed:
            message = await self._receive()
            if self._is_replaced:
                return
            if message is None or isinstance(message, Hello):
                await self._websocket.close(CLOSE_BAD_MESSAGE, "this message cannot be understood")
                return
            self._take(message)
            # The writer's turn, also in a flood; and a rest where one talks too fast.
            await asyncio.sleep(limit.take())

    def replace(self) -> None:
        """Take nothing more: the page has another connection now."""
        self._is_replaced = True
        self._leave()
        self._spawn(self._websocket.close(CLOSE_REPLACED, "this page has connected again"))

    async def close(self) -> None:
        """Leave the table and stop everything that ran for this browser."""
        if self._greeting and not self._is_replaced:
            self._leave()
        tasks = [*self._tasks, *([self._writer] if self._writer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._greeting:
            # That it went is told after that it came.
            await asyncio.wait({self._greeting}, timeout=GREETING_TIMEOUT_S)
            self._greeting.cancel()
            await self._app.on_connection(self._client, False)

    def _leave(self) -> None:
        self._app.clients.remove(self._client)
        self._client.outbox.close()
        self._page.attributes = self._client.attributes()
        if self._page.conversation is self:
            self._page.conversation = None

    async def _receive(self) -> Message | None:
        try:
            data = await self._websocket.receive()
            limit = self._app.max_message_bytes
            if len(data) > limit:
                raise RequestError(f"a message of {len(data)} bytes came, {limit} are allowed")
            return protocol.decode(data)
        except RequestError as error:
            logger.warning("%s: %s", self._client, error)
            return None

    def _enter(self, hello: Hello) -> None:
        """Enter the table and, for a page that was here before, say what it missed."""
        app = self._app
        is_known = hello.page in app.pages
        self._page = app.pages.enter(hello.page)
        if self._page.conversation is not None:
            self._page.conversation.replace()
        if hello.boot != app.boot:
            self._page.seen = 0  # it counts from the start again, for this server
        # What this handshake has set counts more than what the page had before.
        vars(self._client).update(self._page.attributes | self._client.attributes())
        self._page.conversation = self
        self._client.send(
            protocol.hello(
                boot=app.boot,
                client=self._client.id,
                revision=app.shared_state.revision,
                seen=self._page.seen if is_known and hello.boot == app.boot else None,
                max_bytes=app.max_message_bytes,
                callbacks=app.content.callbacks(),
            )
        )
        if hello.boot is not None or Services.PUSHER_OTHER not in app.server_service:
            missed = app.shared_state.since(hello.q if hello.boot == app.boot else -1)
            if missed:
                self._client.outbox.put_mods(Broadcast(missed, app.shared_state.revision))
        app.clients.add(self._client)

    async def _write(self) -> None:
        with contextlib.suppress(OutboxFullError):
            while True:
                await self._websocket.send(await self._client.outbox.take())
        if not self._is_replaced:
            await self._websocket.close(CLOSE_NOT_READING, "this browser does not read")

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.debug("%s: %r", self._client, error)  # the connection has gone meanwhile

    # -- what a browser asks ---------------------------------------------------------------------

    def _take(self, message: Request | Tell | Ping) -> None:
        if isinstance(message, Request):
            if message.i > self._page.seen:  # else it came before, on a connection that broke
                self._page.seen = message.i
                self._request(message)
        elif isinstance(message, Tell):
            self._show([PropId(*pair) for pair in message.d])
        else:
            self._client.send(protocol.PONG)

    def _request(self, request: Request) -> None:
        update = None
        try:
            if request.u == "layout":
                self._work(self._answer(request, self._app.content.layout))
            elif request.u == "deps":
                self._work(self._answer(request, self._app.content.dependencies))
            else:
                update = protocol.decode_update(request.b)
                self._update(request, update)
        except Exception as error:
            status = STATUS.get(type(error), 500)
            if status == 500 and not isinstance(error, DashDevicesError):
                logger.exception("%s: request %d failed", self._client, request.i)
            else:
                logger.warning("%s: %.500s", self._client, error)
            self._client.send(protocol.failure(request.i, status, error_text(self._app, error)))
            if update is not None and update.output in self._app.engine.callbacks:
                # After the answer: until then its own edit counts for the browser.
                self._show([PropId.parse(text) for text in update.changedPropIds])

    def _update(self, request: Request, update: Update) -> None:
        client, app = self._client, self._app
        if "callback" not in app.callback_map.get(update.output, {}):
            raise RequestError(f"there is no callback {update.output:.200}")
        if not app.access.allows(client, update.output):
            raise ForbiddenError(f"this browser may not change {update.output:.200}")
        if update.output in app.engine.callbacks:
            app.engine.submit(update, client, request.i)
        elif update.output in app.serial:
            app.serial.submit(update, client, request.i)
        else:
            links = protocol.decode_links(request.c)
            self._work(self._run_callback(request.i, update, links))

    def _work(self, work: Any) -> None:
        """Run something for this browser beside the others that run for it.

        Raises:
            QueueFullError: Too much runs already.
        """
        if len(self._tasks) >= MAX_IN_FLIGHT:
            work.close()
            raise QueueFullError(f"{MAX_IN_FLIGHT} requests of this page run already")
        self._spawn(work)

    def _show(self, prop_ids: list[PropId]) -> None:
        """Show this browser what everybody sees, where the two may differ."""
        mods: Mods = {}
        for prop_id in prop_ids:
            value = self._app.shared_state.readable(prop_id)
            if value is not MISSING:
                mods.setdefault(prop_id.id, {})[prop_id.prop] = value
        if mods:
            self._client.outbox.put_mods(Broadcast(mods, self._app.shared_state.revision))

    async def _run_callback(self, request: int, update: Update, links: list[Update]) -> None:
        try:
            context = execution_context(self._app, update, self._client)
            answer = await execute(self._app, update, context, self._call_in_thread)
            ran: list[str] = []
            if links:
                chained = await self._app.chains.run(update, answer, links, self._client)
                answer, ran = chained.text, chained.ran
            body = self._app.content.overlay_answer(answer)
            status = 204 if body is None else 200
            self._client.send(protocol.response(request, status, body, ran=ran))
        except Exception as error:
            logger.exception("callback %s failed", update.output)
            self._client.send(protocol.failure(request, 500, error_text(self._app, error)))

    async def _call_in_thread(self, function: Callable[[], Any]) -> Any:
        """Run a callback in the pool, of which one page may have only its share."""
        async with self._threads:
            return await self._app.call_in_thread(function)

    async def _answer(self, request: Request, make: Callable[[], str]) -> None:
        """Answer with JSON that may take a while to make (a layout function may block)."""
        try:
            text = await self._app.call_at_once(functools.partial(copy_context().run, make))
            if request.u == "layout":
                # The overlay happens on the loop: nothing can change between it and the outbox.
                text = self._app.content.overlay(text)
            self._client.send(protocol.response(request.i, 200, text))
        except Exception as error:
            logger.exception("the %s cannot be served", request.u)
            self._client.send(protocol.failure(request.i, 500, error_text(self._app, error)))
