"""Warnings: raised, held and cleared by thresholds; and the rules that Vizy comes with."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hardware.sensors import DeviceWarning, SensorSettings, processor_temperature, rules
from hardware.sensors import kinds as k
from hardware.sensors.kinds import Kind
from hardware.sensors.poller import Measured
from hardware.sensors.settled import Settled
from hardware.sensors.source import Channel, Outcome
from hardware.sensors.thresholds import Threshold, Thresholds
from vizy.errors import SettingsError

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
KINDS = {"thermal": k.TEMPERATURE, "disk": k.PERCENT, "memory": k.PERCENT}


class Watch:
    """Thresholds that are fed second by second."""

    def __init__(self, *rules: Threshold) -> None:
        self.settled = Settled()
        self.thresholds = Thresholds(rules, wall=lambda: NOON)
        self.now = 0.0

    def after(self, seconds: float, **values: Outcome) -> list[str]:
        """Let time pass, then give readings; return the ids in force."""
        return [warning.id for warning in self.look(seconds, values)]

    def look(self, seconds: float, values: dict[str, Outcome]) -> tuple[DeviceWarning, ...]:
        self.now += seconds
        measured = {
            name: Measured(Channel(name, f"the {name}", self.kind(name)), value)
            for name, value in values.items()
        }
        return self.thresholds.check(self.now, measured, self.settled.take(measured))

    @staticmethod
    def kind(name: str) -> Kind:
        return KINDS.get(name.split(".")[0], k.FLAG)


def rule(**changes: Any) -> Threshold:
    fields: dict[str, Any] = {"id": "hot", "sensors": ("t*",), "raise_at": 80.0, "clear_at": 75.0}
    return Threshold(**fields | {"text": "{label}: {value} of {limit}"} | changes)


def test_a_warning_stays_until_the_value_is_well_back() -> None:
    watch = Watch(rule())
    seen = [bool(watch.after(1, t=value)) for value in (79.9, 80.0, 79.0, 75.1, 75.0, 79.9)]
    assert seen == [False, True, True, True, False, False]


def test_a_sensor_is_published_with_the_value_that_raises_its_warning() -> None:
    thresholds = Thresholds([rule()])
    assert [thresholds.limit_of(name) for name in ("t", "t2", "disk")] == [80.0, 80.0, None]
    measured = {"t": Measured(Channel("t", "T", k.TEMPERATURE), 20.0)}
    assert Settled(thresholds.limit_of).take(measured)["t"].limit == 80.0


def test_where_low_is_bad_it_is_the_other_way_round() -> None:
    watch = Watch(rule(raise_at=10.0, clear_at=20.0))
    seen = [bool(watch.after(1, t=value)) for value in (11.0, 10.0, 19.0, 20.0)]
    assert seen == [False, True, True, False]


def test_a_spike_shorter_than_the_hold_raises_nothing() -> None:
    watch = Watch(rule(hold_s=5.0))
    assert not watch.after(0, t=90.0)
    assert not watch.after(4, t=90.0)
    assert not watch.after(1, t=70.0)
    assert not watch.after(1, t=90.0)
    assert not watch.after(4.9, t=90.0)
    assert watch.after(0.1, t=90.0)


def test_a_dip_shorter_than_the_clear_time_clears_nothing() -> None:
    watch = Watch(rule(clear_s=10.0))
    assert watch.after(0, t=90.0)
    assert watch.after(1, t=60.0)
    assert watch.after(9, t=90.0)
    assert watch.after(1, t=60.0)
    assert watch.after(9.9, t=60.0)
    assert not watch.after(0.1, t=60.0)


def test_the_worst_of_several_sensors_counts_and_is_named() -> None:
    (told,) = Watch(rule()).look(0, {"t1": 82.0, "t2": 85.0, "x": 99.0})
    assert told.sensor == "t2"
    assert told.text == "the t2: 85 of 80"


def test_the_warning_says_since_when_and_its_text_follows_the_value() -> None:
    watch = Watch(rule(sensors=("thermal.cpu",)))
    (first,) = watch.look(0, {"thermal.cpu": 82.0})
    (second,) = watch.look(9, {"thermal.cpu": 84.0})
    assert first.since == second.since == "2026-06-01T12:00:00Z"
    assert (first.text, second.text) == (
        "the thermal.cpu: 82 °C of 80 °C",
        "the thermal.cpu: 84 °C of 80 °C",
    )


def test_a_flicker_within_the_resolution_does_not_touch_the_warning() -> None:
    watch = Watch(rule(sensors=("thermal.cpu",)))
    first = watch.look(0, {"thermal.cpu": 82.0})
    assert watch.look(1, {"thermal.cpu": 82.2}) == first


def test_a_sensor_that_cannot_be_read_neither_raises_nor_clears() -> None:
    watch = Watch(rule(hold_s=5.0))
    watch.after(0, t=90.0)
    assert not watch.after(6, t="cannot be read: Input/output error")
    assert not watch.after(1, t=90.0)
    assert watch.after(5, t=90.0)
    assert watch.after(99, t="cannot be read: Input/output error")


def test_a_sensor_that_is_gone_takes_its_warning_with_it() -> None:
    watch = Watch(rule())
    assert watch.after(0, t=90.0)
    assert not watch.after(1)


def test_the_processors_temperature_is_told_with_limit_and_cure() -> None:
    watch = Watch(*rules(SensorSettings()))
    watch.look(0, {"thermal.cpu-thermal": 82.0})
    (told,) = watch.look(5, {"thermal.cpu-thermal": 82.0})
    assert told.id == "cpu-temperature"
    assert told.text.startswith("The processor is at 82 °C, the limit is 80 °C: give it air")


@pytest.mark.parametrize(
    ("said", "temp_c"),
    [
        ({"thermal.cpu-thermal": 51.0, "iio.bme280.temp": 99.0}, 51.0),
        ({"hwmon.coretemp.temp1": 60.0, "thermal.x86_pkg_temp": 61.0}, 61.0),
        ({"thermal.cpu_thermal": "cannot be read: Input/output error"}, None),
        ({}, None),
    ],
)
def test_the_processors_temperature_is_known_by_its_name(
    said: dict[str, Outcome], temp_c: float | None
) -> None:
    measured = {
        name: Measured(Channel(name, name, k.TEMPERATURE), value) for name, value in said.items()
    }
    assert processor_temperature(measured) == temp_c


@pytest.mark.parametrize("sensor", ["pi.under-voltage.now", "hwmon.rpi_volt.in0.lcrit_alarm"])
def test_under_voltage_is_told_at_once_and_stays_long_enough_to_be_seen(sensor: str) -> None:
    watch = Watch(*rules(SensorSettings()))
    (told,) = watch.look(0, {sensor: 1.0})
    assert (told.id, told.severity) == ("under-voltage", "critical")
    assert "power supply" in told.text
    assert watch.after(2, **{sensor: 0.0}) == ["under-voltage"]
    assert watch.after(30, **{sensor: 0.0}) == []


def test_each_rule_has_a_text_that_can_be_filled_in() -> None:
    readings = {
        "thermal.cpu-thermal": 95.0,
        "disk.used": 99.0,
        "memory.used": 99.0,
        "pi.under-voltage.now": 1.0,
        "pi.throttled.now": 1.0,
        "clock.synchronized": 0.0,
    }
    watch = Watch(*rules(SensorSettings()))
    watch.look(0, dict(readings))
    found = watch.look(600, dict(readings))
    assert [told.id for told in found] == [
        "cpu-temperature",
        "disk-full",
        "memory-full",
        "under-voltage",
        "throttled",
        "clock",
    ]
    assert all(": " in told.text and "{" not in told.text for told in found)


def test_the_clock_has_time_to_be_set_after_the_start() -> None:
    watch = Watch(*rules(SensorSettings(clock_wait_s=180)))
    key = "clock.synchronized"
    assert watch.after(0, **{key: 0.0}) == []
    assert watch.after(179, **{key: 0.0}) == []
    assert watch.after(1, **{key: 0.0}) == ["clock"]
    assert watch.after(1, **{key: 1.0}) == []


def test_the_settings_move_limits_and_turn_rules_off() -> None:
    settings = SensorSettings(disk_used_percent=50, disk_used_clear_percent=40, clock_wait_s=0)
    found = {
        rule.id: rule for rule in rules(msgspec.structs.replace(settings, power_warnings=False))
    }
    assert (found["disk-full"].raise_at, found["disk-full"].clear_at) == (50, 40)
    assert set(found) == {"cpu-temperature", "disk-full", "memory-full"}


def test_limits_in_the_wrong_order_are_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"cpu_temp_clear_c=90 .* below sensors.cpu_temp_c=80"):
        rules(SensorSettings(cpu_temp_clear_c=90))
