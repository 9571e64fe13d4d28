"""`Sensors`: polling, the published readings, warnings and history, joined.

Built by the daemon and driven by its loop. It knows no state store: it tells a callback what is
news, and only when there is news.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from hardware.sensors.history import History
from hardware.sensors.poller import Measured, Poller
from hardware.sensors.settled import Settled
from hardware.sensors.source import Source
from hardware.sensors.thresholds import Threshold, Thresholds
from vizy.sensors import DeviceWarning, SensorHistory, SensorReading


class Publish(Protocol):
    """Takes the sections that changed; `hardware.store.StateStore.update` is one."""

    def __call__(
        self, *, sensors: dict[str, SensorReading], warnings: tuple[DeviceWarning, ...]
    ) -> object:
        """Take both sections."""
        ...


class Sensors:
    """All sensors of the device.

    Args:
        find: Returns the sources there are now; called on a thread of its own.
        rules: What raises a warning.
        publish: Told on the loop when a reading or a warning has changed.
        watchers: Told on the loop after every round what every sensor said; the fan is one.
        interval_s: Seconds from one round to the next.
        deadline_s: Seconds a reading may take.
        history: Keeps what was said; tests inject one with a clock of their own.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        find: Callable[[], Sequence[Source]],
        rules: Iterable[Threshold],
        publish: Publish,
        *,
        watchers: Sequence[Callable[[Mapping[str, Measured]], None]] = (),
        interval_s: float = 2.0,
        search_s: float = 10.0,
        deadline_s: float = 5.0,
        history: History | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publish = publish
        self._watchers = tuple(watchers)
        self._clock = clock
        self._thresholds = Thresholds(rules)
        self._settled = Settled(self._thresholds.limit_of)
        self._history = history or History()
        self._published: tuple[dict[str, SensorReading], tuple[DeviceWarning, ...]] = ({}, ())
        self._poller = Poller(
            find,
            self._take,
            interval_s=interval_s,
            search_s=search_s,
            deadline_s=deadline_s,
            clock=clock,
        )

    async def run(self) -> None:
        """Read sensors until cancelled; call `close` afterwards."""
        await self._poller.run()

    async def poll(self) -> None:
        """Make one round; for tests and measurements."""
        await self._poller.poll()

    async def close(self) -> None:
        """Stop every thread; one that hangs in a driver is left behind."""
        await self._poller.close()

    def query(
        self, names: Iterable[str], start: float, end: float, max_points: int
    ) -> SensorHistory:
        """Return a part of the last 24 hours; see `hardware.sensors.history.History.query`.

        Raises:
            InvalidValueError: The times or the number of points cannot be taken.
        """
        return self._history.query(names, start, end, max_points)

    def _take(self, measured: Mapping[str, Measured]) -> None:
        self._history.add(measured)
        readings = self._settled.take(measured)
        warnings = self._thresholds.check(self._clock(), measured, readings)
        if (readings, warnings) != self._published:
            self._published = (readings, warnings)
            self._publish(sensors=readings, warnings=warnings)
        for watcher in self._watchers:
            watcher(measured)
