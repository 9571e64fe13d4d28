"""Checks of the web process: does it answer, under which names, and who else has its port."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from msgspec import DecodeError, Struct, json, structs

from vizy.cli.doctor.finding import Finding, ok, warning, wrong
from vizy.settings import Settings, WebSettings

_TIMEOUT_S = 5.0
_LISTENING = "0A"  # Source: include/net/tcp_states.h, as /proc/net/tcp shows it
_MISDIRECTED = 421


class _Health(Struct):
    """What ``/healthz`` tells."""

    status: str
    hardware: str


def check_web(settings: Settings, proc: Path = Path("/proc")) -> Finding:
    """See whether the web process answers at its port."""
    port = settings.web.port
    if port == 0:
        return ok("web process", "it takes any free port: its log tells which")
    try:
        status, body = _get(settings.web, "127.0.0.1")
    except ConnectionRefusedError:
        cure = "start it with `vizy run`, or name its port with --port"
        return wrong("web process", f"nothing listens on port {port}", cure)
    except (OSError, http.client.HTTPException) as error:
        if _answers_otherwise(settings.web):
            other = "http" if settings.web.tls != "off" else "https"
            return wrong(
                "web process",
                f"it answers at port {port} by {other}, and web.tls is {settings.web.tls}",
                "restart it: the setting counts from then on",
            )
        return _another(port, f"what listens on port {port} is no web server: {error}", proc)
    try:
        health = json.decode(body, type=_Health)
    except DecodeError:
        return _another(port, f"what listens on port {port} is not Vizy ({status})", proc)
    if health.hardware == "ready":
        return ok("web process", f"it answers at port {port}, and the camera is there")
    return warning(
        "web process",
        f"it answers at port {port}; to it the camera is {health.hardware}",
        "see what stands above of the hardware process",
    )


def check_certificate(settings: Settings) -> Finding:
    """Tell the certificate that the page is shown with, to compare with what a browser sees."""
    web = settings.web
    if web.tls == "off":
        return ok("certificate", "none: web.tls is off, and the page is at http")
    connection = _connection(web)
    try:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        shown = connection.sock.getpeercert(binary_form=True) or b""
    except OSError:
        return warning("certificate", "the web process does not answer", "see above")
    finally:
        connection.close()
    return ok("certificate", f"{web.tls}, sha256 {sha256(shown).digest().hex(':').upper()}")


def check_names(settings: Settings, hostname: str | None = None) -> Finding:
    """See whether others find the page under this machine's name."""
    host = settings.web.host
    if _near(host) == host and host.startswith(("127.", "localhost", "::1")):
        return ok("names", f"web.host is {host}: only this machine can open the page")
    name = f"{hostname or socket.gethostname()}.local"
    try:
        status, _ = _get(settings.web, name)
    except (OSError, http.client.HTTPException):
        return warning("names", "the web process does not answer", "see above")
    if status == _MISDIRECTED:
        cure = f"restart the web process, or set web.hosts to {name}"
        return wrong("names", f"it refuses to be {name}", cure)
    more = f", {settings.web.hosts}" if settings.web.hosts else ""
    return ok("names", f"it is {name}{more}, and every address of this machine")


def who_listens(port: int, proc: Path = Path("/proc")) -> str:
    """Name the process that has a port; empty when it is not to be seen.

    Source: proc_pid_net(5), proc_pid_fd(5).
    """
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    for folder in sorted(proc.glob("[0-9]*")):
        if not inodes.isdisjoint(_links(folder / "fd")):
            with contextlib.suppress(OSError):
                return f"{(folder / 'comm').read_text().strip()}, process {folder.name}"
    return ""


def _links(folder: Path) -> Iterator[str]:
    """Go through what a process has open, as far as that may be seen."""
    with contextlib.suppress(OSError):
        for link in folder.iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                yield str(link.readlink())


def _inodes(port: int, proc: Path) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _another(port: int, text: str, proc: Path) -> Finding:
    who = who_listens(port, proc)
    return wrong(
        "web process",
        f"{text}: it is {who}" if who else text,
        "stop that program, or give Vizy another port: --port, or web.port in the settings",
    )


def _near(host: str) -> str:
    """Return the address at which this machine reaches what listens on a host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _connection(web: WebSettings) -> http.client.HTTPConnection:
    host = _near(web.host)
    if web.tls == "off":
        return http.client.HTTPConnection(host, web.port, timeout=_TIMEOUT_S)
    # Whether it answers is asked, not who: the certificate need not name this address.
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, web.port, timeout=_TIMEOUT_S, context=anybody)


def _answers_otherwise(web: WebSettings) -> bool:
    """Whether there is Vizy all the same, as the settings were before."""
    other = structs.replace(web, tls="self-signed" if web.tls == "off" else "off")
    try:
        return bool(json.decode(_get(other, "127.0.0.1")[1], type=_Health))
    except (OSError, http.client.HTTPException, DecodeError):
        return False


def _get(web: WebSettings, name: str) -> tuple[int, bytes]:
    """Ask for ``/healthz`` under a name; return status and body."""
    connection = _connection(web)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{name}:{web.port}"})
        answer = connection.getresponse()
        return answer.status, answer.read(64 * 1024)
    finally:
        connection.close()
