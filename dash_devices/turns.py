"""`Turns`: callbacks that use a device run in its turn, whoever asked.

What shared callbacks and the serialised ones of one browser (`Services.S2`) have in common: the
queues of the devices, a run with its deadline, and the one answer that a browser gets. Runs on the
event loop.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash_devices import protocol
from dash_devices.clients import Client
from dash_devices.dependencies import PropId, is_state_like
from dash_devices.dispatch import error_text, execute, execution_context
from dash_devices.domain import Domain
from dash_devices.errors import DomainError
from dash_devices.protocol import Update

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")

MAX_DOMAINS = 256
"""With so many, those at rest are forgotten: a function may name a new one for each browser."""

DomainOf = str | Callable[[Client | None], str]
"""The device that a callback uses, or a function that tells it of the browser that asks."""


@dataclass(frozen=True, kw_only=True)
class QueuedCallback:
    """A callback that waits for its turn.

    Attributes:
        id: As Dash writes its outputs.
        name: Of the function, for people.
        domain: The device.
        coalesce: Whether a newer run replaces a waiting one; None: for values, not for clicks.
        timeout_s: After so long without return this is said.
    """

    id: str
    name: str
    domain: DomainOf
    coalesce: bool | None
    timeout_s: float

    def coalesces(self, changed: Iterable[PropId]) -> bool:
        """Whether a waiting run may be replaced by a newer one of the same inputs."""
        if self.coalesce is not None:
            return self.coalesce
        return all(is_state_like(prop_id) for prop_id in changed)

    def domain_for(self, client: Client | None) -> str:
        """The name of the device that a run uses."""
        if isinstance(self.domain, str):
            return self.domain
        try:
            name: Any = self.domain(client)
        except Exception as error:
            raise DomainError(f"{self.name}: domain= failed for {client}: {error!r}") from error
        if not isinstance(name, str):
            raise DomainError(f"{self.name}: domain= returned {name!r} for {client}, not a name")
        return name


class Waiter:
    """The browser and the request that a run answers; only the first answer counts."""

    def __init__(self, client: Client, request: int) -> None:
        self._client = client
        self._request = request
        self._is_answered = False

    def done(self, status: int = 204, body: str | bytes | None = None) -> None:
        """Answer."""
        self._send(protocol.response(self._request, status, body))

    def failed(self, text: str, status: int = 500) -> None:
        """Answer with an error, as dev tools show it."""
        self._send(protocol.failure(self._request, status, text))

    def _send(self, message: bytes) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._client.send(message)


class Turns:
    """The queues of all devices of one application."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._domains: dict[str, Domain] = {}

    def domain(self, name: str) -> Domain:
        """Return the queue of a device, made when it is first named."""
        if name not in self._domains and len(self._domains) >= MAX_DOMAINS:
            for other in [domain for domain in self._domains.values() if domain.is_idle]:
                self._domains.pop(other.name).release()
        return self._domains.setdefault(name, Domain(name))

    async def run(
        self,
        callback: QueuedCallback,
        update: Update,
        domain: Domain,
        *,
        client: Client | None,
        waiter: Waiter | None,
    ) -> str | None:
        """Run a callback whose turn has come; return Dash's answer.

        One that takes too long is reported, and keeps its turn: the device is in use.

        Raises:
            Exception: Whatever the callback raised.
        """
        context = execution_context(self._app, update, client)
        running = asyncio.ensure_future(execute(self._app, update, context, domain.call))
        try:
            done, _ = await asyncio.wait({running}, timeout=callback.timeout_s)
            if not done:
                text = (
                    f"{callback.name} has not returned for {callback.timeout_s:g} s; "
                    f"{len(domain)} changes of {domain.name!r} wait behind it"
                )
                self._fail(text, text, waiter)
                await asyncio.wait({running})
            if running.cancelled():
                raise RuntimeError(f"{callback.name} was cancelled from inside")
            return running.result()
        finally:
            running.cancel()

    def failed(self, callback: QueuedCallback, error: Exception, waiter: Waiter | None) -> None:
        """Say that a run failed: in the log, and to whoever asked or else to every dev tools."""
        logger.error("callback %s failed", callback.name, exc_info=error)
        self._fail(f"callback {callback.name} failed", error_text(self._app, error), waiter)

    def _fail(self, title: str, text: str, waiter: Waiter | None) -> None:
        if waiter is None:
            self._app.complaints.say(title, text)
        else:
            if title == text:
                logger.error("callback %s", text)
            waiter.failed(text)

    async def close(self) -> None:
        """Stop every queue; what waits is dropped."""
        while self._domains:
            _, domain = self._domains.popitem()
            await domain.close()
