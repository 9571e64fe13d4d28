"""What the sensors of the board say now, and said in the last 24 hours."""

import time
from collections.abc import Sequence

from vizy.messages import GetHistory, GetState
from vizy.sdk.aio.base import Named, Runner
from vizy.sdk.history import History
from vizy.sdk.link import Link
from vizy.sdk.tables import Row, text_of
from vizy.sensors import SensorReading


class AsyncSensors(Named[SensorReading]):
    """All sensors, by name as ``cpu.temperature``; `Vizy.camera.sensors`."""

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link = link
        self._runner = runner

    async def read(self) -> dict[str, SensorReading]:
        """Return what each sensor says now."""
        return (await self._runner.wait(self._link.call(GetState()))).sensors

    async def rows(self) -> list[Row]:
        """Return a table for people: name, value, unit, and why there is no value."""
        return [
            ("sensor", "value", "unit", ""),
            *(
                (name, text_of(found.value), found.unit, found.reason)
                for name, found in (await self.read()).items()
            ),
        ]

    async def history(
        self,
        *,
        start: float | None = None,
        end: float | None = None,
        names: Sequence[str] = (),
        max_points: int = 288,
    ) -> History:
        """Return what sensors said between two times.

        Args:
            start: Seconds since 1970; None: 24 hours before the end, and no history goes back
                further.
            end: Seconds since 1970; None: now.
            names: Of the sensors; none stands for all.
            max_points: Of each sensor, 1 to 2,880; each spans the values of its time.

        Raises:
            InvalidValueError: The end is not after the start.
            DeviceError: The device is away or did not answer in time.
        """
        end = time.time() if end is None else end
        start = end - 86_400 if start is None else start
        call = GetHistory(start=start, end=end, names=tuple(names), max_points=max_points)
        return History(await self._runner.wait(self._link.call(call)))
