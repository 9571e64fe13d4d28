"""`History`: what sensors said over a time, as numpy arrays. Immutable, any thread."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from vizy.sensors import HistorySeries, SensorHistory

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Track(msgspec.Struct, frozen=True):
    """One sensor over the time.

    Attributes:
        label: For people, as ``CPU temperature``.
        unit: Of the values.
        low: The lowest value of each step, float64; nan where nothing was measured.
        high: The highest.
    """

    label: str
    unit: str
    low: "npt.NDArray[np.float64]"
    high: "npt.NDArray[np.float64]"


class History(Mapping[str, Track]):
    """Tracks by the sensor's name.

    Args:
        data: As the device told it.

    Attributes:
        data: As the device told it.
    """

    def __init__(self, data: SensorHistory) -> None:
        self.data = data

    @property
    def times(self) -> "npt.NDArray[np.float64]":
        """Of each step: seconds since 1970, float64."""
        import numpy as np

        steps = max((len(series.low) for series in self.data.series.values()), default=0)
        return self.data.start + self.data.step_s * np.arange(steps, dtype=np.float64)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Go through a table: a head, then for each step its time and each sensor's low and high.

        What was not measured is empty; the time is RFC 3339, UTC.
        """
        series = self.data.series
        yield ("time", *(f"{name}.{edge}" for name in series for edge in ("low", "high")))
        for step, seconds in enumerate(self.times):
            when = datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds")
            values = (edge[step] for each in series.values() for edge in (each.low, each.high))
            cells = ("" if value is None else f"{value:.12g}" for value in values)
            yield (when.replace("+00:00", "Z"), *cells)

    def __getitem__(self, name: str) -> Track:
        return _track(self.data.series[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.data.series)

    def __len__(self) -> int:
        return len(self.data.series)

    def __repr__(self) -> str:
        return f"<History of {', '.join(self) or 'no sensor'}, {len(self.times)} steps>"


def _track(series: HistorySeries) -> Track:
    import numpy as np

    low, high = (
        np.array([np.nan if value is None else value for value in values], np.float64)
        for values in (series.low, series.high)
    )
    return Track(series.label, series.unit, low, high)
