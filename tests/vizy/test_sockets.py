"""Peers and listening sockets."""

import os
import socket
from pathlib import Path

import pytest

from vizy.errors import AlreadyRunningError, StorageError
from vizy.peer import Peer, PeerPolicy, peer_of
from vizy.sockets import UnixListener


def test_the_kernel_tells_who_the_peer_is() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        peer = peer_of(ours)
    assert (peer.pid, peer.uid, peer.gid) == (os.getpid(), os.geteuid(), os.getegid())
    assert peer.groups == frozenset(os.getgroups())


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        (Peer(1, 0, 0), True),
        (Peer(1, 500, 500), True),
        (Peer(1, 501, 500), False),
        (Peer(1, 501, 77), True),
        (Peer(1, 501, 501, frozenset({4, 77})), True),
        (Peer(1, 501, 501, frozenset({0, 4})), False),
    ],
)
def test_a_peer_is_allowed_by_user_or_by_any_of_its_groups(peer: Peer, allowed: bool) -> None:
    policy = PeerPolicy(uids=frozenset({0, 500}), gids=frozenset({77}))
    assert policy.allows(peer) is allowed


def test_a_group_that_does_not_exist_lets_nobody_in() -> None:
    policy = PeerPolicy.of_group("no-such-group-here")
    assert policy.gids == frozenset()
    assert policy.uids == {0, os.geteuid()}
    assert PeerPolicy.of_group("root").gids == {0}


def test_a_stale_socket_file_is_cleared_away(state_dir: Path) -> None:
    path = state_dir / "s.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    listener = UnixListener(path, socket.SOCK_STREAM)
    assert path.stat().st_mode & 0o777 == 0o660
    listener.close()
    assert not path.exists()


def test_a_living_server_is_named_and_left_alone(state_dir: Path) -> None:
    path = state_dir / "s.sock"
    first = UnixListener(path, socket.SOCK_SEQPACKET)
    with pytest.raises(AlreadyRunningError, match=f"is served by process {os.getpid()}"):
        UnixListener(path, socket.SOCK_SEQPACKET)
    with pytest.raises(AlreadyRunningError):
        UnixListener(path, socket.SOCK_STREAM)
    assert path.exists()
    first.close()


def test_closing_leaves_the_file_of_a_successor(state_dir: Path) -> None:
    path = state_dir / "s.sock"
    first = UnixListener(path, socket.SOCK_STREAM)
    path.unlink()
    second = UnixListener(path, socket.SOCK_STREAM)
    first.close()
    assert path.exists()
    second.close()


def test_a_file_that_is_no_socket_is_kept_and_told(state_dir: Path) -> None:
    path = state_dir / "s.sock"
    path.write_text("mine")
    with pytest.raises(StorageError, match="cannot be listened on: Address already in use"):
        UnixListener(path, socket.SOCK_STREAM)
    assert path.read_text() == "mine"


def test_a_missing_folder_is_told(state_dir: Path) -> None:
    with pytest.raises(StorageError, match="cannot be listened on"):
        UnixListener(state_dir / "no" / "s.sock", socket.SOCK_STREAM)
