from typing import Any

from dash_devices.dependencies import PropId
from dash_devices.state import MISSING, SharedState


def component(component_id: Any, **props: Any) -> dict[str, Any]:
    return {"type": "Div", "namespace": "html", "props": {"id": component_id, **props}}


def test_only_what_differs_counts_as_a_change() -> None:
    state = SharedState()
    assert state.apply({"a": {"value": 1, "max": 5}}) == {"a": {"value": 1, "max": 5}}
    assert state.apply({"a": {"value": 2, "max": 5}}) == {"a": {"value": 2}}
    assert state.apply({"a": {"value": 2}}) == {}
    assert state.revision == 2


def test_true_is_not_one() -> None:
    state = SharedState()
    state.apply({"a": {"checked": 1}})
    assert state.apply({"a": {"checked": True}}) == {"a": {"checked": True}}


def test_a_value_of_the_layout_is_known_before_any_change() -> None:
    state = SharedState()
    state.index(component("root", children=[component("a", value=7)]))
    assert state.get(PropId("a", "value")) == 7
    assert state.get(PropId("a", "other")) is MISSING
    assert state.apply({"a": {"value": 7}}) == {}


def test_what_was_missed_arrives_merged() -> None:
    state = SharedState()
    state.apply({"a": {"value": 1}})
    seen = state.revision
    for value in range(2, 9):
        state.apply({"a": {"value": value}, "b": {"children": str(value)}})
    assert state.since(seen) == {"a": {"value": 8}, "b": {"children": "8"}}
    assert state.since(state.revision) == {}


def test_each_new_layout_shows_the_shared_values_and_stays_apart_from_them() -> None:
    state = SharedState()
    state.apply({"a": {"value": 5}})
    state.apply({"list": {"children": [component("x", value=0)]}})
    state.apply({"x": {"value": 9}})
    for _ in range(2):
        page = state.overlay(component("root", children=[component("a"), component("list")]))
        a, list_ = page["props"]["children"]
        assert a["props"]["value"] == 5
        assert list_["props"]["children"][0]["props"]["value"] == 9
    assert state.since(-1)["list"] == {"children": [component("x", value=0)]}


def test_new_children_do_not_inherit_the_values_of_those_they_replace() -> None:
    state = SharedState()
    state.apply({"list": {"children": component("x", value=0)}})
    state.apply({"x": {"value": 9}})
    state.apply({"list": {"children": component("x", value=1)}})
    assert state.get(PropId("x", "value")) == 1
    page = state.overlay(component("list"))
    assert page["props"]["children"]["props"]["value"] == 1


def test_a_page_that_was_open_before_a_restart_is_told_the_layouts_own_values() -> None:
    state = SharedState()
    state.index(component("a", value=3, min=0))
    state.seed(iter([PropId("a", "value"), PropId("b", "value")]))
    assert state.since(-1) == {"a": {"value": 3}}
    assert state.since(0) == {}
