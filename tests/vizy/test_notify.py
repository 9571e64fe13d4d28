"""Telling the service manager: datagrams as sd_notify sends them."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from vizy.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        is_abstract = request.param == "abstract"
        listening.bind(f"\0{name}" if is_abstract else name)
        listening.settimeout(5)
        yield listening, f"@{name}" if is_abstract else name


def test_each_word_arrives_as_a_datagram(manager: tuple[socket.socket, str]) -> None:
    listening, address = manager
    notify = Notifier({"NOTIFY_SOCKET": address})
    notify.ready()
    notify.feed()
    notify.status("camera:\nready")
    notify.stopping()
    lines = [listening.recv(1000) for _ in range(4)]
    assert lines == [b"READY=1", b"WATCHDOG=1", b"STATUS=camera: ready", b"STOPPING=1"]


def test_without_a_manager_or_with_one_that_is_gone_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).feed()


def test_a_manager_that_does_not_read_is_not_waited_for(
    manager: tuple[socket.socket, str],
) -> None:
    notify = Notifier({"NOTIFY_SOCKET": manager[1]})
    for _ in range(2000):
        notify.feed()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_manager_says_how_often_it_wants_to_be_fed(
    variables: dict[str, str], expected: float | None
) -> None:
    assert Notifier({"NOTIFY_SOCKET": "/run/notify"} | variables).watchdog_s == expected
    assert Notifier(variables).watchdog_s is None
