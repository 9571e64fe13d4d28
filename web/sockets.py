"""The sockets that people come in by: bound here, or handed over by systemd (socket activation).

Called once, before anything else starts, so that a port that cannot be had is told at once. Whoever
calls owns the sockets and closes them.

Source: sd_listen_fds(3).
"""

import errno
import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from vizy.errors import AlreadyRunningError, SettingsError

_FIRST_FD = 3
_UNACKNOWLEDGED_MS = 20_000


@dataclass(frozen=True)
class Doors:
    """Where people come in.

    Attributes:
        page: Sockets that the page is served on.
        plain: With TLS, plain http: it sends everybody on to the page; empty without such a port.
        shut: Without TLS, the port of https: a browser that knocks is turned away at once.
    """

    page: tuple[socket.socket, ...]
    plain: tuple[socket.socket, ...] = ()
    shut: tuple[socket.socket, ...] = ()

    def close(self) -> None:
        """Close all of them."""
        for each in (*self.page, *self.plain, *self.shut):
            each.close()


@dataclass
class _Inherited:
    http: list[socket.socket] = field(default_factory=list[socket.socket])
    https: list[socket.socket] = field(default_factory=list[socket.socket])


def open_doors(host: str, port: int, *, has_tls: bool, environ: MutableMapping[str, str]) -> Doors:
    """Take the sockets that systemd hands over; if it does not, bind one.

    Args:
        host: An address or name of this machine; ``0.0.0.0`` and ``::`` are all of them.
        port: 0 for any free one.
        has_tls: Whether the page is at https.
        environ: Where ``LISTEN_FDS`` and its fellows are; they are taken out, so that no child
            believes in them.

    Raises:
        SettingsError: The host is not one to listen on, or what systemd hands over does not fit.
        AlreadyRunningError: Another program has the port.
    """
    given = _inherited(environ)
    if given is None:
        return Doors((listen(host, port),))
    if not has_tls and given.http:
        return Doors(tuple(given.http), shut=tuple(given.https))
    if has_tls and given.https:
        return Doors(tuple(given.https), plain=tuple(given.http))
    missing, unit = ("https", "vizy-web-tls") if has_tls else ("http", "vizy-web")
    raise SettingsError(
        f"systemd hands over no socket named {missing}, which the page is to be served on: "
        f"run systemctl enable --now {unit}.socket"
    )


def listen(host: str, port: int) -> socket.socket:
    """Bind an address.

    Raises:
        SettingsError: The host is not one to listen on.
        AlreadyRunningError: Another program has the port.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"web.host={host} is no address of this machine: {error}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _forget_who_vanished(bound)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise AlreadyRunningError(
                f"port {port} of {host} is in use by another program: "
                "stop that one, or choose another with --port"
            ) from error
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror}: choose another with --port"
        ) from error
    return bound


def _inherited(environ: MutableMapping[str, str]) -> _Inherited | None:
    """Return what was handed to this very process; None: nothing was."""
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    names = environ.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()) or not count.isdecimal() or count == "0":
        return None
    if len(names) != int(count):
        raise SettingsError(f"systemd hands over {count} sockets and {len(names)} names for them")
    given = _Inherited()
    for fd, name in enumerate(names, _FIRST_FD):
        kinds = {"http": given.http, "https": given.https}
        if name not in kinds:
            raise SettingsError(
                f"systemd hands over a socket named {name!r}: FileDescriptorName= is http or https"
            )
        kinds[name].append(_listening(fd, name))
    return given


def _listening(fd: int, name: str) -> socket.socket:
    try:
        os.set_inheritable(fd, False)
        given = socket.socket(fileno=fd)
        is_stream = given.type == socket.SOCK_STREAM and given.family != socket.AF_UNIX
        if not is_stream or not given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise SettingsError(f"the socket {name} of systemd is no ListenStream= of TCP")
        given.setblocking(False)
        _forget_who_vanished(given)
    except OSError as error:
        raise SettingsError(f"the socket {name} of systemd cannot be used: {error}") from error
    return given


def _forget_who_vanished(bound: socket.socket) -> None:
    """Keep what is not acknowledged for a while only; the connections inherit it."""
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
