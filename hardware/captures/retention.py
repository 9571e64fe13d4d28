"""`Retention`: deletes captures that are too old or take too much, as the owner set it.

On the daemon's loop, after each capture and every few minutes. What is protected stays. Age counts
only while the clock is to be believed (decision 0014): synchronised, or never seen to jump.
"""

import asyncio
import logging

from hardware.captures.catalog import Catalog
from hardware.captures.clock import ClockWatch, Look
from hardware.captures.room import say_gone
from hardware.captures.rows import Rows
from vizy.errors import VizyError
from vizy.settings import StorageSettings

_logger = logging.getLogger(__name__)
_INTERVAL_S = 300.0
_AT_ONCE = 50
_DAY_S = 86_400.0
_LONGEST_REST_S = 7 * _DAY_S
_DOUBTED = "clock doubted"


class Retention:
    """The rules about age and size.

    Args:
        catalog: The captures, opened.
        settings: ``keep_days`` and ``keep_bytes``.
        clock: Says what time it is.
        interval_s: How often it looks when nothing is captured.

    Attributes:
        settings: As given; may be changed at any time.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: StorageSettings,
        clock: ClockWatch,
        *,
        interval_s: float = _INTERVAL_S,
    ) -> None:
        self._catalog = catalog
        self.settings = settings
        self._clock = clock
        self._interval_s = interval_s
        self._last_row = 0  # of those before this start: their dates are not ours to mend
        self._is_doubted: bool | None = None

    async def run(self) -> None:
        """Look after each capture and every few minutes, until cancelled."""
        while True:
            try:
                await self.look()
            except VizyError as error:
                _logger.warning("captures are not looked through: %s", error)
            try:
                async with asyncio.timeout(self._interval_s):
                    await self._catalog.grown.wait()
            except TimeoutError:
                pass
            self._catalog.grown.clear()

    async def look(self) -> None:
        """Delete what the rules say.

        Raises:
            StorageError: The disk refused.
        """
        if self._is_doubted is None:
            await self._start()
        look = self._clock.look()
        await self._judge(look)
        if self.settings.keep_days is not None and not self._is_doubted:
            await self._delete_old(look.now_s - self.settings.keep_days * _DAY_S)
        if self.settings.keep_bytes is not None:
            await self._delete_beyond(self.settings.keep_bytes)

    async def _start(self) -> None:
        now_s = self._clock.look().now_s

        def ask(rows: Rows) -> tuple[int, bool]:
            newest_s = rows.newest_date()
            has_rested = newest_s is not None and now_s - newest_s > _LONGEST_REST_S
            return rows.last_row(), has_rested or rows.is_marked(_DOUBTED)

        self._last_row, self._is_doubted = await self._catalog.ask(ask)

    async def _judge(self, look: Look) -> None:
        """Decide whether the clock is to be believed, and mend what it dated before a jump."""
        doubted = not look.is_synchronised and (self._is_doubted is True or look.jump_s != 0)
        if doubted == self._is_doubted and look.jump_s == 0:
            return
        if doubted and self.settings.keep_days is not None:
            _logger.warning(
                "the clock was set or rested for long, and no time server confirms it: "
                "storage.keep_days waits until one does"
            )

        def tell(rows: Rows) -> None:
            rows.mark(_DOUBTED, doubted)
            rows.shift_dates(self._last_row, look.jump_s)

        await self._catalog.tell(tell)
        self._is_doubted = doubted

    async def _delete_old(self, limit_s: float) -> None:
        while old := await self._catalog.ask(lambda rows: rows.dated_before(limit_s, _AT_ONCE)):
            gone = await self._catalog.purge([each.id for each in old], deleted=False)
            say_gone(gone, f"after {self.settings.keep_days:g} days (storage.keep_days)")
            if not gone:
                return

    async def _delete_beyond(self, keep_bytes: int) -> None:
        def surplus(rows: Rows) -> list[str]:
            beyond = rows.total_bytes() - keep_bytes
            newest = rows.summary().latest[:1]  # it was only just wanted, so it stays in any case
            oldest = rows.oldest(beyond, _AT_ONCE) if beyond > 0 else ()
            return [each.id for each in oldest if each not in newest]

        while ids := await self._catalog.ask(surplus):
            gone = await self._catalog.purge(ids, deleted=False)
            say_gone(gone, f"to keep within {keep_bytes} bytes (storage.keep_bytes)")
            if not gone:
                return
