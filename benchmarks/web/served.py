"""What is measured, served: ours, which is two processes, or a plain program, which is one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hardware.process import child, daemon
from tests.system import people
from tests.system.processes import READY, Process

OURS = "ours"
EACH = "Flask, encodes for each viewer"
BROADCAST = "Flask, encodes once, a thread each"
_KINDS = {EACH: "each", BROADCAST: "broadcast"}


@dataclass(frozen=True)
class Served:
    """One of them.

    Attributes:
        peer: Its name in the table.
        port: Where it listens.
        pid: Of the process that serves.
        daemon_pid: Of the process with the camera, if that is another.
        state_dir: Ours has one.
    """

    peer: str
    port: int
    pid: int
    daemon_pid: int | None = None
    state_dir: Path | None = None

    @property
    def url(self) -> str:
        """Where its page is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def kind(self) -> str:
        """How its pictures are had."""
        return "live" if self.peer == OURS else "mjpeg"


@contextmanager
def served(peer: str) -> Iterator[Served]:
    """Serve one of them until it is let go; its camera is `StampedCamera`."""
    if peer == OURS:
        with ours() as running:
            yield running
        return
    with child("plain", _KINDS[peer], package="web") as program:
        assert program.stdout
        yield Served(peer, int(program.stdout.readline()), program.pid)


@contextmanager
def ours() -> Iterator[Served]:
    """Serve ours, with people who are signed in already."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VIZY_")}
    with daemon("benchmarks.web.stamped") as camera:
        state_dir = Path(camera.settings.state_dir)
        people.move_in(state_dir, time.time())
        options = {
            "VIZY_STATE_DIR": str(state_dir),
            "VIZY_PORT": "0",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={state_dir}/no-bus",
        }
        web = Process("web", clean | options)
        try:
            url = web.until_line(READY["web"])[1].rstrip("/")
            yield Served(OURS, int(url.rpartition(":")[2]), web.pid, camera.pid, state_dir)
        finally:
            web.stop()
