"""`ShutterButton`: a short press takes a picture, a long one starts or stops a recording.

The button tells of presses on a thread of its own; they are taken one after another on the loop. A
press that comes while eight wait is dropped and said so in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hardware.jobs import Jobs
from hardware.pins import Press
from vizy.errors import VizyError
from vizy.jobs import Recording

logger = logging.getLogger("vizy.hardware")

MAX_WAITING = 8


class ShutterButton:
    """Hands presses to the shutter.

    Args:
        take: Takes a picture.
        record: Starts a recording, or stops the one that runs.
    """

    def __init__(
        self, take: Callable[[], Awaitable[Any]], record: Callable[[], Awaitable[Any]]
    ) -> None:
        self._actions = {"short": take, "long": record}
        self._loop = asyncio.get_running_loop()
        self._presses: asyncio.Queue[Press] = asyncio.Queue(MAX_WAITING)

    def pressed(self, press: Press) -> None:
        """Take a press; on any thread, returns at once."""
        self._loop.call_soon_threadsafe(self._put, press)

    def _put(self, press: Press) -> None:
        try:
            self._presses.put_nowait(press)
        except asyncio.QueueFull:
            logger.warning("the button: %d presses wait already, one is dropped", MAX_WAITING)

    async def run(self) -> None:
        """Act on each press, until cancelled."""
        while True:
            press = await self._presses.get()
            try:
                await self._actions[press]()
            except VizyError as error:
                logger.warning("the button: a %s press did nothing: %s", press, error)


async def switch_recording(jobs: Jobs) -> None:
    """Stop the recording that runs, whoever started it, or start one.

    Raises:
        VizyError: It could not be started; the text says why.
    """
    for state in jobs.active:
        if isinstance(state.spec, Recording):
            await jobs.stop(state.id)
            return
    await jobs.start(Recording())
