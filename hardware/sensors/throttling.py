"""What a Raspberry Pi's firmware does when power or cooling are too weak.

Source: ``vcgencmd get_throttled`` in Raspberry Pi's documentation; bits 0 to 3 say what is now,
bits 16 to 19 what has been. The kernel's own voltage watch clears the latter every two seconds
(drivers/hwmon/raspberrypi-hwmon.c), so this source remembers them itself, since it was made. A
kernel without that file gives under-voltage alone, as an alarm of the hwmon chip ``rpi_volt``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hardware.sensors.kinds import FLAG
from hardware.sensors.source import Channel, Outcome, Source, read_text

_PLACES = (
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/bus/platform/drivers/raspberrypi-firmware/*/get_throttled",
)
_CONDITIONS = (
    ("under-voltage", "Under-voltage"),
    ("frequency-capped", "CPU frequency capped"),
    ("throttled", "CPU throttled"),
    ("soft-temperature-limit", "Soft temperature limit active"),
)
_OCCURRED_SHIFT = 16


def decode(bits: int) -> dict[str, bool]:
    """Return each condition, ``NAME.now`` and ``NAME.occurred``, as the firmware's bits say it."""
    return {
        f"{name}.{when}": bool(bits >> (number + shift) & 1)
        for when, shift in (("now", 0), ("occurred", _OCCURRED_SHIFT))
        for number, (name, _) in enumerate(_CONDITIONS)
    }


class Throttling(Source):
    """The firmware's flags."""

    key = "pi"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = 0
        self.channels = tuple(
            Channel(f"pi.{name}.{when}", f"{label}{ending}", FLAG)
            for when, ending in (("now", ""), ("occurred", " has occurred"))
            for name, label in _CONDITIONS
        )

    def read(self) -> Mapping[str, Outcome]:
        """Ask the firmware."""
        bits = int(read_text(self._file), 16)
        self._seen |= (bits | bits << _OCCURRED_SHIFT) & 0xF << _OCCURRED_SHIFT
        return {f"pi.{name}": float(is_so) for name, is_so in decode(bits | self._seen).items()}


def find_throttling(root: Path) -> Iterator[Throttling]:
    """Find the firmware's file; there is one or none."""
    for place in _PLACES:
        for file in sorted(root.glob(place)):
            yield Throttling(file)
            return
