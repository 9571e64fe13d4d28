"""The warnings Vizy comes with; the settings move their limits. No I/O."""

from hardware.sensors.processor import CPU_TEMPERATURE
from hardware.sensors.thresholds import Threshold
from vizy.errors import SettingsError
from vizy.settings.sensors import SensorSettings

_UNDER_VOLTAGE = ("pi.under-voltage.now", "hwmon.rpi_volt*.in0.lcrit_alarm")


def rules(settings: SensorSettings) -> tuple[Threshold, ...]:
    """Return the rules as the settings want them.

    Raises:
        SettingsError: A warning would be cleared at or above the value that raises it.
    """
    _check_order(settings)
    found = [_cpu_temperature(settings), _disk(settings), _memory(settings)]
    if settings.power_warnings:
        found += [_under_voltage(), _throttled()]
    if settings.clock_wait_s > 0:
        found.append(_clock(settings.clock_wait_s))
    return tuple(found)


def _check_order(settings: SensorSettings) -> None:
    for high, low in (
        ("cpu_temp_c", "cpu_temp_clear_c"),
        ("disk_used_percent", "disk_used_clear_percent"),
        ("memory_used_percent", "memory_used_clear_percent"),
    ):
        above, below = getattr(settings, high), getattr(settings, low)
        if below >= above:
            raise SettingsError(
                f"sensors.{low}={below:g} is refused: it must be below sensors.{high}={above:g}"
            )


def _cpu_temperature(settings: SensorSettings) -> Threshold:
    return Threshold(
        id="cpu-temperature",
        sensors=CPU_TEMPERATURE,
        raise_at=settings.cpu_temp_c,
        clear_at=settings.cpu_temp_clear_c,
        hold_s=5.0,
        clear_s=10.0,
        text="The processor is at {value}, the limit is {limit}: "
        "give it air or a fan, or lower the picture's size or rate",
    )


def _disk(settings: SensorSettings) -> Threshold:
    return Threshold(
        id="disk-full",
        sensors=("disk.used",),
        raise_at=settings.disk_used_percent,
        clear_at=settings.disk_used_clear_percent,
        text="The disk is {value} full, the limit is {limit}: delete captures or use a larger card",
    )


def _memory(settings: SensorSettings) -> Threshold:
    return Threshold(
        id="memory-full",
        sensors=("memory.used",),
        raise_at=settings.memory_used_percent,
        clear_at=settings.memory_used_clear_percent,
        hold_s=30.0,
        clear_s=30.0,
        text="{value} of the memory is in use, the limit is {limit}: "
        "stop an app or lower the picture's size",
    )


def _under_voltage() -> Threshold:
    return Threshold(
        id="under-voltage",
        sensors=_UNDER_VOLTAGE,
        raise_at=1.0,
        clear_at=0.0,
        clear_s=30.0,  # long enough to be seen
        severity="critical",
        text="The supply voltage is below 4.63 V: use a stronger power supply and a short, "
        "thick cable, or the card may be damaged",
    )


def _throttled() -> Threshold:
    return Threshold(
        id="throttled",
        sensors=("pi.throttled.now", "pi.frequency-capped.now", "pi.soft-temperature-limit.now"),
        raise_at=1.0,
        clear_at=0.0,
        hold_s=5.0,
        clear_s=30.0,
        text="The processor is slowed down ({label}): improve cooling and power supply",
    )


def _clock(wait_s: float) -> Threshold:
    return Threshold(
        id="clock",
        sensors=("clock.synchronized",),
        raise_at=0.0,
        clear_at=1.0,
        hold_s=wait_s,
        text="The clock is not set by a time server, so captures may carry a wrong date: "
        "connect the device to a network with internet or a time server, or set the time by hand",
    )
