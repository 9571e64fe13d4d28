"""A change of a value that is told as what changes, and not as the new whole.

`dash.Patch` arrives here as `Amended`: its operations, and, once the state has taken it, the value
that they lead to. Browsers are sent the operations; whoever missed them gets the value. Nothing is
changed in place: a value that waits somewhere to be sent stays as it was. Pure functions.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from dash_devices.errors import PushError

UNKNOWN: Final = object()
MARK: Final = "__dash_patch_update"

MAX_OPERATIONS = 200
"""More than these that wait together are sent as the whole value."""

Operation = dict[str, Any]
Location = Sequence[str | int]


class Amended:
    """A value told as operations; not changed once made.

    Args:
        operations: As `dash.Patch` writes them, in JSON types.
        value: What they lead to; `UNKNOWN` where only the browser knows what they apply to.
    """

    def __init__(self, operations: list[Operation], value: Any = UNKNOWN) -> None:
        self.operations = operations
        self.value = value

    def as_json(self) -> dict[str, Any]:
        """Write it as `dash.Patch` does."""
        return {MARK: MARK, "operations": self.operations}


def combined(older: Any, newer: Any) -> Any:
    """Return one change for two that follow each other; either may be a plain value.

    Raises:
        PushError: The newer does not fit the older.
    """
    if not isinstance(newer, Amended):
        return newer
    is_known = newer.value is not UNKNOWN
    if not isinstance(older, Amended):
        return newer.value if is_known else applied(older, newer.operations, "a Patch")
    operations = older.operations + newer.operations
    if is_known and len(operations) > MAX_OPERATIONS:
        return newer.value
    return Amended(operations, newer.value)


def applied(value: Any, operations: list[Operation], what: str) -> Any:
    """Apply operations to a value as the renderer does, and return the new value.

    Args:
        what: The property, for the error.

    Raises:
        PushError: An operation does not fit the value.
    """
    for operation in operations:
        try:
            change = _CHANGES[operation["operation"]]
            params: dict[str, Any] = operation["params"]
            location: list[str | int] = list(operation["location"])
            if change is _without:
                params = {"key": location.pop()}
            value = _at(value, location, functools.partial(change, params))
        except (KeyError, IndexError, TypeError, AttributeError, ZeroDivisionError) as error:
            name = operation.get("operation")
            place = operation.get("location")
            raise PushError(
                f"{what}: the Patch's {name} at {place} does not fit the value "
                f"{value!r:.100}: {type(error).__name__}: {error}"
            ) from error
    return value


def _at(value: Any, location: Location, change: Callable[[Any], Any]) -> Any:
    """Return a copy of a value with what is at a location changed; what is beside is shared."""
    if not location:
        return change(value)
    key, rest = location[0], location[1:]
    if isinstance(value, list) or (value is None and isinstance(key, int)):
        items: list[Any] = [*(value or [])]
        index = int(key)
        items += [None] * (index + 1 - len(items))
        items[index] = _at(items[index], rest, change)
        return items
    fields = cast("dict[str, Any]", value or {})
    return {**fields, str(key): _at(fields.get(str(key)), rest, change)}


def _without(params: dict[str, Any], old: Any) -> Any:
    key = params["key"]
    if isinstance(old, list):
        items = cast("list[Any]", old)
        index = int(key) if int(key) >= 0 else len(items) + int(key)
        return items[:index] + items[index + 1 :]
    return {k: v for k, v in old.items() if k != key}


def _merged(params: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    return {**(old or {}), **params["value"]}


def _inserted(params: dict[str, Any], old: list[Any]) -> list[Any]:
    index: int = params["index"]
    at = index if index >= 0 else len(old) + index
    if not 0 <= at < len(old):
        at = len(old)
    return [*old[:at], params["value"], *old[at:]]


def _added(params: dict[str, Any], old: Any) -> Any:
    by = params["value"]
    if isinstance(old, str) or isinstance(by, str):
        return _text(old) + _text(by)  # JavaScript adds a text to anything
    return old + by


def _text(value: Any) -> str:
    """Write a value as JavaScript does when it makes a text of it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_equal(one: Any, other: Any) -> bool:
    """Whether the renderer takes two values for equal: true is not 1, but 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        mine, theirs = cast("list[Any]", one), cast("list[Any]", other)
        return len(mine) == len(theirs) and all(map(_is_equal, mine, theirs))
    if isinstance(one, dict) and isinstance(other, dict):
        ours, yours = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        return ours.keys() == yours.keys() and all(_is_equal(ours[k], yours[k]) for k in ours)
    return one == other


def _removed(params: dict[str, Any], old: list[Any]) -> list[Any]:
    return [item for item in old if not _is_equal(item, params["value"])]


Change = Callable[[dict[str, Any], Any], Any]

_CHANGES: dict[str, Change] = {
    "Assign": lambda p, old: p["value"],
    "Merge": _merged,
    "Extend": lambda p, old: [*old, *p["value"]],
    "Append": lambda p, old: [*old, p["value"]],
    "Prepend": lambda p, old: [p["value"], *old],
    "Insert": _inserted,
    "Remove": _removed,
    "Clear": lambda p, old: type(old)(),
    "Reverse": lambda p, old: old[::-1],
    "Add": _added,
    "Sub": lambda p, old: old - p["value"],
    "Mul": lambda p, old: old * p["value"],
    "Div": lambda p, old: old / p["value"],
    "Delete": _without,
}
