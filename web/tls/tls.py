"""`Tls`: the certificate in use, and its renewal while the server runs.

Made at the start on a worker thread; then its task looks every hour, and what is new counts from
the next handshake on. Connections that are open keep what they have.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from vizy.errors import SettingsError, VizyError
from vizy.settings import Settings
from web.tls import openssl
from web.tls.certificate import Certificate
from web.tls.context import context_of
from web.tls.self_signed import SelfSigned

logger = logging.getLogger("vizy.web")

_LOOK_S = 3600.0
_SOON_S = 14 * 86_400


class Tls:
    """What is shown to whoever connects.

    Args:
        files: Returns the files of certificate and key, and sees to it that they are there.
        now: The clock, in seconds since 1970.

    Attributes:
        context: For the server; it stays the same.
        certificate: The one in use.

    Raises:
        SettingsError: A file cannot be used, or the certificate has ended.
        VizyError: One could not be made.
    """

    def __init__(
        self, files: Callable[[], tuple[Path, Path]], *, now: Callable[[], float] = time.time
    ) -> None:
        self._files = files
        self._now = now
        certificate, key = files()
        self.context: ssl.SSLContext = context_of(certificate, key)
        self._current = self.context
        self.context.sni_callback = self._take_current
        self.certificate: Certificate = self._read(certificate)
        self._tell()

    def renew(self) -> None:
        """Take up a certificate that has come since.

        Raises:
            SettingsError: What is there now cannot be used; the one before stays in use.
            VizyError: One could not be made; likewise.
        """
        certificate, key = self._files()
        found = self._read(certificate)
        if found != self.certificate:
            # A whole new one: a context that is given another certificate while somebody shakes
            # hands has for a moment a certificate and the key of another.
            self._current = context_of(certificate, key)
            self.certificate = found
            self._tell()

    async def keep(self, look_s: float = _LOOK_S) -> None:
        """Renew when it is time; runs until cancelled."""
        while True:
            await asyncio.sleep(look_s)
            try:
                await asyncio.to_thread(self.renew)
            except VizyError as error:
                logger.error("the certificate is not renewed: %s", error.detail)

    def _take_current(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> None:
        """Let a handshake go on with the context in use; called in each, with a name or without."""
        connection.context = self._current

    def _read(self, path: Path) -> Certificate:
        found = openssl.read(path)
        if found.ends_s <= self._now():
            raise SettingsError(
                f"{path}: the certificate has ended on {_day(found.ends_s)}: put a new one there, "
                "set web.tls to another value, or correct the clock"
            )
        return found

    def _tell(self) -> None:
        shown = self.certificate
        logger.info("certificate: sha256 %s", shown.fingerprint)
        if shown.ends_s - self._now() < _SOON_S:
            logger.warning("%s: the certificate ends on %s", shown.file, _day(shown.ends_s))


def tls_of(settings: Settings) -> Tls | None:
    """Return what the settings ask for; None: plain http.

    Raises:
        VizyError: As of `Tls`.
    """
    web = settings.web
    if web.tls == "self-signed":
        return Tls(SelfSigned(Path(settings.state_dir, "web")).files)
    if web.tls == "own" and web.certificate and web.key:
        own = Path(web.certificate), Path(web.key)
        return Tls(lambda: own)
    return None


def _day(time_s: float) -> str:
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d}"
