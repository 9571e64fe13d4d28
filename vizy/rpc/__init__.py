"""Typed JSON-RPC 2.0 over WebSocket over a Unix socket: both ends."""

from vizy.peer import Peer, PeerPolicy
from vizy.rpc.client import RpcClient, call_once
from vizy.rpc.connection import Connection, Handler
from vizy.rpc.server import RpcServer

__all__ = ["Connection", "Handler", "Peer", "PeerPolicy", "RpcClient", "RpcServer", "call_once"]
