"""`Sending`: how many files are sent at once; `SentBody`: the body of one such response.

On the web loop; what reads the disk runs on a thread, one chunk at a time, and never ahead of the
reader.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Iterator
from types import TracebackType
from typing import Self

from quart.wrappers.response import ResponseBody

from vizy.errors import OverloadedError
from web.patience import cancelled_after


class Sending:
    """So many at once and no more.

    Args:
        what: Of what, for the message.
        limit: How many at once.
        stall_s: Who takes nothing for so long is let go.
    """

    def __init__(self, what: str, limit: int, *, stall_s: float = 60.0) -> None:
        self._what = what
        self._limit = limit
        self.stall_s = stall_s
        self.places = asyncio.Semaphore(limit)

    def check(self) -> None:
        """Refuse, while a refusal can still be said.

        Raises:
            OverloadedError: As many are being sent as may be.
        """
        if self.places.locked():
            raise OverloadedError(
                f"{self._limit} {self._what} are being sent, as many as may be: try again"
            )


class SentBody(ResponseBody):
    """A body that is read while it is sent, with a place in a `Sending` for as long."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    async def __aenter__(self) -> Self:
        """Take a place; of those that came at the same moment the last wait."""
        await self._sending.places.acquire()
        self._sent = self._send()
        return self

    async def __aexit__(self, exc_type: type, exc_value: BaseException, tb: TracebackType) -> None:
        """Give the place back, however it ended."""
        try:
            await self._sent.aclose()
        finally:
            self._sending.places.release()

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Return what is sent."""
        return self._sent

    @abstractmethod
    def chunks(self) -> Iterator[bytes]:
        """Yield the body; each step runs on a thread."""

    async def _send(self) -> AsyncGenerator[bytes, None]:
        chunks = self.chunks()
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            with cancelled_after(self._sending.stall_s):
                yield chunk
