import datetime
from typing import Any

import numpy as np
import pytest
from dash import html

from dash_devices import Input, Output, PushError
from dash_devices.push import normalise


def test_all_three_ways_to_write_a_push_mean_the_same() -> None:
    expected = {"a": {"value": 1, "max": 2}}
    assert normalise({"a": {"value": 1, "max": 2}}) == expected
    assert normalise([Output("a", "value", 1), Output("a", "max", 2)]) == expected
    assert normalise(Output("a", "value", 1)) == {"a": {"value": 1}}


def test_a_dict_id_is_written_as_the_browser_writes_it() -> None:
    assert normalise(Output({"row": 2, "kind": "x"}, "value", None)) == {
        '{"kind":"x","row":2}': {"value": None}
    }


def test_components_arrays_and_dates_become_json() -> None:
    mods = normalise(
        {"a": {"children": html.B("x"), "data": np.arange(3), "date": datetime.date(2026, 1, 2)}}
    )
    assert mods["a"]["children"]["type"] == "B"
    assert mods["a"]["data"] == [0, 1, 2]
    assert mods["a"]["date"] == "2026-01-02"


@pytest.mark.parametrize(
    ("mods", "words"),
    [
        (7, "push_mods takes"),
        ({"a": 7}, "'a': 7 is not an id with its properties"),
        ({3: {"value": 1}}, "push a dict id as Output"),
        ([Output("a", "value")], "is not an Output with a value"),
        ([Input("a", "value")], "is not an Output with a value"),
        ({"a": {"value": object()}}, "a.value = <object object"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(mods: Any, words: str) -> None:
    with pytest.raises(PushError, match=words):
        normalise(mods)
