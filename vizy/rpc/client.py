"""The JSON-RPC client: one connection that comes back by itself, and calls that cannot hang.

Used on one asyncio loop by the web process, the command and the SDK. A call made while the server
is away fails at once; nothing is queued for later and no call is sent twice.
"""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from msgspec import Raw
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from vizy.errors import (
    BusyError,
    DeviceAwayError,
    DeviceTimeoutError,
    InvalidValueError,
    ProtocolError,
    VizyError,
    from_wire,
)
from vizy.messages import Call
from vizy.rpc import protocol

_logger = logging.getLogger(__name__)
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_MAX_PENDING = 256

R = TypeVar("R")


class RpcClient:
    """Calls a server, and connects again whenever the connection is lost.

    ``async with RpcClient(path) as client: state = await client.call(GetState())``

    Args:
        path: The server's socket.
        timeout_s: How long a call may take, and a connection to open.
        on_connect: Awaited after each connection, for example to subscribe. If it fails, the
            connection is dropped and tried again.
        on_disconnect: Called when a connection is lost.
        on_notification: Called with method and parameters of each notification, in order with the
            answers: an answer's caller runs after it if the notification came first.
        max_message_bytes: A longer message from the server ends the connection.
        ping_s: Interval of keep-alive pings, and how long an answer may take: a server that hangs
            is found out within twice that.

    Attributes:
        connected: Whether calls can be made now.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_s: float = 10.0,
        on_connect: Callable[["RpcClient"], Awaitable[None]] | None = None,
        on_disconnect: Callable[[], None] | None = None,
        on_notification: Callable[[str, Raw], None] | None = None,
        max_message_bytes: int = 4 * 1024 * 1024,
        ping_s: float = 3.0,
    ) -> None:
        self.connected = False
        self._path = path
        self._timeout_s = timeout_s
        self._on_connect = on_connect
        self._on_disconnect = on_disconnect
        self._on_notification = on_notification
        self._max_message_bytes = max_message_bytes
        self._ping_s = ping_s
        self._ids = itertools.count(1)
        self._pending: dict[int, asyncio.Future[protocol.Message | None]] = {}
        self._websocket: ClientConnection | None = None
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start connecting; return once the first attempt has ended, well or not."""
        self._task = asyncio.create_task(self._keep_connected(), name=f"rpc client {self._path}")
        try:
            await self._tried.wait()
        except asyncio.CancelledError:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect for good; calls that wait fail as `DeviceAwayError`."""
        await self._stop()

    async def call(self, request: Call[R], *, timeout_s: float | None = None) -> R:
        """Make a call and wait for its answer.

        Args:
            request: The call.
            timeout_s: Seconds to wait; None takes the client's.

        Returns:
            What the call's ``result`` names.

        Raises:
            DeviceAwayError: Not connected, or the connection was lost before the answer.
            DeviceTimeoutError: No answer in time; whether the call was done is not known.
            BusyError: Too many calls of this client wait for answers.
            InvalidValueError: The call is longer than a server takes; nothing was sent.
            ProtocolError: The answer is not what the call's type says.
            VizyError: The server refused, as the class that it raised.
        """
        if self._websocket is None:
            raise self._away()
        if len(self._pending) >= _MAX_PENDING:
            raise BusyError(f"{len(self._pending)} calls wait for an answer: try again later")
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        call_id = next(self._ids)
        answer: asyncio.Future[protocol.Message | None] = asyncio.get_running_loop().create_future()
        self._pending[call_id] = answer
        try:
            text = _encode(call_id, request)
            async with asyncio.timeout(timeout_s):
                await self._websocket.send(text, text=True)
                message = await answer
        except TimeoutError:
            raise DeviceTimeoutError(
                f"{request.method} was not answered within {timeout_s:g} s"
            ) from None
        except ConnectionClosed as error:
            raise self._away() from error
        finally:
            del self._pending[call_id]
        if message is None:
            raise self._away()
        return _result(request, message)

    async def _keep_connected(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            if await self._connect_once():
                pause_s = _FIRST_PAUSE_S
            self._tried.set()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _connect_once(self) -> bool:
        """Connect and stay until the connection is lost; tell whether it was good."""
        try:
            websocket = await _open(
                self._path, self._timeout_s, self._max_message_bytes, self._ping_s
            )
        except DeviceAwayError as error:
            _logger.debug("%s", error)
            return False
        self._websocket = websocket
        self.connected = True
        greeting = asyncio.create_task(self._greet(websocket), name="rpc greeting")
        try:
            await self._read(websocket)
        finally:
            self.connected = False
            self._websocket = None
            self._give_up_pending()
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)
            await _close(websocket)
            if self._on_disconnect is not None:
                self._on_disconnect()
        return greeting.done() and not greeting.cancelled() and greeting.result()

    async def _greet(self, websocket: ClientConnection) -> bool:
        try:
            if self._on_connect is not None:
                await self._on_connect(self)
        except VizyError as error:
            _logger.warning("%s greeted us with an error: %s", self._path, error)
            await websocket.close(1011, "greeting failed")
            return False
        except Exception:
            _logger.exception("what follows a connection to %s failed", self._path)
            await websocket.close(1011, "greeting failed")
            return False
        finally:
            self._tried.set()
        return True

    async def _read(self, websocket: ClientConnection) -> None:
        try:
            async for text in websocket:
                self._receive(protocol.decode_message(text))
        except ConnectionClosed as error:
            _logger.debug("%s closed: %s", self._path, error)
        except ProtocolError as error:
            _logger.warning("%s is not understood, so it is dropped: %s", self._path, error)

    def _receive(self, message: protocol.Message) -> None:
        if message.method is not None:
            if self._on_notification is not None:
                self._on_notification(message.method, message.params)
            return
        answer = self._pending.get(message.id) if isinstance(message.id, int) else None
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _give_up_pending(self) -> None:
        for answer in self._pending.values():
            if not answer.done():
                answer.set_result(None)

    async def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _away(self) -> DeviceAwayError:
        return DeviceAwayError(f"the hardware process is away: {self._path}: not connected")


async def call_once(path: Path, request: Call[R], *, timeout_s: float = 10.0) -> R:
    """Connect, make one call, and disconnect; for a command.

    Raises:
        DeviceAwayError: Nobody answers there, or no longer; the text says why.
        DeviceTimeoutError: No answer in time.
        InvalidValueError: The call is longer than a server takes.
        ProtocolError: The answer is not what the call's type says.
        VizyError: The server refused, as the class that it raised.
    """
    try:
        async with asyncio.timeout(timeout_s):
            websocket = await _open(path, timeout_s, 4 * 1024 * 1024, None)
            try:
                await websocket.send(_encode(1, request), text=True)
                message = protocol.decode_message(await websocket.recv())
            finally:
                await _close(websocket)
    except TimeoutError:
        raise DeviceTimeoutError(
            f"{request.method} was not answered within {timeout_s:g} s"
        ) from None
    except ConnectionClosed as error:
        raise DeviceAwayError(f"{path} ended the connection: {error}") from error
    return _result(request, message)


def _encode(call_id: int, request: Call[Any]) -> bytes:
    text = protocol.encode_request(call_id, request.method, request)
    if len(text) > protocol.MAX_REQUEST_BYTES:
        raise InvalidValueError(
            f"{request.method}: a call of {len(text)} bytes is above "
            f"{protocol.MAX_REQUEST_BYTES} bytes, the longest: send less at once"
        )
    return text


def _result(request: Call[R], message: protocol.Message) -> R:
    if message.error is not None:
        raise from_wire(message.error)
    try:
        return msgspec.json.decode(message.result, type=request.result)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(
            f"{request.method} was answered with something else: {error}"
        ) from error


async def _open(
    path: Path, timeout_s: float, max_size: int, ping_s: float | None
) -> ClientConnection:
    try:
        return await unix_connect(
            str(path),
            "ws://localhost/",
            compression=None,
            max_size=max_size,
            open_timeout=timeout_s,
            close_timeout=1.0,
            ping_interval=ping_s,
            ping_timeout=ping_s,
            user_agent_header=None,
        )
    except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
        reason = getattr(error, "strerror", None) or str(error) or "no answer"
        raise DeviceAwayError(f"the hardware process is away: {path}: {reason}") from error


async def _close(websocket: ClientConnection) -> None:
    with contextlib.suppress(OSError, WebSocketException):
        await websocket.close()
