"""One client of the JSON-RPC server: its calls in, answers and notifications out, in order.

Made by `vizy.rpc.server` per connection, on the server's loop. It owns every task that works for
its client and ends them when the client goes. Whatever a client sends, only that client suffers.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from vizy.errors import InvalidValueError, NotFoundError, VizyError, to_wire
from vizy.messages import Call
from vizy.peer import Peer
from vizy.rpc import protocol
from vizy.rpc.protocol import Request

_logger = logging.getLogger(__name__)

Handler = Callable[[Any, "Connection"], Awaitable[Any]]
"""Takes the decoded call and its connection, returns what `Call.result` names."""


class Connection:
    """One client of the server.

    Attributes:
        peer: The client's process.
    """

    def __init__(
        self,
        websocket: ServerConnection,
        peer: Peer,
        methods: Mapping[str, tuple[type[Call[Any]], Handler]],
        max_in_flight: int,
    ) -> None:
        self.peer = peer
        self._websocket = websocket
        self._methods = methods
        self._free = asyncio.Semaphore(max_in_flight)
        self._calls: set[asyncio.Task[None]] = set()
        self._spawned: dict[str, asyncio.Task[None]] = {}

    async def notify(self, method: str, params: Struct) -> None:
        """Send a notification and wait until the client's socket has room again.

        The caller looks at what it tells of only then, so a slow client gets the latest.

        Raises:
            ConnectionClosed: The client is gone; a spawned task just lets it pass.
        """
        await self._websocket.send(protocol.encode_notification(method, params), text=True)

    def spawn(self, coro: Coroutine[Any, Any, None], name: str) -> None:
        """Run a task for this client until it returns or the client goes.

        There is one per name: a second replaces the first. What the handler that calls this
        returns is sent before anything that the task sends. A task that fails closes the
        connection, so that the client notices and starts anew.
        """
        if (old := self._spawned.pop(name, None)) is not None:
            old.cancel()
            self._calls.add(old)
            old.add_done_callback(self._calls.discard)
        self._spawned[name] = asyncio.create_task(self._run(coro, name), name=f"rpc {name}")

    async def serve(self) -> None:
        """Take the client's calls until it goes; then end its tasks."""
        gone = asyncio.create_task(self._websocket.wait_closed(), name="rpc gone")
        gone.add_done_callback(self._cancel_calls)  # even while all calls are in use
        try:
            while True:
                await self._free.acquire()  # when all are in use, the client has to wait
                text = await self._websocket.recv()
                self._start(text)
        except ConnectionClosed:
            pass
        finally:
            tasks = [gone, *self._calls, *self._spawned.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, text: str | bytes) -> None:
        """Start a call's task; tasks take their first step in the order they were made."""
        task = asyncio.create_task(self._answer(text), name="rpc call")
        self._calls.add(task)
        task.add_done_callback(self._end)

    def _cancel_calls(self, _: object) -> None:
        for task in self._calls:
            task.cancel()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._free.release()

    async def _answer(self, text: str | bytes) -> None:
        call_id: protocol.CallId = None
        wants_answer = True
        method = ""
        try:
            request = protocol.decode_request(text)
            call_id = None if request.id is UNSET else request.id
            wants_answer, method = request.wants_answer, request.method
            answer = protocol.encode_result(call_id, await self._call(request))
        except VizyError as error:
            answer = protocol.encode_error(call_id, to_wire(error))
        except Exception:
            _logger.exception("call %r failed", method[:100])
            answer = protocol.encode_error(call_id, protocol.INTERNAL_ERROR)
        if wants_answer:
            try:
                await self._websocket.send(answer, text=True)
            except ConnectionClosed:
                return

    async def _call(self, request: Request) -> Any:
        if request.method not in self._methods:
            raise NotFoundError(f"there is no method {request.method!r}")
        kind, handler = self._methods[request.method]
        try:
            call = msgspec.json.decode(request.params, type=kind)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise InvalidValueError(f"{request.method}: {error}") from error
        return await handler(call, self)

    async def _run(self, coro: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await coro
        except ConnectionClosed:
            return
        except Exception:
            _logger.exception("task %r failed; its client is disconnected", name)
            await self._websocket.close(1011, f"{name} failed")
