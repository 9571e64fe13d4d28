"""Listening on a Unix socket: a stale file is cleared away, a living server is not.

Called by both socket servers at their start and end, on their loop; nothing here waits longer than
a second.
"""

import contextlib
import socket
from pathlib import Path

from vizy.errors import AlreadyRunningError, StorageError
from vizy.peer import peer_of

_MODE = 0o660
_PROBE_TIMEOUT_S = 1.0


class UnixListener:
    """A listening Unix socket and its file, which only its owner and group may open.

    Attributes:
        socket: Listening and non-blocking.

    Raises:
        AlreadyRunningError: A living process listens there; the text names it.
        StorageError: The socket's file cannot be made.
    """

    def __init__(self, path: Path, kind: socket.SocketKind, *, backlog: int = 64) -> None:
        self._path = path
        _clear_stale(path, kind)
        self.socket = socket.socket(socket.AF_UNIX, kind)
        try:
            self.socket.bind(str(path))
            path.chmod(_MODE)
            self.socket.listen(backlog)
            self.socket.setblocking(False)
            self._inode = path.stat().st_ino
        except OSError as error:
            self.socket.close()
            reason = error.strerror or str(error)
            raise StorageError(f"{path} cannot be listened on: {reason}") from error

    def close(self) -> None:
        """Stop listening; remove the file unless another server has put its own there."""
        self.socket.close()
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


def _clear_stale(path: Path, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.settimeout(_PROBE_TIMEOUT_S)
        try:
            probe.connect(str(path))
            holder = f"process {peer_of(probe).pid}"
        except (FileNotFoundError, NotADirectoryError):
            return
        except ConnectionRefusedError:
            if path.is_socket():
                path.unlink(missing_ok=True)
            return
        except OSError as error:
            holder = f"another process ({error.strerror or error})"
    raise AlreadyRunningError(f"{path} is served by {holder}: stop it first or use another folder")
