"""`Notifier`: tells the service manager how this process does (sd_notify).

Used by both processes on their loops. Without systemd, or another manager that sets
``NOTIFY_SOCKET``, each call does nothing. It never waits and never raises: a manager that does not
listen is no reason to stop. systemd-python would do the same and needs a compiler on every machine.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """The way to the service manager.

    Args:
        environ: Where ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` are.

    Attributes:
        has_manager: Whether a service manager wants to be told.
        watchdog_s: The manager kills this process if it is not fed for so long; None: it does not.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        self.has_manager = bool(path)
        usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        is_meant = self._address and usec.isdecimal() and pid in ("", str(os.getpid()))
        self.watchdog_s = int(usec) / 1e6 if is_meant and int(usec) else None

    def ready(self) -> None:
        """Say that the process serves."""
        self._send("READY=1")

    def feed(self) -> None:
        """Say that there was progress since the last time."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line how it does."""
        self._send(f"STATUS={text.replace(chr(10), ' ')}")

    def stopping(self) -> None:
        """Say that the process ends."""
        self._send("STOPPING=1")

    def _send(self, line: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way,
        ):
            way.setblocking(False)
            way.sendto(line.encode(), self._address)
