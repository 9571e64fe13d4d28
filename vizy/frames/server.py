"""The daemon's end of ``frames.sock``: hands out the rings and tells readers of new frames.

`start`, `close` and everything about connections run on the daemon's loop; `publish` is called from
the encoder's thread, one thread per stream. The two share one thing: a tuple of readers per stream
that the loop replaces and the thread only iterates over. `publish` never waits: a reader whose
socket is full misses a notice, and catches up from the ring at the next.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from vizy.errors import ProtocolError
from vizy.frames.ring import FrameWriter
from vizy.frames.wire import MAX_HELLO_BYTES, Answer, FrameNotice, decode_hello, encode_notice
from vizy.peer import PeerPolicy, peer_of
from vizy.sockets import UnixListener

_logger = logging.getLogger(__name__)
_SEND_BUFFER_BYTES = 4096  # a few notices: a slow reader shall not wade through old ones
_ACCEPT_PAUSE_S = 0.5
_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class _Reader:
    """One connection; its descriptor is closed once neither the loop nor `publish` holds it.

    Closing it any earlier could let `publish` send to whatever got the same number next.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = ""
        self.missed = 0
        self.deadline: asyncio.TimerHandle | None = None

    def __del__(self) -> None:
        self.connection.close()


class FrameServer:
    """Serves frame rings to the processes that may read them.

    Args:
        path: Where to listen.
        writer_streams: Stream name to its ring; the rings stay the caller's.
        on_readers: Called on the loop with a stream and its number of readers whenever that
            changes: the encoder runs only while it is above zero.
        policy: Who may connect; None is root, this user and the group ``vizy``.
        max_readers: Connections at once; one more is refused.
        hello_timeout_s: How long a connection may take to say what it wants.
    """

    def __init__(
        self,
        path: Path,
        writer_streams: Mapping[str, FrameWriter],
        *,
        on_readers: Callable[[str, int], None],
        policy: PeerPolicy | None = None,
        max_readers: int = 16,
        hello_timeout_s: float = 5.0,
    ) -> None:
        self._path = path
        self._streams = writer_streams
        self._on_readers = on_readers
        self._policy = policy or PeerPolicy.of_group()
        self._max_readers = max_readers
        self._hello_timeout_s = hello_timeout_s
        self._waiting: set[_Reader] = set()
        self._readers: dict[str, tuple[_Reader, ...]] = dict.fromkeys(writer_streams, ())
        self._listener: UnixListener | None = None
        self._pause: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            AlreadyRunningError: A living process listens there.
            StorageError: The socket's file cannot be made.
        """
        self._loop = asyncio.get_running_loop()
        self._listener = UnixListener(self._path, socket.SOCK_SEQPACKET)
        self._resume()

    async def close(self) -> None:
        """Stop listening and let all readers go."""
        if self._listener is None:
            return
        self._loop.remove_reader(self._listener.socket)
        if self._pause is not None:
            self._pause.cancel()
        self._listener.close()
        self._listener = None
        for reader in [*self._waiting, *(r for group in self._readers.values() for r in group)]:
            self._drop(reader)

    def readers(self, stream: str) -> int:
        """Return how many readers a stream has."""
        return len(self._readers[stream])

    def publish(self, stream: str, notice: FrameNotice) -> None:
        """Tell a stream's readers of a new frame; from the encoder's thread, never waits."""
        packet = encode_notice(notice)
        for reader in self._readers[stream]:
            try:
                reader.connection.send(packet, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                reader.missed += 1
            except OSError:
                continue  # gone: the loop sees the end of its stream and drops it

    def _resume(self) -> None:
        assert self._listener is not None
        self._pause = None
        self._loop.add_reader(self._listener.socket, self._accept)

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.socket.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:  # ready until there is room: do not spin
                _logger.warning("no reader can be taken now: %s", error.strerror)
                self._loop.remove_reader(self._listener.socket)
                self._pause = self._loop.call_later(_ACCEPT_PAUSE_S, self._resume)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        reader = _Reader(connection)
        if refusal := self._refusal(connection):
            self._refuse(reader, refusal)
            return
        self._waiting.add(reader)
        self._loop.add_reader(connection, self._on_hello, reader)
        reader.deadline = self._loop.call_later(
            self._hello_timeout_s,
            lambda: self._refuse(reader, f"no hello within {self._hello_timeout_s:g} s"),
        )

    def _refusal(self, connection: socket.socket) -> str:
        try:
            peer = peer_of(connection)
        except OSError as error:
            return f"the peer is not known: {error}"
        if not self._policy.allows(peer):
            _logger.warning("refused user %d, process %d", peer.uid, peer.pid)
            return f"user {peer.uid} may not read frames"
        count = len(self._waiting) + sum(map(len, self._readers.values()))
        return f"{count} readers are connected, the most" if count >= self._max_readers else ""

    def _on_hello(self, reader: _Reader) -> None:
        try:
            packet = reader.connection.recv(MAX_HELLO_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._drop(reader)
            return
        try:
            stream = decode_hello(packet).stream
        except ProtocolError as error:
            self._refuse(reader, error.detail)
            return
        if stream not in self._streams:
            known = ", ".join(sorted(self._streams))
            self._refuse(reader, f"there is no stream {stream!r}: there is {known}")
            return
        self._take(reader, stream)

    def _take(self, reader: _Reader, stream: str) -> None:
        self._settle(reader)
        reader.stream = stream
        answer = msgspec.json.encode(Answer())
        try:
            socket.send_fds(reader.connection, [answer], [self._streams[stream].fd])
        except OSError:
            self._drop(reader)
            return
        self._readers[stream] = (*self._readers[stream], reader)
        self._loop.add_reader(reader.connection, self._on_end, reader)
        self._on_readers(stream, len(self._readers[stream]))

    def _on_end(self, reader: _Reader) -> None:
        with contextlib.suppress(BlockingIOError):
            with contextlib.suppress(OSError):
                if reader.connection.recv(1):
                    _logger.warning("a reader of %s says more than hello: dropped", reader.stream)
            self._drop(reader)

    def _refuse(self, reader: _Reader, detail: str) -> None:
        with contextlib.suppress(OSError):
            reader.connection.send(msgspec.json.encode(Answer(detail)), socket.MSG_NOSIGNAL)
            reader.connection.recv(1)  # a hello left unread would reset the peer's end
        self._drop(reader)

    def _drop(self, reader: _Reader) -> None:
        self._settle(reader)
        self._loop.remove_reader(reader.connection)
        with contextlib.suppress(OSError):
            reader.connection.shutdown(socket.SHUT_RDWR)
        group = self._readers.get(reader.stream, ())
        if reader in group:
            self._readers[reader.stream] = tuple(other for other in group if other is not reader)
            self._on_readers(reader.stream, len(group) - 1)

    def _settle(self, reader: _Reader) -> None:
        """End the wait for a reader's hello, if it was on."""
        self._waiting.discard(reader)
        if reader.deadline is not None:
            reader.deadline.cancel()
            reader.deadline = None
