"""Who is at the other end of a Unix socket, and whether they may be there.

Called by both socket servers on their loop, once per connection. The kernel vouches for what it
says; nothing that the peer sends is believed.
"""

import array
import grp
import os
import socket
import struct

from msgspec import Struct

_CREDENTIALS = struct.Struct("3i")  # Source: struct ucred in unix(7): pid, uid, gid
_MAX_GROUPS_BYTES = 1024  # the most that Python's getsockopt takes: 256 groups
_SO_PEERGROUPS = 59  # Source: asm-generic/socket.h; Python has no name for it


class Peer(Struct, frozen=True):
    """The process at the other end: its ids, and its supplementary groups."""

    pid: int
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()


class PeerPolicy(Struct, frozen=True):
    """Who may connect: these users, and members of these groups."""

    uids: frozenset[int]
    gids: frozenset[int] = frozenset()

    @classmethod
    def of_group(cls, name: str = "vizy") -> "PeerPolicy":
        """Allow root, this process' own user, and members of a group if there is such a group."""
        try:
            gids = frozenset({grp.getgrnam(name).gr_gid})
        except KeyError:
            gids = frozenset[int]()
        return cls(uids=frozenset({0, os.geteuid()}), gids=gids)

    def allows(self, peer: Peer) -> bool:
        """Tell whether this peer may connect."""
        return peer.uid in self.uids or not self.gids.isdisjoint(peer.groups | {peer.gid})


def peer_of(connection: socket.socket) -> Peer:
    """Ask the kernel who is at the other end of a connected Unix socket.

    Raises:
        OSError: The socket is not connected.
    """
    size = _CREDENTIALS.size
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, uid, gid = _CREDENTIALS.unpack(credentials)
    return Peer(pid, uid, gid, _groups_of(connection))


def _groups_of(connection: socket.socket) -> frozenset[int]:
    groups = array.array("I")
    try:
        groups.frombytes(
            connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MAX_GROUPS_BYTES)
        )
    except OSError:  # a member of more groups than fit, or an old kernel: uid and gid must do
        return frozenset()
    return frozenset(groups)
