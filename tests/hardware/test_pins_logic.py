"""What lamp, LED, button and fan decide, without a pin: time and levels are given."""

import math
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from hardware.pins import PinSettings
from hardware.pins.fan import Fan, FanCurve
from hardware.pins.illuminator import duty_of
from hardware.pins.led import PATTERNS, StatusLed
from hardware.pins.press import Press, PressDetector
from vizy.errors import InvalidValueError
from vizy.pins import Meaning


class Wire:
    """An output that remembers what was written."""

    def __init__(self) -> None:
        self.written: list[float] = []
        self.is_closed = False

    @property
    def value(self) -> float:
        return self.written[-1] if self.written else 0.0

    @value.setter
    def value(self, value: float) -> None:
        self.written.append(value)

    def close(self) -> None:
        self.is_closed = True


def test_the_lamps_duty_rises_slowly_at_first_as_the_eye_wants() -> None:
    assert (duty_of(0), duty_of(1)) == (0, 1)
    steps = [high - low for low, high in pairwise(duty_of(level / 10) for level in range(11))]
    assert steps == sorted(steps)
    assert duty_of(0.5) == pytest.approx(0.5**2.2)


@pytest.mark.parametrize("level", [-0.01, 1.01, math.nan, math.inf])
def test_a_level_outside_is_refused_with_its_limits(level: float) -> None:
    with pytest.raises(InvalidValueError, match="takes 0 to 1"):
        duty_of(level)


def play(led: StatusLed, start: float, seconds: float) -> list[float]:
    """Let an LED run; return the times at which it did something, from the start."""
    now, times = start, list[float]()
    while now <= start + seconds:
        times.append(round(now - start, 2))
        due_s = led.step(now)
        if math.isinf(due_s):
            break
        now += due_s
    return times


def test_booting_blinks_slowly_and_an_error_fast() -> None:
    wire = Wire()
    led = StatusLed([wire])
    led.show("booting")
    assert play(led, 100, 3) == [0, 1, 2, 3]
    assert wire.written == [1, 0, 1, 0]
    led.show("error")
    assert len(play(led, 200, 3)) > 20


def test_running_is_on_and_needs_no_further_step() -> None:
    wire = Wire()
    led = StatusLed([wire])
    led.show("running")
    assert play(led, 0, 100) == [0]
    assert wire.written == [1]


def test_a_client_is_a_short_double_blink_now_and_then() -> None:
    wire = Wire()
    led = StatusLed([wire])
    led.show("client")
    play(led, 0, 3.1)
    assert wire.written == [1, 0, 1, 0, 1]
    shown = [step.seconds for step in PATTERNS["client"] if not step.is_lit]
    assert sum(shown) < 0.1 * sum(step.seconds for step in PATTERNS["client"])


def test_an_led_of_three_colours_has_a_colour_for_each_meaning() -> None:
    colours: dict[Meaning, set[tuple[float, ...]]] = {}
    for meaning in PATTERNS:
        wires = [Wire(), Wire(), Wire()]
        led = StatusLed(wires)
        led.show(meaning)
        play(led, 0, 4)
        led.step(1000)
        colours[meaning] = set(zip(*(wire.written for wire in wires), strict=True))
    assert colours["running"] == {(0, 1, 0)}
    assert colours["client"] == {(0, 1, 0), (1, 0, 1)}
    assert colours["error"] == {(1, 0, 0), (0, 0, 0)}


def test_showing_what_is_shown_already_does_not_start_it_anew() -> None:
    wire = Wire()
    led = StatusLed([wire])
    led.show("booting")
    led.step(0)
    led.show("booting")
    led.step(0.5)
    assert wire.written == [1]


def test_a_closed_led_is_dark_and_has_given_its_pin_back() -> None:
    wire = Wire()
    led = StatusLed([wire])
    led.show("running")
    led.step(0)
    led.close()
    assert (wire.value, wire.is_closed) == (0, True)


def presses(*edges: tuple[float, bool], until: float = 100.0) -> list[tuple[float, Press]]:
    """Give edges at their times and let time pass in steps of 1 ms in between."""
    detector = PressDetector(debounce_s=0.03, hold_s=0.8)
    waiting = list(edges)
    found: list[tuple[float, Press]] = []
    end_ms = round(min(until, edges[-1][0] + 2) * 1000)
    for now in (ms / 1000 for ms in range(end_ms)):
        while waiting and waiting[0][0] <= now:
            at, is_closed = waiting.pop(0)
            found += [(round(now, 2), press) for press in detector.edge(is_closed, at)]
        found += [(round(now, 2), press) for press in detector.advance(now)]
    return found


