"""Alternate outputs: a callback returns `Output` objects instead of values for the declared ones.

Wrapped around every callback's function at registration; runs wherever the callback runs.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, cast

import dash

from dash_devices import push
from dash_devices.dependencies import Output


def with_alternate_outputs(function: Callable[..., Any], *, has_output: bool) -> Any:
    """Wrap a callback so that it may return outputs with values instead of the declared ones."""

    def settle(value: Any) -> Any:
        if _is_outputs(value):
            for component_id, props in push.normalise(value).items():
                dash.set_props(component_id, props)
            if not has_output:
                return None
            return dash.no_update
        return value if has_output else None

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            return settle(await function(*args, **kwargs))

        return call_async

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return settle(function(*args, **kwargs))

    return call


def _is_outputs(value: Any) -> bool:
    items = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
    return bool(items) and all(isinstance(item, Output) for item in items)
