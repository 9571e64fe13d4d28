"""The reading end of ``frames.sock``: always the newest frame, never a queue of old ones.

Used by the web process on its loop (asyncio's or uvloop). It never makes the daemon wait, and holds
at most the one frame that it hands out.
"""

import asyncio
import contextlib
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from vizy.errors import (
    DeviceAwayError,
    DeviceTimeoutError,
    FrameOvertakenError,
    NotFoundError,
    ProtocolError,
)
from vizy.frames.ring import Frame, FrameReader
from vizy.frames.wire import MAX_ANSWER_BYTES, NOTICE_BYTES, Hello, decode_answer


class FrameClient:
    """Reads one stream of the daemon's frames.

    ``async with FrameClient(path) as frames: async for frame in frames: ...``

    Args:
        path: The daemon's ``frames.sock``.
        stream: Which stream.
        timeout_s: How long the daemon may take to answer at the start.
    """

    def __init__(self, path: Path, stream: str = "encoded", *, timeout_s: float = 5.0) -> None:
        self._path = path
        self._stream = stream
        self._timeout_s = timeout_s
        self._last = 0
        self._readable = asyncio.Event()
        self._gone = False

    async def __aenter__(self) -> Self:
        """Connect, and get the ring.

        Raises:
            DeviceAwayError: Nobody listens there, or the daemon ended the connection.
            DeviceTimeoutError: The daemon did not answer in time.
            NotFoundError: The daemon refused; the text says why, for example no such stream.
            ProtocolError: The answer or the ring cannot be understood.
        """
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connect()
            self._ring = await self._open()
        except BaseException:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._on_readable)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._ring.close()

    def __aiter__(self) -> Self:
        """Iterate over frames, newest first of all that came since the last one."""
        return self

    async def __anext__(self) -> Frame:
        """Wait for a frame newer than the last, and return the newest.

        Raises:
            DeviceAwayError: The daemon went away.
        """
        while True:
            await self._readable.wait()
            self._readable.clear()
            if self._gone:
                self._readable.set()
                raise self._away()
            with contextlib.suppress(FrameOvertakenError):
                frame = self._ring.newest()
                if frame is not None and frame.sequence > self._last:
                    missed = frame.sequence - self._last - 1 if self._last else 0
                    self._last = frame.sequence
                    return msgspec.structs.replace(frame, missed=missed)

    def _connect(self) -> None:
        self._socket.setblocking(False)
        try:
            self._socket.connect(str(self._path))
        except OSError as error:
            raise self._away() from error
        with contextlib.suppress(OSError):  # refused already: the answer says why
            self._socket.send(msgspec.json.encode(Hello(self._stream)), socket.MSG_NOSIGNAL)

    async def _open(self) -> FrameReader:
        answered = asyncio.Event()
        self._loop.add_reader(self._socket, answered.set)
        try:
            async with asyncio.timeout(self._timeout_s):
                await answered.wait()
        except TimeoutError:
            raise DeviceTimeoutError(
                f"{self._path} did not answer within {self._timeout_s:g} s"
            ) from None
        finally:
            self._loop.remove_reader(self._socket)
        packet, fds = self._receive_answer()
        try:
            return self._read_answer(packet, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def _receive_answer(self) -> tuple[bytes, list[int]]:
        try:
            packet, fds, _, _ = socket.recv_fds(
                self._socket, MAX_ANSWER_BYTES, 1, socket.MSG_CMSG_CLOEXEC
            )
        except OSError as error:
            raise self._away() from error
        return packet, fds

    def _read_answer(self, packet: bytes, fds: list[int]) -> FrameReader:
        if not packet:
            raise self._away()
        if detail := decode_answer(packet).error:
            raise NotFoundError(f"{self._path} refused {self._stream!r}: {detail}")
        if len(fds) != 1:
            raise ProtocolError(f"{self._path} answered without a frame ring")
        return FrameReader(fds[0])

    def _on_readable(self) -> None:
        """Take all waiting notices; they only say that the ring holds something new."""
        try:
            while self._socket.recv(NOTICE_BYTES):
                self._readable.set()
        except BlockingIOError:
            return
        except OSError:
            pass
        self._gone = True
        self._readable.set()
        self._loop.remove_reader(self._socket)

    def _away(self) -> DeviceAwayError:
        return DeviceAwayError(f"the hardware process is away: {self._path} does not answer")
