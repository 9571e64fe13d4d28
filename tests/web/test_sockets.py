"""Sockets that systemd hands over: taken when they fit, refused by name when they do not."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TAKE = """
import os, sys
from vizy.errors import SettingsError
from web.sockets import open_doors
try:
    doors = open_doors("127.0.0.1", 0, has_tls=sys.argv[1] == "tls", environ=os.environ)
except SettingsError as error:
    print(error)
else:
    kinds = doors.page, doors.plain, doors.shut
    ports = [[each.getsockname()[1] for each in kind] for kind in kinds]
    print(ports, sorted(name for name in os.environ if name.startswith("LISTEN_")))
"""


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    made = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    yield made
    for each in made:
        each.close()


def take(given: list[socket.socket], names: str, *, mode: str = "", pid: str = "$$") -> str:
    """Hand sockets to a process as systemd does, and return what it makes of them."""
    told = f"LISTEN_PID={pid} LISTEN_FDS={len(given)} LISTEN_FDNAMES={names}"
    start = f'{told} exec "$0" -c "$1" "$2"'
    # By way of high numbers, so that none is lost when another takes its place.
    high = " ".join(f"{fd + 100}<&{each.fileno()}" for fd, each in enumerate(given, 3))
    moves = " ".join(f"{fd}<&{fd + 100}" for fd, _ in enumerate(given, 3))
    run = subprocess.run(
        ["bash", "-c", f"exec {high}; exec {moves}; {start}", sys.executable, TAKE, mode],
        pass_fds=[each.fileno() for each in given],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    return run.stdout.strip()


def test_http_serves_the_page_and_https_is_shut_or_the_other_way_round(
    sockets: list[socket.socket],
) -> None:
    first, second, third = (each.getsockname()[1] for each in sockets)
    assert take(sockets, "http:http:https") == f"[[{first}, {second}], [], [{third}]] []"
    assert (
        take(sockets, "http:http:https", mode="tls") == f"[[{third}], [{first}, {second}], []] []"
    )


def test_what_was_meant_for_another_process_is_not_taken(sockets: list[socket.socket]) -> None:
    ports = take(sockets[:1], "http", pid="1")
    assert str(sockets[0].getsockname()[1]) not in ports


@pytest.mark.parametrize(
    ("names", "mode", "said"),
    [
        ("http:web:https", "", "a socket named 'web': FileDescriptorName= is http or https"),
        ("http:https", "", "hands over 3 sockets and 2 names"),
        ("http:http:http", "tls", "no socket named https.*enable --now vizy-web-tls.socket"),
        ("https:https:https", "", "no socket named http,.*enable --now vizy-web.socket"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    sockets: list[socket.socket], names: str, mode: str, said: str
) -> None:
    answer = take(sockets, names, mode=mode)
    assert re.search(said, answer), answer


def test_a_socket_of_another_kind_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.bind(("127.0.0.1", 0))
        assert "the socket http of systemd is no ListenStream= of TCP" in take([packets], "http")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert "no ListenStream= of TCP" in take([deaf], "http")
