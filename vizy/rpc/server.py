"""The JSON-RPC server: who may connect, how many, how much; each client is a `Connection`.

Runs on one asyncio loop, the daemon's. Bounds: clients at once, calls in flight per client (the
next is not read until one is answered) and bytes per message. Keep-alive pings end a client that
does not answer, and with it what waits to be sent to it.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, unix_serve

from vizy.messages import Call
from vizy.peer import Peer, PeerPolicy, peer_of
from vizy.rpc import protocol
from vizy.rpc.connection import Connection, Handler
from vizy.sockets import UnixListener

_logger = logging.getLogger(__name__)
_CLOSE_TIMEOUT_S = 1.0
_MAX_QUEUE = 4  # messages read ahead of a client's next call


class RpcServer:
    """Serves calls on a Unix socket.

    Args:
        path: Where to listen.
        handlers: The handler of each kind of call.
        policy: Who may connect; None is root, this user and the group ``vizy``.
        max_message_bytes: A longer message closes its connection (1009).
        max_clients: Connections at once; one more is closed (1013).
        max_in_flight: Calls of one client that are worked on at once; the next waits.
        ping_s: Interval of keep-alive pings, and how long an answer may take.
    """

    def __init__(
        self,
        path: Path,
        handlers: Mapping[type[Call[Any]], Handler],
        *,
        policy: PeerPolicy | None = None,
        max_message_bytes: int = protocol.MAX_REQUEST_BYTES,
        max_clients: int = 32,
        max_in_flight: int = 32,
        ping_s: float = 20.0,
    ) -> None:
        self._path = path
        self._methods = {kind.method: (kind, handler) for kind, handler in handlers.items()}
        self._policy = policy or PeerPolicy.of_group()
        self._max_message_bytes = max_message_bytes
        self._max_clients = max_clients
        self._max_in_flight = max_in_flight
        self._ping_s = ping_s
        self._clients: set[ServerConnection] = set()
        self._listener: UnixListener | None = None
        self._server: Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            AlreadyRunningError: A living process listens there; the text names it.
            StorageError: The socket's file cannot be made.
        """
        listener = UnixListener(self._path, socket.SOCK_STREAM)
        self._server = await unix_serve(
            self._serve,
            sock=listener.socket,
            compression=None,
            max_size=self._max_message_bytes,
            max_queue=_MAX_QUEUE,
            ping_interval=self._ping_s,
            ping_timeout=self._ping_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            server_header=None,
        )
        self._listener = listener

    async def close(self) -> None:
        """Stop listening, tell all clients, and end their calls."""
        if self._server is None or self._listener is None:
            return
        self._server.close()
        try:
            async with asyncio.timeout(2 * _CLOSE_TIMEOUT_S):
                await self._server.wait_closed()
        except TimeoutError:
            _logger.warning("clients that do not close are cut off: %d", len(self._clients))
            for client in self._clients:
                client.transport.abort()
        self._listener.close()
        self._server = self._listener = None

    async def _serve(self, websocket: ServerConnection) -> None:
        peer = self._admit(websocket)
        if isinstance(peer, tuple):
            await websocket.close(*peer)
            return
        self._clients.add(websocket)
        try:
            await Connection(websocket, peer, self._methods, self._max_in_flight).serve()
        except Exception:
            _logger.exception("the connection of process %d failed", peer.pid)
        finally:
            self._clients.discard(websocket)

    def _admit(self, websocket: ServerConnection) -> Peer | tuple[int, str]:
        """Return the peer, or the code and reason to close with."""
        with contextlib.suppress(OSError):
            peer = peer_of(websocket.transport.get_extra_info("socket"))
            if not self._policy.allows(peer):
                _logger.warning("refused user %d, process %d", peer.uid, peer.pid)
                return 1008, f"user {peer.uid} may not connect"
            if len(self._clients) >= self._max_clients:
                return 1013, f"{len(self._clients)} clients are connected, the most"
            return peer
        return 1008, "the peer is not known"
