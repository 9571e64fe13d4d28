"""`History`: what each sensor said over the last 24 hours, in memory only.

On the daemon's loop; no I/O. Time is cut into slots of 30 s; a slot holds the lowest and the
highest value that was seen in it, so that a spike of one reading is still in the chart. A series is
two arrays of 2,880 32-bit floats: 23 KB for each sensor, 3 MB for as many as are kept at all.

Slots are counted on a clock that never jumps; a query is answered in time of day by what the two
clocks say then. A Pi without a battery gets its time from the network after the start, and what was
measured before lies at the right place afterwards.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.sensors.kinds import Kind
from hardware.sensors.poller import Measured
from hardware.sensors.source import Channel
from vizy.errors import InvalidValueError
from vizy.sensors import HistorySeries, SensorHistory

_logger = logging.getLogger(__name__)
SLOT_S = 30
SLOTS = 24 * 3600 // SLOT_S
MAX_SERIES = 128
MAX_POINTS = SLOTS
MAX_ANSWER = 30_000  # points of all series together: about 300 KB and 20 ms

Floats = NDArray[np.float32]


class _Series:
    """The ring of one sensor: the lowest values, then the highest."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.rows: Floats = np.full((2, SLOTS), np.nan, np.float32)
        self.newest = -1

    def add(self, slot: int, value: float) -> None:
        """Widen a slot by a value."""
        index = slot % SLOTS
        low, high = self.rows[:, index]
        self.rows[:, index] = np.fmin(low, value), np.fmax(high, value)
        self.newest = slot


class _Span(NamedTuple):
    """Slots from ``first``, ``width`` of them to a point."""

    first: int
    width: int
    points: int


def boot_time_s() -> float:
    """Return seconds since the start of the machine; it counts on while that sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class History:
    """Keeps the last 24 hours.

    Args:
        clock: Seconds that never jump.
        wall: Seconds since 1970.
    """

    def __init__(
        self,
        clock: Callable[[], float] = boot_time_s,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._series: dict[str, _Series] = {}
        self._newest = int(clock() // SLOT_S)
        self._is_full_told = False

    @property
    def nbytes(self) -> int:
        """How much memory the arrays use."""
        return sum(series.rows.nbytes for series in self._series.values())

    def add(self, measured: Mapping[str, Measured]) -> None:
        """Keep what was measured now; what could not be read leaves a gap."""
        slot = int(self._clock() // SLOT_S)
        if slot > self._newest:
            self._advance(slot)
        for name, (channel, outcome) in measured.items():
            if isinstance(outcome, float) and (series := self._series_of(name, channel)):
                series.add(slot, outcome)

    def query(
        self, names: Iterable[str], start: float, end: float, max_points: int
    ) -> SensorHistory:
        """Return a part of the history.

        Args:
            names: Of the sensors; none stands for all. One that is not known is left out.
            start: Of the part, seconds since 1970; what is older than 24 hours is cut off.
            end: Of the part; what lies ahead is cut off.
            max_points: Where there are more slots, some become one point that spans their values.
                There may be fewer points than that: 30,000 in all series together.

        Raises:
            InvalidValueError: The part ends before it starts, or the points are not in 1 to 2,880.
        """
        if not (math.isfinite(start) and math.isfinite(end) and start < end):
            raise InvalidValueError(f"start={start} and end={end} are refused: start comes first")
        if not 1 <= max_points <= MAX_POINTS:
            raise InvalidValueError(f"max_points={max_points} is refused: it is 1 to {MAX_POINTS}")
        wanted = [name for name in (tuple(names) or self._series) if name in self._series]
        most = min(max_points, MAX_ANSWER // max(len(wanted), 1))
        ahead = self._wall() - self._clock()  # time of day minus the clock of the slots
        span = self._span(start - ahead, end - ahead, most)
        return SensorHistory(
            start=round(span.first * SLOT_S + ahead, 3),
            step_s=float(span.width * SLOT_S),
            series={name: self._answer(self._series[name], span) for name in wanted},
        )

    def _advance(self, slot: int) -> None:
        """Empty the slots up to a new one, and drop what has nothing left."""
        gone = np.arange(max(self._newest + 1, slot - SLOTS + 1), slot + 1) % SLOTS
        self._newest = slot
        for name, series in tuple(self._series.items()):
            series.rows[:, gone] = np.nan
            if slot - series.newest >= SLOTS:
                del self._series[name]

    def _series_of(self, name: str, channel: Channel) -> _Series | None:
        series = self._series.get(name)
        if series is None:
            if len(self._series) >= MAX_SERIES and not self._make_room():
                return None
            series = self._series[name] = _Series(channel)
        series.channel = channel
        return series

    def _make_room(self) -> bool:
        """Drop the sensor that has been silent longest; one that still speaks is never dropped."""
        name, series = min(self._series.items(), key=lambda entry: entry[1].newest)
        if series.newest >= self._newest - 1:
            if not self._is_full_told:
                _logger.warning("a history is kept of %d sensors and of no more", MAX_SERIES)
                self._is_full_told = True
            return False
        del self._series[name]
        return True

    def _span(self, start: float, end: float, max_points: int) -> _Span:
        oldest = self._newest - SLOTS + 1
        first = min(max(math.floor(max(start, -1e12) / SLOT_S), oldest), self._newest)
        last = max(min(math.floor(min(end, 1e12) / SLOT_S), self._newest), first)
        width = math.ceil((last - first + 1) / max_points)
        while last // width - first // width + 1 > max_points:
            width += 1
        return _Span(first // width * width, width, last // width - first // width + 1)

    def _answer(self, series: _Series, span: _Span) -> HistorySeries:
        slots = np.arange(span.first, span.first + span.points * span.width)
        rows = series.rows[:, slots % SLOTS]
        rows[:, (slots <= self._newest - SLOTS) | (slots > self._newest)] = np.nan
        points = rows.reshape(2, span.points, span.width)
        kind = series.channel.kind
        return HistorySeries(
            label=series.channel.label,
            unit=kind.unit,
            low=_plain(np.fmin.reduce(points[0], axis=1), kind),
            high=_plain(np.fmax.reduce(points[1], axis=1), kind),
        )


def _plain(values: Floats, kind: Kind) -> tuple[float | None, ...]:
    """Return values as JSON can carry them: rounded, None for a gap."""
    digits = max(0, 1 - math.floor(math.log10(kind.step)))
    rounded: list[float] = values.astype(np.float64).round(digits).tolist()
    return tuple(None if math.isnan(value) else value for value in rounded)
