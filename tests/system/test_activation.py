"""The web process as systemd starts it: handed-over sockets, readiness, watchdog."""

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.processes import VizyProcesses


class Manager:
    """A service manager's ears."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(20)

    def hear_out(self) -> None:
        """Return once nothing more is said."""
        self._socket.settimeout(0.7)
        with contextlib.suppress(TimeoutError):
            while True:
                self._socket.recv(4096)
        self._socket.settimeout(20)

    def until(self, word: str) -> list[str]:
        """Return all that is heard up to a word."""
        heard = [self._socket.recv(4096).decode()]
        while heard[-1] != word:
            heard.append(self._socket.recv(4096).decode())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


class Activated:
    """The web process with two sockets of systemd."""

    def __init__(self, vizy: VizyProcesses, manager: Manager, **options: str) -> None:
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.http, self.https = (each.getsockname()[1] for each in self.sockets)
        first, second = (each.fileno() for each in self.sockets)
        give = f"exec 100<&{first} 101<&{second}; exec 3<&100 4<&101 100<&- 101<&-"
        names = "LISTEN_FDS=2 LISTEN_FDNAMES=http:https"
        pids = "LISTEN_PID=$$ WATCHDOG_PID=$$"
        self.process = subprocess.Popen(
            ["bash", "-c", f'{give}; {pids} {names} exec "$0" -m web', sys.executable],
            pass_fds=(first, second),
            env=vizy.environ
            | {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "300000"}
            | options,
        )

    def __enter__(self) -> "Activated":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(15)
        for each in self.sockets:
            each.close()


@pytest.fixture
def vizy(tmp_path: Path) -> VizyProcesses:
    return VizyProcesses(tmp_path / "state")  # not started: no camera process is there


def test_it_is_ready_once_the_page_answers_is_fed_and_says_that_it_stops(
    vizy: VizyProcesses, manager: Manager
) -> None:
    with Activated(vizy, manager) as web:
        # Who comes before it is there, waits, and is served: systemd holds the socket.
        early = httpx.get(f"http://127.0.0.1:{web.http}/healthz", timeout=30)
        assert early.json() == {"status": "ok", "hardware": "away"}
        assert manager.until("READY=1")
        manager.until("WATCHDOG=1")
        manager.until("WATCHDOG=1")
        with pytest.raises((httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError)):
            httpx.get(f"https://127.0.0.1:{web.https}/", verify=False, timeout=10)
        web.process.terminate()
        manager.until("STOPPING=1")
        assert web.process.wait(15) == 0


def test_with_tls_the_page_is_at_https_and_http_sends_there(
    vizy: VizyProcesses, manager: Manager
) -> None:
    with Activated(vizy, manager, VIZY_TLS="self-signed") as web:
        manager.until("READY=1")
        plain = httpx.get(
            f"http://127.0.0.1:{web.http}/gallery?kind=still", headers={"Host": "vizy.local:80"}
        )
        assert plain.status_code == 308
        assert plain.headers["location"] == "https://vizy.local/gallery?kind=still"
        posted = httpx.post(f"http://127.0.0.1:{web.http}/login")
        assert (posted.status_code, posted.headers["location"]) == (308, "https://127.0.0.1/login")
        nonsense = httpx.get(f"http://127.0.0.1:{web.http}/", headers={"Host": "a b"})
        assert nonsense.status_code == 400
        page = httpx.get(f"https://127.0.0.1:{web.https}/login", verify=False)
        assert page.status_code == 200
        manager.until("WATCHDOG=1")


def test_a_page_that_answers_nobody_is_not_fed(vizy: VizyProcesses, manager: Manager) -> None:
    with Activated(vizy, manager) as web:
        manager.until("WATCHDOG=1")
        web.process.send_signal(signal.SIGSTOP)
        manager.hear_out()
        web.process.send_signal(signal.SIGCONT)
        manager.until("WATCHDOG=1")
