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
    """Return one change for two that follow each other; either may be a plain value."""
    if not isinstance(newer, Amended):
        return newer
    if not isinstance(older, Amended):
        return newer.value
    operations = older.operations + newer.operations
    return newer.value if len(operations) > MAX_OPERATIONS else Amended(operations, newer.value)


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
    if isinstance(value, list):
        items = cast("list[Any]", value)
        index = int(key)
        copy = [*items]
        if index == len(items):
            copy.append(_at(None, rest, change))
        else:
            copy[index] = _at(items[index], rest, change)
        return copy
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
    return [*old[:at], params["value"], *old[at:]]


def _added(params: dict[str, Any], old: Any) -> Any:
    by = params["value"]
    if isinstance(old, str) or isinstance(by, str):
        return f"{old}{by}"  # as JavaScript adds a text to anything
    return old + by


Change = Callable[[dict[str, Any], Any], Any]

_CHANGES: dict[str, Change] = {
    "Assign": lambda p, old: p["value"],
    "Merge": _merged,
    "Extend": lambda p, old: [*old, *p["value"]],
    "Append": lambda p, old: [*old, p["value"]],
    "Prepend": lambda p, old: [p["value"], *old],
    "Insert": _inserted,
    "Remove": lambda p, old: [item for item in old if item != p["value"]],
    "Clear": lambda p, old: type(old)(),
    "Reverse": lambda p, old: old[::-1],
    "Add": _added,
    "Sub": lambda p, old: old - p["value"],
    "Mul": lambda p, old: old * p["value"],
    "Div": lambda p, old: old / p["value"],
    "Delete": _without,
}
