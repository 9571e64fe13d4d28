"""What people do to the controls, as shared callbacks.

They run on the web loop, one at a time and in order of arrival, and wait until the device has taken
the value.
"""

from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import MATCH, ClientsideFunction, Dash, Input, Output, State, ctx
from vizy.device import DeviceMirror
from vizy.errors import VizyError
from web.pages.live.panel import meant, part
from web.pages.live.presentation import Presentation


class Controls:
    """Registers the callbacks of the panel.

    Args:
        app: The Dash application.
        device: The mirror of the hardware process.
        presentation: What is shown again when a value was refused.
    """

    def __init__(self, app: Dash, device: DeviceMirror, presentation: Presentation) -> None:
        self._app = app
        self._device = device
        self._presentation = presentation
        for name, prop in (("value", "value"), ("switch", "checked")):
            app.callback_shared(
                Output(part(MATCH, "note"), "children", allow_duplicate=True),
                Input(part(MATCH, name), prop),
                prevent_initial_call=True,
            )(self._set_control)
        app.clientside_callback(
            ClientsideFunction("vizy", "number"),
            Output(part(MATCH, "number"), "children"),
            Input(part(MATCH, "value"), "value"),
            State(part(MATCH, "scale"), "data"),
            prevent_initial_call=True,
        )

    async def _set_control(self, value: Any) -> str:
        """Write one control; return what to say beside it."""
        name: str = ctx.triggered_id["control"]
        state = self._device.state
        info = next((i for i in state.camera.controls if i.name == name), None) if state else None
        if info is None or value is None:
            raise PreventUpdate
        try:
            await self._device.set_controls({name: meant(info, value)})
        except VizyError as error:
            return str(error)
        finally:
            # In its turn after this one: the slider shows what the device took.
            self._app.push_mods(self._presentation.mods, report=True)
        return ""
