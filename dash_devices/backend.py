"""`DevicesServer`: Dash's Quart back end with our socket instead of Dash's own.

Passed to Dash as ``backend=``. It keeps `def` callbacks that still come over HTTP off the event
loop (stock Dash runs them on it, and freezes every other client meanwhile).
"""

import asyncio
import inspect
from contextvars import copy_context
from typing import Any

from dash.backends._quart import QuartDashServer, QuartRequestAdapter


class DevicesServer(QuartDashServer):
    """One Quart application that serves Dash and the socket."""

    websocket_capability = False

    def serve_callback(self, dash_app: Any) -> Any:
        """Return the view of ``_dash-update-component`` for callbacks that come over HTTP."""

        async def dispatch() -> Any:
            body = await QuartRequestAdapter().get_json()
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
            return context.dash_response.set_response(data=data)

        dispatch.__module__, dispatch.__qualname__ = "dash.dash", "dispatch"
        return dispatch

    def run(self, dash_app: Any, host: str, port: int, debug: bool, **kwargs: Any) -> None:
        """Serve until interrupted, under uvicorn; what ``app.run()`` calls."""
        from dash_devices.serve import serve  # uvicorn is loaded by those who serve with it

        del kwargs
        self.config = {"debug": debug}
        serve(dash_app.server, host=host, port=int(port))
