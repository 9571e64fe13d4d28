"""`PromptProtocol`: uvicorn's HTTP, on which a request has to be there soon.

uvicorn waits for ever for the head of a request: whoever opens connections and says nothing, or a
letter now and then, would hold every file descriptor that the process may have. h11 also bounds the
head's length, which uvicorn's other parser does not. Event loop only.
"""

# pyright: reportUnknownMemberType=false
# uvicorn's protocol leaves some of its attributes without types.

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 15.0


class PromptProtocol(H11Protocol):
    """One connection, closed when the head of a request takes too long."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; what begins a request has to end its head soon."""
        if not self._is_served and self._late is None:
            self._wait()
        super().data_received(data)
        if self._is_served or self.transport.get_protocol() is not self:  # a WebSocket's
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: nobody is there."""
        self._wait_no_more()
        super().connection_lost(exc)

    @property
    def _is_served(self) -> bool:
        """Whether a request is being answered."""
        return bool(self.cycle) and not self.cycle.response_complete

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
