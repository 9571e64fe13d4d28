"""`Relay`: a slow link in front of a server: passes on what it gets at so many bits a second.

Runs on the loop of whoever opens it. Its buffers are small, so the server feels the link's pace as
it would feel a real one's.
"""

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

_BUFFER_BYTES = 8192
_PIECE_BYTES = 2048


class Relay:
    """Listens on a loopback port while it is open.

    Args:
        host: Of the server.
        port: Of the server.
        bits: That the server's answers get a second; what is sent to it is not slowed down.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, host: str, port: int, bits: float) -> None:
        self._target = (host, port)
        self._bits = bits
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_BUFFER_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        near = writer.get_extra_info("socket")
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        # Cancelled when the relay is closed: asyncio's server would report that as an error.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._join(reader, writer)
        writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        far.setblocking(False)
        await asyncio.get_running_loop().sock_connect(far, self._target)
        answers, server = await asyncio.open_connection(sock=far, limit=_BUFFER_BYTES)
        server.transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        try:
            ways = {
                asyncio.create_task(self._pass(reader, server, None)),
                asyncio.create_task(self._pass(answers, writer, self._bits)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            server.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bits: float | None
    ) -> None:
        loop = asyncio.get_running_loop()
        free_s = loop.time()
        while data := await reader.read(_PIECE_BYTES):
            if bits:
                free_s = max(free_s, loop.time()) + len(data) * 8 / bits
                await asyncio.sleep(free_s - loop.time())
            writer.write(data)
            await writer.drain()