def test_a_short_press_is_told_when_the_button_is_let_go() -> None:
    assert presses((1.0, True), (1.2, False)) == [(1.23, "short")]


def test_a_long_press_is_told_while_it_lasts_and_only_once() -> None:
    assert presses((1.0, True), (5.0, False)) == [(1.8, "long")]


def test_a_bouncing_contact_is_one_press() -> None:
    bounces = [(1.0 + number / 200, number % 2 == 0) for number in range(9)]
    releases = [(1.5 + number / 200, number % 2 == 1) for number in range(9)]
    assert [press for _, press in presses(*bounces, *releases)] == ["short"]


def test_a_spike_shorter_than_the_debounce_time_is_no_press() -> None:
    assert presses((1.0, True), (1.02, False)) == []


def test_a_spike_during_a_long_press_does_not_end_it() -> None:
    assert [p for _, p in presses((1.0, True), (1.4, False), (1.41, True), (2.5, False))] == [
        "long"
    ]


def test_two_presses_are_two_presses() -> None:
    edges = ((1.0, True), (1.1, False), (1.3, True), (1.4, False))
    assert [press for _, press in presses(*edges)] == ["short", "short"]


def test_edges_that_are_given_late_count_when_they_were() -> None:
    detector = PressDetector(debounce_s=0.03, hold_s=0.8)
    edges = ((1.0, True), (1.2, False), (2.0, True), (3.5, False))
    found = [press for at, is_closed in edges for press in detector.edge(is_closed, at)]
    assert found + detector.advance(9.0) == ["short", "long"]


def test_the_detector_says_when_it_wants_to_be_asked_again() -> None:
    detector = PressDetector(debounce_s=0.03, hold_s=0.8)
    assert math.isinf(detector.due_s(0))
    detector.edge(True, 1.0)
    assert detector.due_s(1.0) == pytest.approx(0.03)
    detector.advance(1.03)
    assert detector.due_s(1.03) == pytest.approx(0.77)
    assert detector.advance(1.8) == ["long"]
    assert math.isinf(detector.due_s(1.8))
    detector.edge(False, 2.0)
    assert detector.due_s(2.0) == pytest.approx(0.03)


CURVE = FanCurve(on_c=60, off_c=50, full_c=80, least=0.4, step=0.1)


def follow(*temps: float | None) -> list[float]:
    duty, found = 0.0, list[float]()
    for temp_c in temps:
        duty = CURVE.duty(temp_c, duty)
        found.append(duty)
    return found


def test_the_fan_starts_with_the_least_duty_and_stops_only_when_it_is_cool() -> None:
    assert follow(59, 60, 55, 51, 50, 59) == [0, 0.4, 0.4, 0.4, 0, 0]


def test_the_fan_rises_with_the_temperature_to_full_speed() -> None:
    assert follow(60, 70, 79, 80, 99) == [0.4, 0.7, 0.97, 1, 1]


def test_the_fan_slows_down_only_by_a_whole_step() -> None:
    assert follow(70, 69, 67, 66) == [0.7, 0.7, 0.7, 0.58]


def test_a_lost_sensor_is_full_speed_and_its_return_is_not() -> None:
    assert follow(60, None, 60) == [0.4, 1, 0.4]


def test_the_fan_forgives_a_sensor_for_some_seconds_only() -> None:
    wire = Wire()
    fan = Fan(wire, CURVE, now=0)
    assert fan.step(1) == 0
    fan.feel(65, 2)
    assert fan.step(2) == 0.55
    fan.feel(None, 10)
    assert fan.step(10) == 0.55
    assert fan.step(17) == 1
    fan.feel(65, 18)
    assert fan.step(18) == 0.55
    assert wire.written == [0.55, 1, 0.55]


def test_a_fan_that_is_never_told_a_temperature_ends_at_full_speed() -> None:
    fan = Fan(Wire(), CURVE, now=0)
    assert [fan.step(now) for now in (0, 14, 15)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("given", "pins"),
    [
        ({}, ()),
        ({"led_pin": 17}, (17,)),
        ({"led_red_pin": 1, "led_green_pin": 2, "led_blue_pin": 3, "led_pin": 17}, (1, 2, 3)),
        ({"led_red_pin": 1, "led_green_pin": 2}, ()),
    ],
)
def test_the_led_has_one_pin_or_three(given: dict[str, Any], pins: tuple[int, ...]) -> None:
    assert msgspec.convert(given, PinSettings).led_pins == pins
