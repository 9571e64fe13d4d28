"""`SelfSigned`: the certificate that the device makes for itself, and keeps.

Key and certificate are one file, so that no power cut can part them. On any thread but the loop's.
"""

import contextlib
import logging
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from vizy.errors import SettingsError
from vizy.files import make_folder, remove_leftovers, write_durably
from web.tls import openssl
from web.tls.context import context_of

logger = logging.getLogger("vizy.web")

FOLDER = "tls"
NAME = "pair.pem"

# Source: support.apple.com/103769, which lets no certificate of a server be valid for longer.
_DAYS = 825
_ANEW_S = 30 * 86_400
_TIMEOUT_S = 10.0
_LONGEST = 64  # of a common name: RFC 5280, appendix A.1
_HOSTNAME = re.compile(r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*")


class SelfSigned:
    """The pair in ``STATE_DIR/web/tls``, for its owner's eyes only.

    Args:
        folder: ``STATE_DIR/web``; it need not exist.
        now: The clock, in seconds since 1970.
        hostname: Returns the machine's name.
        addresses: Returns the machine's addresses.
    """

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], float] = time.time,
        hostname: Callable[[], str] = socket.gethostname,
        addresses: Callable[[], list[str]] | None = None,
    ) -> None:
        self.path = folder / FOLDER / NAME
        self._now = now
        self._hostname = hostname
        self._addresses = addresses or machine_addresses

    def files(self) -> tuple[Path, Path]:
        """Return the files of certificate and key, made anew if it is time.

        Another address is no reason: browsers would ask again whenever a router says so.

        Raises:
            NotPossibleError: There is no ``openssl``.
            StorageError: The disk refused; what was there is still there.
        """
        host = self._hostname().lower()
        why = self._why_anew(host)
        if why:
            logger.info("making a self-signed certificate for %s: %s", host, why)
            of = host[:_LONGEST] if _HOSTNAME.fullmatch(host) else "vizy"
            pair = openssl.make_pair(of, self._names(host), days=_DAYS)
            for folder in (self.path.parent.parent, self.path.parent):
                make_folder(folder, mode=0o700)
            remove_leftovers(self.path.parent)
            write_durably(self.path, pair, replace=True, mode=0o600)
        return self.path, self.path

    def _why_anew(self, host: str) -> str:
        if not self.path.exists():
            return "there is none"
        try:
            found = openssl.read(self.path)
            context_of(self.path, self.path)
        except SettingsError as error:
            return error.detail
        if found.ends_s - self._now() < _ANEW_S:
            return "the one before ends soon"
        if _HOSTNAME.fullmatch(host) and host not in found.names:
            return "this machine has another name now"
        return ""

    def _names(self, host: str) -> list[str]:
        own = [host] if host.endswith(".local") else [host, f"{host}.local"]
        names = [*(own if _HOSTNAME.fullmatch(host) else ()), "localhost"]
        addresses = ["127.0.0.1", "::1", *self._addresses()]
        return [
            *(f"DNS:{name}" for name in dict.fromkeys(names)),
            *(f"IP:{address}" for address in dict.fromkeys(addresses)),
        ]


class _Address(Struct):
    local: str = ""


class _Interface(Struct):
    addr_info: list[_Address] = []


def machine_addresses() -> list[str]:
    """Return this machine's addresses in its networks; none where ``ip`` does not tell."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, msgspec.DecodeError):
        shown = subprocess.run(
            ["ip", "-json", "address", "show", "scope", "global"],
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        ).stdout
        found = msgspec.json.decode(shown, type=list[_Interface])
        return [each.local for interface in found for each in interface.addr_info if each.local]
    return []
