"""`Clock`: the time as jobs see it, so that a test can let days pass in a moment.

On the loop. What must not drift or jump is measured with `monotonic`; `now` is what the device's
clock shows, which may be wrong by years until the network has set it.
"""

import asyncio
import contextlib
import time
from datetime import datetime


class Clock:
    """The device's own clocks."""

    def monotonic(self) -> float:
        """Return seconds that only pass, from no particular moment."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the local time of day, with its time zone."""
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event, at most so long; tell whether it is set."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return event.is_set()
