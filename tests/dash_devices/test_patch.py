"""`Patch` on the server leads to what it leads to in the browser."""

import copy
from typing import Any

import dash
import pytest
from dash import dcc, html
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dash_devices import Dash, Input, Output, Patch, PushError
from dash_devices.outbox import Broadcast
from dash_devices.patch import MAX_OPERATIONS, Amended, applied, combined
from dash_devices.state import SharedState
from tests.dash_devices.page import Tab, serving

# -- a model of what the renderer does, place by place and in place ------------------------------


def rendered(value: Any, operations: list[dict[str, Any]]) -> Any:
    """Apply operations as the renderer's handlers say, to a copy, changing it in place."""
    holder = {"value": copy.deepcopy(value)}
    for operation in copy.deepcopy(operations):
        where: Any = holder
        key: Any = "value"
        for step in operation["location"]:
            inner = where[key]
            where, key = inner, (len(inner) + step if _is_negative(step) else step)
        _do(operation["operation"], operation["params"], where, key)
    return holder["value"]


def _is_negative(step: Any) -> bool:
    return isinstance(step, int) and step < 0


def _do(name: str, params: dict[str, Any], where: Any, key: Any) -> None:
    if name == "Assign":
        if isinstance(where, list) and key == len(where):
            where.append(params["value"])
        else:
            where[key] = params["value"]
    elif name == "Delete":
        del where[key]
    elif name == "Merge":
        where[key] = {**where[key], **params["value"]}
    elif name in {"Append", "Extend", "Prepend"}:
        new = params["value"] if name == "Extend" else [params["value"]]
        where[key] = new + where[key] if name == "Prepend" else where[key] + new
    elif name == "Insert":
        index = params["index"] + (len(where[key]) if params["index"] < 0 else 0)
        in_range = 0 <= index < len(where[key])
        where[key].insert(index if in_range else len(where[key]), params["value"])
    elif name == "Remove":
        where[key] = [item for item in where[key] if not _equal(item, params["value"])]
    elif name == "Clear":
        where[key] = [] if isinstance(where[key], list) else {}
    elif name == "Reverse":
        where[key].reverse()
    elif name == "Add" and isinstance(where[key], str):
        where[key] = where[key] + params["value"]
    else:
        number = params["value"]
        old = where[key]
        where[key] = {"Add": old + number, "Sub": old - number, "Mul": old * number}.get(
            name, old / (number or 1)
        )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    return bool(one == other)


keys = st.sampled_from("abc")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
roots = st.lists(values, max_size=5) | st.dictionaries(keys, values, max_size=3)


def change(data: st.DataObject, value: Any) -> list[dict[str, Any]]:
    """One operation, made through `dash.Patch`, that fits a value."""
    patch: Any = dash.Patch()
    at, inside = patch, value
    parent: Any = None
    key: Any = None
    for _ in range(data.draw(st.integers(0, 3))):
        if not isinstance(inside, dict | list) or not inside:
            break
        if isinstance(inside, dict):
            key = data.draw(st.sampled_from(sorted(inside)))
        else:
            key = data.draw(st.integers(-len(inside), len(inside) - 1))
        parent, at, inside = at, at[key], inside[key]
    new = data.draw(values)
    if isinstance(inside, list):
        does = ["append", "prepend", "insert", "extend", "remove", "clear", "reverse", "put"]
        what = data.draw(st.sampled_from(does))
        if what == "put":
            at[len(inside)] = new
        elif what == "insert":
            at.insert(data.draw(st.integers(-6, 6)), new)
        elif what == "extend":
            at.extend(data.draw(st.lists(values, max_size=3)))
        elif what == "remove":
            at.remove(data.draw(st.sampled_from([*inside, new])))
        elif what in {"clear", "reverse"}:
            getattr(at, what)()
        else:
            getattr(at, what)(new)
    elif isinstance(inside, dict):
        what = data.draw(st.sampled_from(["update", "clear", "put"]))
        if what == "update":
            at.update(data.draw(st.dictionaries(keys, values, max_size=2)))
        elif what == "clear":
            at.clear()
        else:
            at[data.draw(keys)] = new
    elif parent is None:
        pass
    elif type(inside) is int and data.draw(st.booleans()):
        number = data.draw(st.integers(1, 5))
        for name in [data.draw(st.sampled_from(["iadd", "isub", "imul", "itruediv"]))]:
            getattr(at, f"__{name}__")(number)
    elif isinstance(inside, str) and data.draw(st.booleans()):
        at.__iadd__(data.draw(st.text("xyz", max_size=3)))
    elif data.draw(st.booleans()):
        parent[key] = new
    else:
        del parent[key]
    operations: list[dict[str, Any]] = copy.deepcopy(patch.to_plotly_json()["operations"])
    return operations


def changes(data: st.DataObject, value: Any, most: int) -> list[list[dict[str, Any]]]:
    """Operations of several patches, each of which fits what those before it lead to."""
    made = list[list[dict[str, Any]]]()
    for _ in range(data.draw(st.integers(1, most))):
        made.append(change(data, value))
        value = rendered(value, made[-1])
    return made


quick = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
)


