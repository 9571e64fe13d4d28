"""`Watched`: a coroutine that is found out when it blocks the event loop.

An ``async def`` callback that sleeps or reads a serial port without awaiting stops every browser.
It is not stopped, but named in the log. Event loop only.
"""

import functools
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any

logger = logging.getLogger("dash_devices")

TOO_LONG_S = 1.0


class Watched:
    """Runs a coroutine function and times each of its steps.

    Args:
        work: What to call; not called if it is cancelled before it starts.
        name: Of the callback, for the log.
    """

    def __init__(self, work: Callable[[], Awaitable[Any]], name: str) -> None:
        self._work = work
        self._name = name

    async def result(self) -> Any:
        """Run it and return what it returns."""
        return await self

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._work().__await__()
        step: Callable[[], Any] = functools.partial(steps.send, None)
        while True:
            began = time.monotonic()
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value
            finally:
                held_s = time.monotonic() - began
                if held_s > TOO_LONG_S:
                    logger.warning(
                        "callback %s kept the event loop, and every browser, for %.1f s: make it "
                        "a plain def, which runs in a thread, or await what takes long",
                        self._name,
                        held_s,
                    )
            try:
                step = functools.partial(steps.send, (yield waits_for))
            except BaseException as error:  # noqa: BLE001 - a cancellation too is its to handle
                step = functools.partial(steps.throw, error)
