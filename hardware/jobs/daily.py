"""`Daily`: the part of the day in which a time-lapse takes pictures. Pure arithmetic, no clock.

It goes by the clock on the wall: when daylight saving begins or ends, so do the hours it is open.
"""

from datetime import UTC, datetime, time, timedelta

from vizy.errors import InvalidValueError

_DAY = timedelta(days=1)


class Daily:
    """From one local time of day until another, past midnight when the second is the earlier.

    Args:
        window: The two times, ``HH:MM``.

    Raises:
        InvalidValueError: The two are the same.
    """

    def __init__(self, window: tuple[str, str]) -> None:
        self.opens, self.closes = (time.fromisoformat(each) for each in window)
        if self.opens == self.closes:
            raise InvalidValueError(
                f"daily={window[0]}-{window[1]} is no time at all: give two different ones, or "
                "none for the whole day"
            )

    def closed_s(self, now: datetime) -> float:
        """Return in how many seconds it opens; 0 while it is open."""
        shown = now.time()
        if self.opens < self.closes:
            is_open = self.opens <= shown < self.closes
        else:
            is_open = shown >= self.opens or shown < self.closes
        if is_open:
            return 0.0
        opening = self._opening_on(now)
        return _between(now, opening if opening > now else self._opening_on(now + _DAY))

    def opened_s(self, now: datetime) -> float:
        """Return for how many seconds it has been open."""
        opening = self._opening_on(now)
        return _between(opening if opening <= now else self._opening_on(now - _DAY), now)

    def _opening_on(self, day: datetime) -> datetime:
        return day.replace(hour=self.opens.hour, minute=self.opens.minute, second=0, microsecond=0)


def _between(first: datetime, second: datetime) -> float:
    """Return the seconds that pass; across a change of daylight saving, too."""
    return (second.astimezone(UTC) - first.astimezone(UTC)).total_seconds()
