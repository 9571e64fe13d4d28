"""The daemon's end of ``frames.sock``: takes readers in, and keeps a feed for what they want.

Everything here runs on the daemon's loop; the feeds' frames come from other threads and pass by it
(`vizy.frames.feed`). A feed exists from its first reader to its last.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from vizy.errors import BusyError, NotFoundError, ProtocolError, VizyError, to_wire
from vizy.frames.feed import FeedReader, FrameFeed
from vizy.frames.wire import MAX_HELLO_BYTES, Answer, Hello, decode_hello
from vizy.peer import PeerPolicy, peer_of
from vizy.sockets import UnixListener

_logger = logging.getLogger(__name__)
_SEND_BUFFER_BYTES = 4096  # a few notices: a slow reader shall not wade through old ones
_ACCEPT_PAUSE_S = 0.5
_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Feeds = Mapping[Hello, FrameFeed]


class _Reader(FeedReader):
    """One connection, and what is known of it."""

    wants: Hello | None = None
    deadline: asyncio.TimerHandle | None = None


class FrameServer:
    """Serves streams of frames to the processes that may read them.

    Args:
        path: Where to listen.
        open_feed: Called on the loop with what a reader wants when nobody reads that yet, and with
            all that are read; returns a new feed, or raises a `VizyError` to refuse.
        on_readers: Called on the loop with all that are read whenever a reader came or went:
            frames are made only for these.
        policy: Who may connect; None is root, this user and the group ``vizy``.
        max_readers: Connections at once; one more is refused.
        hello_timeout_s: How long a connection may take to say what it wants.
    """

    def __init__(
        self,
        path: Path,
        *,
        open_feed: Callable[[Hello, Feeds], FrameFeed],
        on_readers: Callable[[Feeds], None],
        policy: PeerPolicy | None = None,
        max_readers: int = 16,
        hello_timeout_s: float = 5.0,
    ) -> None:
        self._path = path
        self._open_feed = open_feed
        self._on_readers = on_readers
        self._policy = policy or PeerPolicy.of_group()
        self._max_readers = max_readers
        self._hello_timeout_s = hello_timeout_s
        self._waiting: set[_Reader] = set()
        self._readers: set[_Reader] = set()
        self._feeds: dict[Hello, FrameFeed] = {}
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
        for reader in self._waiting | self._readers:
            self._drop(reader)

    @property
    def readers(self) -> int:
        """How many read, whatever they read."""
        return len(self._readers)

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
        late = ProtocolError(f"no hello within {self._hello_timeout_s:g} s")
        reader.deadline = self._loop.call_later(
            self._hello_timeout_s, lambda: self._refuse(reader, late)
        )

    def _refusal(self, connection: socket.socket) -> VizyError | None:
        try:
            peer = peer_of(connection)
        except OSError as error:
            return NotFoundError(f"the peer is not known: {error}")
        if not self._policy.allows(peer):
            _logger.warning("refused user %d, process %d", peer.uid, peer.pid)
            return NotFoundError(f"user {peer.uid} may not read frames")
        count = len(self._waiting) + len(self._readers)
        if count >= self._max_readers:
            return BusyError(f"{count} readers are connected, the most: try again later")
        return None

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
            self._take(reader, decode_hello(packet))
        except VizyError as error:
            self._refuse(reader, error)

    def _take(self, reader: _Reader, wants: Hello) -> None:
        feed = self._feeds.get(wants)
        if feed is None:
            feed = self._open_feed(wants, self._feeds)
        self._settle(reader)
        try:
            reader.connection.send(msgspec.json.encode(Answer()), socket.MSG_NOSIGNAL)
        except OSError:
            self._drop(reader)
            return
        reader.wants = wants
        self._readers.add(reader)
        self._feeds[wants] = feed
        feed.readers = (*feed.readers, reader)
        self._loop.add_reader(reader.connection, self._on_end, reader)
        self._on_readers(self._feeds)

    def _on_end(self, reader: _Reader) -> None:
        with contextlib.suppress(BlockingIOError):
            with contextlib.suppress(OSError):
                if reader.connection.recv(1):
                    _logger.warning("a reader of %s says more than hello: dropped", reader.wants)
            self._drop(reader)

    def _refuse(self, reader: _Reader, error: VizyError) -> None:
        answer = msgspec.json.encode(Answer(to_wire(error)))
        with contextlib.suppress(OSError):
            reader.connection.send(answer, socket.MSG_NOSIGNAL)
            reader.connection.recv(1)  # a hello left unread would reset the peer's end
        self._drop(reader)

    def _drop(self, reader: _Reader) -> None:
        self._settle(reader)
        self._loop.remove_reader(reader.connection)
        with contextlib.suppress(OSError):
            reader.connection.shutdown(socket.SHUT_RDWR)
        if reader not in self._readers:
            return
        self._readers.discard(reader)
        assert reader.wants is not None
        feed = self._feeds[reader.wants]
        feed.readers = tuple(other for other in feed.readers if other is not reader)
        if not feed.readers:
            del self._feeds[reader.wants]
        self._on_readers(self._feeds)

    def _settle(self, reader: _Reader) -> None:
        """End the wait for a reader's hello, if it was on."""
        self._waiting.discard(reader)
        if reader.deadline is not None:
            reader.deadline.cancel()
            reader.deadline = None
