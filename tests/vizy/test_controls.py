"""The check of a control's value: what is taken, and what a refusal says."""

import msgspec
import pytest

from vizy.controls import ControlInfo, ControlValue, check_controls
from vizy.errors import InvalidValueError, UnknownControlError

LEVEL = ControlInfo(name="Level", type="float", default=0.0, minimum=-1.0, maximum=1.0)
COUNT = ControlInfo(name="Count", type="int32", default=1, minimum=0, maximum=9, unit="µs")
PAIR = ControlInfo(
    name="Pair", type="float", size=2, default=(0.0, 0.0), minimum=(0.0, 0.0), maximum=(8.0, 4.0)
)
CROP = ControlInfo(
    name="Crop",
    type="rectangle",
    size=4,
    default=(10, 0, 100, 80),
    minimum=(10, 0, 16, 16),
    maximum=(94, 64, 100, 80),
)
SWITCH = ControlInfo(name="Switch", type="bool", default=False)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("info", "value", "taken"),
    [
        (LEVEL, 1, 1.0),
        (LEVEL, -1.0, -1.0),
        (COUNT, 9, 9),
        (COUNT, 3.0, 3),
        (SWITCH, True, True),
        (PAIR, [8, 0.5], (8.0, 0.5)),
        (CROP, (10, 0, 100, 80), (10, 0, 100, 80)),
        (CROP, [94.0, 64, 16, 16], (94, 64, 16, 16)),
    ],
)
def test_a_value_is_taken_in_the_controls_own_type(
    info: ControlInfo, value: object, taken: ControlValue
) -> None:
    checked = info.check(value)
    assert (checked, type(checked)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("info", "value", "text"),
    [
        (LEVEL, 1.5, "Level=1.5 is above 1.0, its maximum: lower it"),
        (COUNT, -1, "Count=-1 µs is below 0 µs, its minimum: raise it"),
        (COUNT, 1.5, "Count=1.5 has the wrong type: it takes a whole number"),
        (LEVEL, True, "Level=True has the wrong type: it takes a number"),
        (SWITCH, 1, "Switch=1 has the wrong type: it takes true or false"),
        (LEVEL, None, "Level=None has the wrong type: it takes a number"),
        (LEVEL, float("nan"), "Level=nan is not a finite number"),
        (LEVEL, [1.0], "Level=[1.0] has the wrong type: it takes a number"),
        (PAIR, 1.0, "Pair=1.0 has the wrong type: it takes a list of 2 numbers"),
        (PAIR, "1,2", "Pair='1,2' has the wrong type: it takes a list of 2 numbers"),
        (PAIR, [1.0], "Pair takes 2 numbers, not 1"),
        (PAIR, [1.0, "2"], "Pair[1]='2' has the wrong type: it takes a number"),
        (PAIR, [1.0, float("inf")], "Pair[1]=inf is not a finite number"),
        (PAIR, [1.0, 4.5], "Pair[1]=4.5 is above 4.0, its maximum: lower it"),
        (CROP, [9, 0, 50, 50], "Crop[0]=9 is below 10, its minimum: raise it"),
        (CROP, [10, 0, 50.5, 50], "Crop[2]=50.5 has the wrong type: it takes a whole number"),
        (CROP, [11, 0, 100, 80], "Crop=11,0,100,80 ends at 111, beyond the right edge at 110"),
        (CROP, [10, 1, 100, 80], "Crop=10,1,100,80 ends at 81, beyond the lower edge at 80"),
        (COUNT, float("-inf"), "Count=-inf is not a finite number"),
        (COUNT, 10**400, "Count=1000"),
        (COUNT, 10**5000, "Count=a number too long to be shown is not a finite number"),
    ],
    ids=lambda part: part[:30] if isinstance(part, str) else "",
)
def test_a_refusal_names_value_and_limit(info: ControlInfo, value: object, text: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        info.check(value)
    assert caught.value.detail.startswith(text)


@pytest.mark.parametrize(
    "value",
    ["\x7f" * 1_000_000, list(range(99_999)), nested(500), 10**400],
    ids=["text", "list", "nested", "number"],
)
def test_a_refusal_is_short_however_much_was_sent(value: object) -> None:
    for info in (LEVEL, PAIR, CROP):
        with pytest.raises(InvalidValueError) as caught:
            info.check(value)
        assert len(caught.value.detail) < 200
    with pytest.raises(UnknownControlError) as unknown:
        check_controls([LEVEL], {"n" * 1_000_000: value})
    assert len(unknown.value.detail) < 200


@pytest.mark.parametrize("value", [(0, 0, 1640, 1232), (0.5, 1.25), True, 3, 0.25])
def test_a_value_is_the_same_after_its_way_over_the_wire(value: ControlValue) -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(value), type=ControlValue)
    assert decoded == value
    assert repr(decoded) == repr(value)
