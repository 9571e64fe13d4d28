"""The reading end of ``frames.sock``: always the newest frame, never a queue of old ones.

Used on a loop (asyncio's or uvloop) by the web process and by programs on the device. It never
makes the daemon wait, and holds at most the one frame that it hands out.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import msgspec

from vizy.errors import (
    DeviceAwayError,
    DeviceTimeoutError,
    FrameOvertakenError,
    ProtocolError,
    VizyError,
    from_wire,
)
from vizy.frames.frame import Frame, FrameView
from vizy.frames.ring import FrameReader
from vizy.frames.wire import ENCODED, MAX_ANSWER_BYTES, NOTICE_BYTES, Hello, decode_answer


class _Numbered(Protocol):
    @property
    def sequence(self) -> int: ...


N = TypeVar("N", bound=_Numbered)


class FrameClient:
    """Reads one stream of the daemon's frames.

    ``async with FrameClient(path) as frames: async for frame in frames: ...``

    Args:
        path: The daemon's ``frames.sock``.
        stream: ``encoded`` for JPEG, ``raw`` for pixels.
        width: Of encoded pictures, in pixels, 16 to 8192; None and anything wider: as the camera
            gives them. The height follows.
        quality: Of encoded pictures, 1 to 100; None: as it is set in the settings.
        timeout_s: How long the daemon may take to answer at the start.
    """

    def __init__(
        self,
        path: Path,
        stream: str = ENCODED,
        *,
        width: int | None = None,
        quality: int | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        self._path = path
        self._wants = Hello(stream, width, quality)
        self._timeout_s = timeout_s
        self._last = 0
        self._ring: FrameReader | None = None
        self._readable = asyncio.Event()
        self._failure: VizyError | None = None

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            DeviceAwayError: Nobody listens there, or the daemon ended the connection.
            DeviceTimeoutError: The daemon did not answer in time.
            NotFoundError: There is no such stream, or this user may not read it.
            BusyError: As many read, or as many sizes and qualities are read, as there may be.
            ProtocolError: The daemon does not understand the wish, or its answer is not one.
        """
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connect()
            await self._answer()
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
        """Disconnect; views that are still held stay readable."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        if self._ring is not None:
            self._ring.close()

    def __aiter__(self) -> Self:
        """Iterate over frames, newest first of all that came since the last one."""
        return self

    async def __anext__(self) -> Frame:
        """Wait for a frame newer than the last, and return a copy of the newest.

        Raises:
            DeviceAwayError: The daemon went away.
            ProtocolError: What it sent is no frame ring.
        """
        frame, missed = await self._newer(lambda ring: ring.newest())
        return msgspec.structs.replace(frame, missed=missed)

    async def view(self) -> FrameView:
        """Wait for a frame newer than the last, and return the newest where it lies: no copy.

        Raises:
            DeviceAwayError: The daemon went away.
            ProtocolError: What it sent is no frame ring.
        """
        view, missed = await self._newer(lambda ring: ring.view_newest())
        view.missed = missed
        return view

    async def _newer(self, take: Callable[[FrameReader], N | None]) -> tuple[N, int]:
        while True:
            await self._readable.wait()
            if self._failure is not None:
                raise self._failure
            self._readable.clear()
            assert self._ring is not None, "the first notice brings it"
            with contextlib.suppress(FrameOvertakenError):
                found = take(self._ring)
                if found is not None and found.sequence > self._last:
                    missed = found.sequence - self._last - 1 if self._last else 0
                    self._last = found.sequence
                    return found, missed

    def _connect(self) -> None:
        self._socket.setblocking(False)
        try:
            self._socket.connect(str(self._path))
        except OSError as error:
            raise self._away() from error
        with contextlib.suppress(OSError):  # refused already: the answer says why
            self._socket.send(msgspec.json.encode(self._wants), socket.MSG_NOSIGNAL)

    async def _answer(self) -> None:
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
        try:
            packet = self._socket.recv(MAX_ANSWER_BYTES)
        except OSError as error:
            raise self._away() from error
        if not packet:
            raise self._away()
        if (error := decode_answer(packet).error) is not None:
            refusal = from_wire(error)
            raise type(refusal)(f"{self._path} refused {self._wants.stream!r}: {refusal}")

    def _on_readable(self) -> None:
        """Take all waiting notices; they only say that the ring, or a new one, has news."""
        try:
            while self._receive():
                self._readable.set()
            self._failure = self._away()
        except BlockingIOError:
            return
        except OSError:
            self._failure = self._away()
        except ProtocolError as error:
            self._failure = error
        self._readable.set()
        self._loop.remove_reader(self._socket)

    def _receive(self) -> bytes:
        packet, fds, _, _ = socket.recv_fds(self._socket, NOTICE_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
        for fd in fds:
            try:
                ring = FrameReader(fd)
            finally:
                os.close(fd)
            if self._ring is not None:
                self._ring.close()
            self._ring = ring
        if packet and self._ring is None:
            raise ProtocolError(f"{self._path} told of a frame and gave no frame ring")
        return packet

    def _away(self) -> DeviceAwayError:
        return DeviceAwayError(
            f"the hardware process is away: {self._path} does not answer: start it with "
            "`vizy run`, or set VIZY_STATE_DIR to the folder that it runs with"
        )
