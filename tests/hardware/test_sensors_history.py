"""The history: what it keeps, for how long, and what a query makes of it."""

import math

import pytest

from hardware.sensors import History
from hardware.sensors import kinds as k
from hardware.sensors.history import MAX_ANSWER, MAX_SERIES, SLOT_S, SLOTS
from hardware.sensors.poller import Measured
from hardware.sensors.source import Channel, Outcome
from vizy.errors import InvalidValueError
from vizy.sensors import SensorHistory

DAY_S = 24 * 3600


class Tape:
    """A history with clocks that are moved by hand."""

    def __init__(self) -> None:
        self.now = 100 * DAY_S * 1.0  # seconds since the machine started
        self.wall = 1_800_000_000.0
        self.history = History(lambda: self.now, lambda: self.wall)

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds

    def add(self, **values: Outcome) -> None:
        self.history.add(
            {
                name: Measured(Channel(name, f"the {name}", k.TEMPERATURE), value)
                for name, value in values.items()
            }
        )

    def ask(self, *names: str, last_s: float = DAY_S, max_points: int = SLOTS) -> SensorHistory:
        return self.history.query(names, self.wall - last_s, self.wall, max_points)


def test_a_slot_keeps_the_lowest_and_the_highest_of_what_was_seen() -> None:
    tape = Tape()
    for value in (50.0, 48.5, 61.25, 50.0):
        tape.add(t=value)
        tape.pass_s(2)
    told = tape.ask(last_s=SLOT_S).series["t"]
    assert (told.label, told.unit) == ("the t", "°C")
    assert (told.low[-1], told.high[-1]) == (48.5, 61.25)


def test_points_are_evenly_spaced_and_gaps_are_none() -> None:
    tape = Tape()
    for value in (1.0, None, 3.0):
        if value is not None:
            tape.add(t=value)
        tape.pass_s(SLOT_S)
    tape.pass_s(-SLOT_S)
    told = tape.ask(last_s=2 * SLOT_S)
    assert told.step_s == SLOT_S
    assert told.start == tape.wall - 2 * SLOT_S
    assert told.series["t"].low == (1.0, None, 3.0)


def test_what_could_not_be_read_is_a_gap() -> None:
    tape = Tape()
    tape.add(t=1.0)
    tape.pass_s(SLOT_S)
    tape.add(t="cannot be read")
    assert tape.ask(last_s=SLOT_S).series["t"].high == (1.0, None)


def test_decimation_keeps_lowest_and_highest() -> None:
    tape = Tape()
    for number in range(100):
        tape.add(t=90.0 if number == 37 else 20.0 - number / 10)
        tape.pass_s(SLOT_S)
    tape.pass_s(-SLOT_S)
    told = tape.ask(last_s=99 * SLOT_S, max_points=10)
    series = told.series["t"]
    assert len(series.low) == len(series.high) <= 10
    assert max(value for value in series.high if value is not None) == 90
    assert min(value for value in series.low if value is not None) == pytest.approx(10.1)


def test_points_stay_where_they_are_as_time_goes_on() -> None:
    tape = Tape()
    starts = set[float]()
    for _ in range(7):
        tape.add(t=1.0)
        told = tape.ask(max_points=288)
        starts.add(told.start % told.step_s)
        tape.pass_s(SLOT_S)
    assert len(starts) == 1


@pytest.mark.parametrize("max_points", [1, 2, 7, 288, 2879, 2880])
def test_there_are_never_more_points_than_asked_for(max_points: int) -> None:
    tape = Tape()
    tape.add(t=1.0)
    tape.pass_s(DAY_S)
    tape.add(t=2.0)
    assert 1 <= len(tape.ask(max_points=max_points).series["t"].low) <= max_points


def test_an_answer_about_many_sensors_has_fewer_points_of_each() -> None:
    tape = Tape()
    tape.add(**{f"s{number}": 1.0 for number in range(100)})
    tape.pass_s(DAY_S)
    tape.add(**{f"s{number}": 2.0 for number in range(100)})
    told = tape.ask()
    points = sum(len(series.low) for series in told.series.values())
    assert len(told.series) == 100
    assert 10_000 < points <= MAX_ANSWER
    assert len(tape.ask("s1").series["s1"].low) == SLOTS


def test_what_is_older_than_a_day_is_gone() -> None:
    tape = Tape()
    tape.add(old=1.0, both=1.0)
    tape.pass_s(DAY_S + SLOT_S)
    tape.add(both=2.0)
    told = tape.ask(last_s=3 * DAY_S)
    assert set(told.series) == {"both"}
    assert [value for value in told.series["both"].high if value is not None] == [2.0]
    assert len(told.series["both"].high) == SLOTS


def test_a_full_day_is_there_slot_by_slot() -> None:
    tape = Tape()
    for number in range(SLOTS + 100):
        tape.add(t=float(number))
        tape.pass_s(SLOT_S)
    tape.pass_s(-SLOT_S)
    assert tape.ask(last_s=2 * DAY_S).series["t"].low == tuple(range(100, SLOTS + 100))


def test_a_clock_that_is_set_moves_what_was_measured_before_to_its_place() -> None:
    tape = Tape()
    tape.wall = 0.0  # a Pi without a battery, before the network
    tape.add(t=1.0)
    tape.pass_s(SLOT_S)
    tape.wall = 1_800_000_000.0
    tape.add(t=2.0)
    told = tape.ask(last_s=SLOT_S)
    assert told.start == 1_800_000_000.0 - SLOT_S
    assert told.series["t"].low == (1.0, 2.0)


def test_only_the_named_sensors_are_told_and_unknown_ones_left_out() -> None:
    tape = Tape()
    tape.add(a=1.0, b=2.0)
    assert set(tape.ask("a", "nobody").series) == {"a"}
    assert set(tape.ask().series) == {"a", "b"}


def test_a_time_ahead_or_long_past_is_cut_to_what_there_is() -> None:
    tape = Tape()
    tape.add(t=1.0)
    for start, end in ((tape.wall + 1e6, tape.wall + 2e6), (0.0, 1.0)):
        assert len(tape.history.query([], start, end, 10).series["t"].low) == 1


@pytest.mark.parametrize(
    ("start", "end", "max_points"),
    [(2.0, 1.0, 10), (math.nan, 1.0, 10), (0.0, math.inf, 10), (0.0, 1.0, 0), (0.0, 1.0, 2881)],
)
def test_a_question_that_makes_no_sense_is_refused(
    start: float, end: float, max_points: int
) -> None:
    with pytest.raises(InvalidValueError, match="refused"):
        Tape().history.query([], start, end, max_points)


def test_memory_is_bounded_and_live_sensors_keep_their_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tape = Tape()
    for _ in range(3):
        tape.add(**{f"s{number}": 1.0 for number in range(MAX_SERIES + 10)})
    assert tape.history.nbytes == MAX_SERIES * SLOTS * 2 * 4
    assert set(tape.ask().series) == {f"s{number}" for number in range(MAX_SERIES)}
    assert caplog.text.count("and of no more") == 1


def test_a_sensor_that_went_long_ago_makes_room_for_a_new_one() -> None:
    tape = Tape()
    tape.add(**{f"s{number}": 1.0 for number in range(MAX_SERIES)})
    tape.pass_s(10 * SLOT_S)
    tape.add(**{f"s{number}": 1.0 for number in range(1, MAX_SERIES)}, new=2.0)
    found = set(tape.ask().series)
    assert "new" in found
    assert "s0" not in found
