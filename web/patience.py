"""`cancelled_after`: how long a reader's link may take nothing. Runs on the web loop."""

import asyncio
import contextlib
from collections.abc import Generator


@contextlib.contextmanager
def cancelled_after(seconds: float) -> Generator[None, None, None]:
    """Cancel this task if it does not come back in time.

    Around a ``yield`` this limits how long the server may take to write what was yielded: the
    writing happens in the same task.
    """
    task = asyncio.current_task()
    assert task is not None
    timer = asyncio.get_running_loop().call_later(seconds, task.cancel)
    try:
        yield
    finally:
        timer.cancel()
