"""`kernel_addresses`: the addresses of this machine, where no service tells them. Reads only."""

import fcntl
import socket
import struct

_SIOCGIFADDR = 0x8915  # Source: netdevice(7), linux/sockios.h
_SIOCGIFNETMASK = 0x891B


def kernel_addresses() -> dict[str, tuple[str, ...]]:
    """Return each interface that has an IPv4 address, but for loopback, and its addresses."""
    found: dict[str, tuple[str, ...]] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            address = _asked(asking, _SIOCGIFADDR, name)
            mask = _asked(asking, _SIOCGIFNETMASK, name)
            if address is None or mask is None or address.startswith("127."):
                continue
            (bits,) = struct.unpack("!I", socket.inet_aton(mask))
            found[name] = (f"{address}/{bits.bit_count()}",)
    return found


def _asked(asking: socket.socket, request: int, name: str) -> str | None:
    try:
        answer = fcntl.ioctl(asking, request, struct.pack("256s", name.encode()[:15]))
    except OSError:  # it has none
        return None
    return socket.inet_ntoa(answer[20:24])
