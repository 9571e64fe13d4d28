"""`ShutterButton`: a press of the button takes a picture.

The button tells of presses on a thread of its own; they are taken one after another on the loop. A
press that comes while eight wait is dropped and said so in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hardware.pins import Press
from vizy.errors import VizyError

logger = logging.getLogger("vizy.hardware")

MAX_WAITING = 8


class ShutterButton:
    """Hands presses to the shutter.

    Args:
        take: Takes a picture.
    """

    def __init__(self, take: Callable[[], Awaitable[Any]]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._presses: asyncio.Queue[Press] = asyncio.Queue(MAX_WAITING)

    def pressed(self, press: Press) -> None:
        """Take a press; on any thread, returns at once."""
        self._loop.call_soon_threadsafe(self._put, press)

    def _put(self, press: Press) -> None:
        if press == "long":
            logger.info("a long press is for recording, which this version does not do")
            return
        try:
            self._presses.put_nowait(press)
        except asyncio.QueueFull:
            logger.warning("the button: %d presses wait already, one is dropped", MAX_WAITING)

    async def run(self) -> None:
        """Take a picture for each press, until cancelled."""
        while True:
            await self._presses.get()
            try:
                await self._take()
            except VizyError as error:
                logger.warning("the button: no picture: %s", error)
