"""Runs one callback through stock Dash, in process.

`execution_context` makes of an update (from a socket, or the server's own) what Dash's HTTP route
would have made; `execute` runs the callback and returns Dash's answer as JSON text. Only this
file calls Dash's private functions to run a callback. `async def` callbacks run on the event loop,
`def` callbacks in whatever thread the caller provides.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import msgspec
from dash._utils import AttributeDict, inputs_to_dict
from dash.exceptions import PreventUpdate

from dash_devices.clients import Client
from dash_devices.errors import DashDevicesError
from dash_devices.protocol import Update
from dash_devices.watched import Watched

if TYPE_CHECKING:
    from dash_devices.app import Dash

CallInThread = Callable[[Callable[[], Any]], Awaitable[Any]]


def execution_context(app: "Dash", update: Update, client: Client | None) -> Any:
    """Build the context that `dash.callback_context` reads; ``client`` is ours."""
    inputs: list[Any] = msgspec.to_builtins(update.inputs)
    states: list[Any] = msgspec.to_builtins(update.state or [])
    values = inputs_to_dict(inputs)
    return AttributeDict(
        inputs_list=inputs,
        states_list=states,
        outputs_list=update.outputs or [],
        input_values=values,
        state_values=inputs_to_dict(states),
        triggered_inputs=[
            {"prop_id": prop_id, "value": values.get(prop_id)} for prop_id in update.changedPropIds
        ],
        dash_response=app.backend.response_adapter(),
        updated_props={},
        client=client,
        cookies=client.cookies if client else {},
        headers=client.headers if client else {},
        args=client.args if client else {},
        path=client.path if client else "",
        remote=client.address if client else None,
        origin=client.origin if client else None,
    )


async def execute(
    app: "Dash", update: Update, context: Any, call_in_thread: CallInThread
) -> str | None:
    """Run the callback that an update names.

    Returns:
        Dash's answer as JSON text; None if the callback changed nothing that way.

    Raises:
        KeyError: There is no such callback.
        Exception: Whatever the callback raised.
    """
    body = {"output": update.output, "changedPropIds": update.changedPropIds}
    function = app._prepare_callback(context, body)
    values = app._inputs_to_vals(context.inputs_list + context.states_list)
    call = app._execute_callback(function, values, context.outputs_list, context)
    try:
        if inspect.iscoroutinefunction(function):
            # A task of its own, so that the callback's context variables stay its own.
            watched = Watched(call, function.__qualname__)
            return await asyncio.get_running_loop().create_task(
                watched.result(), context=copy_context()
            )
        return await call_in_thread(functools.partial(_called, call))
    except PreventUpdate:
        return None


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except StopIteration as error:  # no future can carry one
        raise RuntimeError("StopIteration was raised, as by next() of nothing") from error


def error_text(app: "Dash", error: BaseException) -> str:
    """Describe a callback's error for dev tools: the traceback in debug mode, else one line."""
    if app._dev_tools.ui:
        return str(app.backend._get_traceback(None, error))
    if isinstance(error, DashDevicesError):
        return str(error)
    return f"{type(error).__name__} in a callback: see the server's log"
