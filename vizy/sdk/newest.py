"""`newest`: reads a source as fast as it gives and hands out the newest, never a queue.

Used on one loop. The source is read in a task of its own, which ends with the iteration.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def newest(source: AsyncIterator[T], name: str) -> AsyncGenerator[T, None]:
    """Yield the newest item whenever there is a newer one; what came between is left out.

    Args:
        source: What to read; it ends this with its end or its error.
        name: Of the task that reads.
    """
    news = asyncio.Event()
    latest: list[T] = []

    async def read() -> None:
        async for item in source:
            latest[:] = [item]
            news.set()

    reading = asyncio.create_task(read(), name=name)
    reading.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            if latest:
                yield latest.pop()
            elif reading.done():
                reading.result()
                return
            if reading.done():
                news.set()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
