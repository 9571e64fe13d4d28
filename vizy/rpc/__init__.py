"""Typed JSON-RPC 2.0 over WebSocket over a Unix socket: the server's end.

The client's is in `vizy.rpc.client`: who serves need not have it in memory.
"""

from vizy.peer import Peer, PeerPolicy
from vizy.rpc.connection import Connection, Handler
from vizy.rpc.server import RpcServer

__all__ = ["Connection", "Handler", "Peer", "PeerPolicy", "RpcServer"]
