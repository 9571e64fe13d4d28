"""`History`: what sensors said over a time, as numpy arrays. Immutable, any thread."""

from collections.abc import Iterator, Mapping
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
        found: As the device told it.

    Attributes:
        start: Of the first step, seconds since 1970.
        step_s: Seconds from one step to the next.
    """

    def __init__(self, found: SensorHistory) -> None:
        self.start = found.start
        self.step_s = found.step_s
        self._series = found.series

    @property
    def times(self) -> "npt.NDArray[np.float64]":
        """Of each step: seconds since 1970, float64."""
        import numpy as np

        steps = max((len(series.low) for series in self._series.values()), default=0)
        return self.start + self.step_s * np.arange(steps, dtype=np.float64)

    def __getitem__(self, name: str) -> Track:
        return _track(self._series[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __repr__(self) -> str:
        return f"<History of {', '.join(self) or 'no sensor'}, {len(self.times)} steps>"


def _track(series: HistorySeries) -> Track:
    import numpy as np

    low, high = (
        np.array([np.nan if value is None else value for value in values], np.float64)
        for values in (series.low, series.high)
    )
    return Track(series.label, series.unit, low, high)
