"""`Alive`: tells the service manager that the page answers, by asking for it as a browser would.

One task on the web loop. It feeds the watchdog only with an answer that came over the page's own
socket: a loop that hangs asks nothing, and a server that accepts nobody answers nothing.
"""

import asyncio
import logging
import socket
import ssl

from vizy.notify import Notifier

_logger = logging.getLogger("vizy.web")

_FIRST = "/login"
_AGAIN = "/healthz"
_LIMIT_S = 10.0
_RETRY_S = 0.2
_SHARE = 1 / 3  # of the manager's time, so that one late answer is not the end


class Alive:
    """Asks the server for its pages.

    Args:
        notify: The way to the manager.
        bound: A socket that the page is served on.
        has_tls: Whether it speaks TLS.
    """

    def __init__(self, notify: Notifier, bound: socket.socket, *, has_tls: bool) -> None:
        self._notify = notify
        host, port = bound.getsockname()[:2]
        self._address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port
        self._tls = _unverified() if has_tls else None  # it is ourselves
        self._is_failing = False

    async def keep(self) -> None:
        """Say that it is ready once the page answers, then feed until cancelled."""
        if not self._notify.has_manager:
            return
        while not await self.answers(_FIRST):  # noqa: ASYNC110 -- uvicorn has no event
            await asyncio.sleep(_RETRY_S)
        self._notify.ready()
        self._notify.status("the page answers")
        if self._notify.watchdog_s is None:
            return
        while True:
            if await self.answers(_AGAIN):
                self._notify.feed()
            await asyncio.sleep(self._notify.watchdog_s * _SHARE)

    async def answers(self, path: str) -> bool:
        """Ask for a page; tell whether a whole answer came in time, and log when that changes."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                failure = await self._ask(path)
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            failure = str(error) or f"no answer within {_LIMIT_S:g} s"
        if bool(failure) != self._is_failing:
            self._is_failing = bool(failure)
            if failure:
                _logger.error("the page does not answer: %s", failure)
                self._notify.status(f"the page does not answer: {failure}")
            else:
                _logger.warning("the page answers again")
                self._notify.status("the page answers")
        return not failure

    async def _ask(self, path: str) -> str:
        """Return what is wrong with the answer; empty: nothing."""
        host, port = self._address
        reader, writer = await asyncio.open_connection(host, port, ssl=self._tls, limit=1 << 20)
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
            )
            status = (await reader.readline()).split(b" ")
            await reader.read()
        finally:
            writer.transport.abort()
        code = status[1] if len(status) > 1 else b""
        is_page = code.startswith((b"2", b"3"))
        return "" if is_page else f"{path} answers {code.decode(errors='replace') or 'nothing'}"


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
