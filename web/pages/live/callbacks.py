"""What people do on the page: every control and the shutter, as shared callbacks.

They run on the web loop, one at a time per domain and in order of arrival. A control waits until
the device has taken the value; the shutter only hands its job over, so that presses queue in the
daemon, which says when it is too many.
"""

import asyncio
import logging
from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import MATCH, ClientsideFunction, Dash, Input, Output, State, ctx
from vizy.device import DeviceMirror
from vizy.errors import BusyError, VizyError
from web.pages.live.panel import meant, part
from web.pages.live.presentation import Presentation

logger = logging.getLogger("vizy.web")

_MAX_PRESSES = 16


class PageCallbacks:
    """Registers the page's callbacks and owns the captures they start.

    Args:
        app: The Dash application.
        device: The mirror of the hardware process.
        presentation: What is shown again when a value was refused.
    """

    def __init__(self, app: Dash, device: DeviceMirror, presentation: Presentation) -> None:
        self._app = app
        self._device = device
        self._presentation = presentation
        self._captures: set[asyncio.Task[None]] = set()
        self._notices = 0
        for name, prop in (("value", "value"), ("switch", "checked")):
            app.callback_shared(
                Output(part(MATCH, "note"), "children", allow_duplicate=True),
                Input(part(MATCH, name), prop),
                prevent_initial_call=True,
            )(self._set_control)
        app.callback_shared(None, Input("capture", "n_clicks"), domain="shutter")(self._press)
        app.clientside_callback(
            ClientsideFunction("vizy", "number"),
            Output(part(MATCH, "number"), "children"),
            Input(part(MATCH, "value"), "value"),
            State(part(MATCH, "scale"), "data"),
            prevent_initial_call=True,
        )

    async def close(self) -> None:
        """Stop waiting for captures; the daemon finishes what it has taken."""
        for task in self._captures:
            task.cancel()
        await asyncio.gather(*self._captures, return_exceptions=True)

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

    async def _press(self, presses: int | None) -> None:
        """Hand a capture over to the daemon."""
        if not presses:
            return
        if len(self._captures) >= _MAX_PRESSES:
            self._say(str(BusyError(f"{_MAX_PRESSES} pictures are on their way already")))
            return
        task = asyncio.get_running_loop().create_task(self._capture(), name="capture")
        self._captures.add(task)
        task.add_done_callback(self._captures.discard)

    async def _capture(self) -> None:
        try:
            capture = await self._device.capture()
        except VizyError as error:
            self._say(str(error), failed=True)
        else:
            self._say(f"Saved, {capture.bytes / 1e6:.1f} MB")

    def _say(self, text: str, *, failed: bool = False) -> None:
        self._notices += 1  # the same words twice are two notices
        state = "failed" if failed else "done"
        self._app.push_mods(
            {"notice": {"children": text, "data-state": state, "data-count": str(self._notices)}}
        )