@quick
@given(value=roots, data=st.data())
def test_it_leads_to_what_the_renderer_makes_of_it(value: Any, data: st.DataObject) -> None:
    operations = [one for several in changes(data, value, 5) for one in several]
    before, asked = copy.deepcopy(value), copy.deepcopy(operations)
    assert applied(value, operations, "a.b") == rendered(value, operations)
    assert (value, operations) == (before, asked)  # neither was changed in place


@quick
@given(value=roots, data=st.data())
def test_what_waits_merged_leads_to_the_same_as_one_after_the_other(
    value: Any, data: st.DataObject
) -> None:
    state = SharedState()
    state.apply({"a": {"b": value}})
    waiting: Broadcast | None = None
    for operations in changes(data, value, 6):
        changed = state.apply({"a": {"b": Amended(operations)}})
        if not changed:
            continue
        newer = Broadcast(changed, state.revision)
        waiting = waiting.merged_with(newer) if waiting else newer
    if waiting:
        told = waiting.changed["a"]["b"]
        whole = told.value if isinstance(told, Amended) else told
        shown = applied(value, told.operations, "") if isinstance(told, Amended) else told
        assert shown == whole == state._values["a"]["b"]


@quick
@given(value=roots, data=st.data())
def test_two_combined_are_both_applied(value: Any, data: st.DataObject) -> None:
    first, second = (change(data, value) for _ in range(2))
    middle = rendered(value, first)
    second = change(data, middle)
    end = rendered(middle, second)
    both = combined(Amended(first, middle), Amended(second, end))
    assert both.value == applied(value, both.operations, "") == end
    assert combined("anything", Amended(second, end)) == end
    assert combined(Amended(first, middle), "whole") == "whole"


@pytest.mark.parametrize(
    ("value", "operation", "location", "params", "result"),
    [
        ([1, True], "Remove", [], {"value": True}, [1]),
        ([0, False, 0.0], "Remove", [], {"value": 0}, [False]),
        ({"a": True}, "Add", ["a"], {"value": "x"}, {"a": "truex"}),
        ({"a": None}, "Add", ["a"], {"value": "x"}, {"a": "nullx"}),
        ([1, 2, 3], "Insert", [], {"value": 9, "index": -5}, [1, 2, 3, 9]),
        ({}, "Assign", ["a", 0], {"value": 1}, {"a": [1]}),
    ],
)
def test_where_javascript_and_python_differ_it_is_as_in_javascript(
    value: Any, operation: str, location: list[Any], params: dict[str, Any], result: Any
) -> None:
    operations = [{"operation": operation, "location": location, "params": params}]
    got = applied(value, operations, "a.b")
    assert repr(got) == repr(result)


@pytest.mark.parametrize(
    "operation",
    [
        {"operation": "Explode", "location": [], "params": {}},
        {"operation": "Append", "location": ["a"], "params": {"value": 1}},
        {"operation": "Append", "location": ["a"]},
        {"operation": "Div", "location": ["b"], "params": {"value": 0}},
        {"location": []},
    ],
)
def test_what_does_not_fit_names_the_property_the_operation_and_the_value(
    operation: dict[str, Any],
) -> None:
    with pytest.raises(PushError, match=r"log\.data: the Patch's .* does not fit the value \{'b'"):
        applied({"b": 4}, [operation], "log.data")


def test_more_operations_than_are_worth_it_become_the_whole_value() -> None:
    append = {"operation": "Append", "location": [], "params": {"value": 1}}
    half = [append] * (MAX_OPERATIONS // 2)
    assert isinstance(combined(Amended(half, ["a"]), Amended(half, ["b"])), Amended)
    assert combined(Amended(half, ["a"]), Amended([*half, append], ["b"])) == ["b"]


async def test_who_is_slow_or_late_ends_at_the_same_value() -> None:
    app = Dash("journal")
    app.layout = html.Div([dcc.Store(id="journal", data=[]), html.Button(id="b")])

    @app.callback_shared(Output("journal", "data"), Input("b", "n_clicks"), timeout_s=9)
    async def write(n: int | None) -> Patch:
        more = Patch()
        for k in range(n or 0):
            more.append(k)
        return more

    async with serving(app) as served:
        quick, slow = [await Tab.open_on(served, f"a page {n:12}") for n in range(2)]
        written = list[int]()
        for count in (3, 1, MAX_OPERATIONS + 5, 2):
            number = await quick.ask("update", _click(app, count))
            await quick.answer(number)
            written += range(count)
        await slow.settle()  # it has not read until now
        late = await Tab.open_on(served, "a page that is late")
        assert quick.view["journal"]["data"] == written
        assert slow.view["journal"]["data"] == written
        assert late.view["journal"]["data"] == written


def _click(app: Dash, n: int) -> dict[str, Any]:
    return {
        "output": app._callback_list[0]["output"],
        "outputs": {"id": "journal", "property": "data"},
        "inputs": [{"id": "b", "property": "n_clicks", "value": n}],
        "changedPropIds": ["b.n_clicks"],
    }


async def test_patches_that_a_device_reports_while_its_turn_waits_are_all_applied() -> None:
    app = Dash("journal")
    app.layout = dcc.Store(id="journal", data=[])
    async with serving(app) as served:
        tab = await Tab.open_on(served, "a page of no name")
        for n in range(3):
            more = Patch()
            more.append(n)
            app.push_mods({"journal": {"data": more}}, report=True)
        await tab.until(lambda: tab.view["journal"]["data"] == [0, 1, 2])
