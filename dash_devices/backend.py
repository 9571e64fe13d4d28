"""`DevicesServer`: Dash's Quart back end with our socket instead of Dash's own.

Passed to Dash as ``backend=``. It keeps `def` callbacks that still come over HTTP off the event
loop (stock Dash runs them on it, and freezes every other client meanwhile).
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import asyncio
import inspect
from contextvars import copy_context
from typing import Any

from dash.backends._quart import QuartDashServer, QuartRequestAdapter
from quart import Quart, Response


class DevicesServer(QuartDashServer):
    """One Quart application that serves Dash and the socket."""

    websocket_capability = False

    @classmethod
    def on(cls, own: Quart) -> type["DevicesServer"]:
        """Return a back end that serves on an application of the user's own.

        Given the application itself, Dash would choose its stock back end by the type's name.
        """

        def create_app(name: str, config: dict[str, Any] | None = None) -> Quart:
            del name, config  # the user's application has its own
            return own

        return type(cls.__name__, (cls,), {"create_app": staticmethod(create_app)})

    def serve_callback(self, dash_app: Any) -> Any:
        """Return the view of ``_dash-update-component`` for callbacks that come over HTTP."""

        async def dispatch() -> Any:
            body = await QuartRequestAdapter().get_json()
            if body.get("output") in dash_app.engine.callbacks:
                # Here it would run beside the device's queue, in no order.
                return Response("a shared callback is asked for on the socket", status=409)
            context = dash_app._initialize_context(body)
            context.client = None
            function = dash_app._prepare_callback(context, body)
            values = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, values, context.outputs_list, context)
            if inspect.iscoroutinefunction(function):
                data = await call()
            else:
                data = await asyncio.get_running_loop().run_in_executor(
                    None, copy_context().run, call
                )
            return context.dash_response.set_response(data=dash_app.overlay_answer(data))

        dispatch.__module__, dispatch.__qualname__ = "dash.dash", "dispatch"
        return dispatch

    def run(self, dash_app: Any, host: str, port: int, debug: bool, **kwargs: Any) -> None:
        """Serve until interrupted, under uvicorn; what ``app.run()`` calls."""
        from dash_devices.serve import serve  # uvicorn is loaded by those who serve with it

        del kwargs
        self.config = {"debug": debug}
        serve(dash_app.server, host=host, port=int(port))
