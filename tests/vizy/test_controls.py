"""The check of a control's value: what is taken, and what a refusal says."""

import pytest

from vizy.controls import ControlInfo, ControlValue, check_controls
from vizy.errors import InvalidValueError, UnknownControlError

LEVEL = ControlInfo(name="Level", type="float", default=0.0, minimum=-1.0, maximum=1.0)
COUNT = ControlInfo(name="Count", type="int32", default=1, minimum=0, maximum=9, unit="µs")
SWITCH = ControlInfo(name="Switch", type="bool", default=False)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("info", "value", "taken"),
    [(LEVEL, 1, 1.0), (LEVEL, -1.0, -1.0), (COUNT, 9, 9), (COUNT, 3.0, 3), (SWITCH, True, True)],
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
    with pytest.raises(InvalidValueError) as caught:
        LEVEL.check(value)
    assert len(caught.value.detail) < 200
    with pytest.raises(UnknownControlError) as unknown:
        check_controls([LEVEL], {"n" * 1_000_000: value})
    assert len(unknown.value.detail) < 200
