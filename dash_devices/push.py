"""Turns what `push_mods` accepts into `Mods` of JSON types, or refuses it with the reason."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from dash._utils import to_json

from dash_devices.dependencies import UNSET, Output, canonical_id, stringify_id
from dash_devices.errors import PushError
from dash_devices.patch import MARK, Amended
from dash_devices.state import Mods, is_object

_SCALARS = (str, int, float, bool, type(None))


def normalise(mods: Any) -> Mods:
    """Accept ``{id: {prop: value}}``, one `Output` with a value, or several of them.

    Raises:
        PushError: Anything else, or a value that cannot be sent as JSON.
    """
    if isinstance(mods, Output):
        return _of_outputs([mods])
    if isinstance(mods, Mapping):
        return _of_mapping(cast("Mapping[Any, Any]", mods))
    if isinstance(mods, list | tuple):
        return _of_outputs(cast("list[Any]", mods))
    raise PushError(
        f"push_mods takes {{id: {{prop: value}}}}, an Output or a list of Outputs, not {mods!r}"
    )


def _of_mapping(mods: Mapping[Any, Any]) -> Mods:
    clean: Mods = {}
    for component_id, props in mods.items():
        if not _is_id(component_id) or not isinstance(props, Mapping):
            raise PushError(
                f"push_mods: {component_id!r}: {props!r:.200} is not an id with its properties, as "
                "{'text': {'children': 3}} is; push a dict id as Output(id, prop, value)"
            )
        clean[canonical_id(component_id)] = {
            str(prop): as_json(component_id, prop, value)
            for prop, value in cast("Mapping[Any, Any]", props).items()
        }
    return clean


def _is_id(component_id: Any) -> bool:
    """Whether it is an id as Dash writes it: a text, or a dict as JSON."""
    if not isinstance(component_id, str):
        return False
    try:
        return canonical_id(component_id) != ""
    except ValueError:
        return False


def _of_outputs(outputs: Iterable[Any]) -> Mods:
    clean: Mods = {}
    for output in outputs:
        if not isinstance(output, Output) or output.component_value is UNSET:
            raise PushError(f"push_mods: {output!r} is not an Output with a value")
        component_id = stringify_id(output.component_id)
        prop = output.component_property
        clean.setdefault(component_id, {})[prop] = as_json(
            component_id, prop, output.component_value
        )
    return clean


def as_json(component_id: str, prop: Any, value: Any) -> Any:
    """Return a value in JSON types: components, figures, arrays and dates as Dash writes them.

    A `dash.Patch` becomes `Amended`.

    Raises:
        PushError: It cannot be written as JSON.
    """
    try:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("JSON has no such number")
        if isinstance(value, str):
            value.encode()
        if type(value) in _SCALARS:
            return value
        plain: Any = msgspec.json.decode(to_json(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise PushError(
            f"{component_id}.{prop} = {value!r:.200} cannot be sent to a browser: {error}"
        ) from error
    return Amended(plain["operations"]) if is_object(plain) and MARK in plain else plain
