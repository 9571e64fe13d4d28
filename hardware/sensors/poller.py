"""`Poller`: asks every sensor every few seconds, and looks for sensors that came or went.

Runs on the daemon's loop. One round starts a reading of each source and takes what has arrived
within a moment; what is slower is taken by the next round, so nobody waits for the slowest.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hardware.sensors.probe import Probe, reading_thread
from hardware.sensors.source import Channel, Outcome, Source
from vizy.errors import DeviceError

_logger = logging.getLogger(__name__)
_SEARCH_DEADLINE_S = 5.0
_MOST_SOURCES = 48


class Measured(NamedTuple):
    """One channel and what it said last."""

    channel: Channel
    outcome: Outcome


class Poller:
    """Keeps a probe for each source that is there.

    Args:
        find: Returns the sources there are now; on a thread of its own.
        on_round: Told after each round what every channel said, by its name.
        interval_s: Seconds from one round to the next.
        search_s: Seconds from one search for new sources to the next.
        patience_s: Seconds a round waits for readings.
        deadline_s: Seconds a reading may take before it counts as failed.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        find: Callable[[], Sequence[Source]],
        on_round: Callable[[Mapping[str, Measured]], None],
        *,
        interval_s: float = 2.0,
        search_s: float = 10.0,
        patience_s: float = 0.5,
        deadline_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._on_round = on_round
        self._interval_s = interval_s
        self._search_s = search_s
        self._patience_s = patience_s
        self._deadline_s = deadline_s
        self._clock = clock
        self._search_at = clock()
        self._probes: dict[str, Probe] = {}
        self._lost: list[Probe] = []
        self._searcher = reading_thread("sensor search")
        self._search_task: asyncio.Task[Sequence[Source]] | None = None
        self._is_started = False
        self._is_full_told = False

    async def run(self) -> None:
        """Poll until cancelled; call `close` afterwards."""
        while True:
            await self.poll()
            await asyncio.sleep(self._interval_s)

    async def poll(self) -> None:
        """Make one round."""
        await self._search()
        readings = [task for probe in self._probes.values() if (task := probe.begin())]
        if readings:
            await asyncio.wait(readings, timeout=self._patience_s)
        self._on_round(
            {
                channel.name: Measured(
                    channel, probe.outcomes.get(channel.name, "was not measured")
                )
                for probe in self._probes.values()
                for channel in probe.source.channels
            }
        )

    async def close(self) -> None:
        """Stop every thread; one that hangs in a driver is left behind."""
        probes = [*self._probes.values(), *self._lost]
        self._probes.clear()
        self._lost.clear()
        await asyncio.gather(*(probe.close() for probe in probes))
        if self._search_task is not None:
            self._search_task.cancel()
            await asyncio.gather(self._search_task, return_exceptions=True)
        if self._is_started:
            await self._searcher.close(timeout_s=0.2)

    async def _search(self) -> None:
        """Look for sources when it is time; a search that hangs holds up no round."""
        if self._search_task is None:
            if self._clock() < self._search_at:
                return
            if not self._is_started:
                self._searcher.start()
                self._is_started = True
            search = self._searcher.run(self._find, "search", _SEARCH_DEADLINE_S)
            self._search_task = asyncio.create_task(search, name="sensor search")
        await asyncio.wait((self._search_task,), timeout=self._patience_s)
        if self._search_task.done():
            search, self._search_task = self._search_task, None
            self._search_at = self._clock() + self._search_s
            await self._take(search)

    async def _take(self, search: asyncio.Task[Sequence[Source]]) -> None:
        try:
            sources = search.result()
        except (DeviceError, OSError) as error:
            _logger.warning("sensors cannot be looked for and are again later: %s", error)
            return
        if len(sources) > _MOST_SOURCES and not self._is_full_told:
            _logger.warning("%d sensors are read and no more", _MOST_SOURCES)
            self._is_full_told = True
        await self._follow(sources[:_MOST_SOURCES])

    async def _follow(self, sources: Sequence[Source]) -> None:
        """Keep the probes of what is still there, drop the others, start the new ones."""
        there = {source.key: source.channels for source in sources}
        for key, probe in tuple(self._probes.items()):
            if there.get(key) != probe.source.channels:
                self._lost.append(self._probes.pop(key))
                _logger.info("sensor %s has gone", key)
        for probe in tuple(self._lost):
            if await probe.close():
                self._lost.remove(probe)
        hanging = {probe.source.key for probe in self._lost}
        for source in sources:
            if source.key not in self._probes and source.key not in hanging:
                self._probes[source.key] = Probe(source, deadline_s=self._deadline_s)
        self._probes = {key: self._probes[key] for key in there if key in self._probes}
