"""The few bytes of a WebSocket client that only opens, says a text and counts what comes.

A real client would cost more than the servers that are measured. Only the standard library, and no
peer: the process of the clients stays small.
"""

import struct

PATHS = {
    "ours": "/_dash-devices/socket",
    "stock": "/_dash-ws-callback",
    "socketio": "/socket.io/?EIO=4&transport=websocket",
}


def upgrade(kind: str, port: int) -> bytes:
    """Return the request that opens a socket to a kind of peer."""
    lines = [
        f"GET {PATHS[kind]} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Origin: http://127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version: 13",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def text_frame(text: str) -> bytes:
    """Return a text as a client's frame; its mask is zero, which changes nothing."""
    data = text.encode()
    size = len(data)
    head = (
        struct.pack("!BB", 0x81, 0x80 | size)
        if size < 126
        else (struct.pack("!BBH", 0x81, 0x80 | 126, size))
    )
    return head + bytes(4) + data
