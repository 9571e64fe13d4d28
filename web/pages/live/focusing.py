"""A touch of the picture focuses there, where the camera can; on the web loop."""

from typing import Annotated, Any

import msgspec
from dash.exceptions import PreventUpdate

from dash_devices import Dash, Input, Output, ctx
from vizy.device import DeviceMirror
from vizy.errors import VizyError
from web.pages.live.notices import Notices
from web.pages.live.tools import can_focus, window_at


class _Place(msgspec.Struct, frozen=True):
    """Where the picture was touched, from its left and upper edge."""

    x: Annotated[float, msgspec.Meta(ge=0, le=1)]
    y: Annotated[float, msgspec.Meta(ge=0, le=1)]


class Focusing:
    """Registers the callback of a touch.

    Args:
        app: The Dash application.
        device: The mirror of the hardware process.
        notices: Where is said why it failed.
    """

    def __init__(self, app: Dash, device: DeviceMirror, notices: Notices) -> None:
        self._device = device
        self._notices = notices
        app.callback_s2(
            Output("focus-ring", "data-state"),
            Input("tap", "data"),
            prevent_initial_call=True,
            domain="shutter",
            timeout_s=60.0,
        )(self._tap)

    async def _tap(self, place: Any) -> str:
        """Focus at a place; return how that ended, for who touched."""
        state = self._device.state
        if state is None or not can_focus(state):
            raise PreventUpdate
        try:
            touched = msgspec.convert(place, _Place)
        except msgspec.ValidationError as error:
            raise PreventUpdate from error
        try:
            await self._device.set_controls(window_at(state, touched.x, touched.y))
            is_sharp = await self._device.focus()
        except VizyError as error:
            self._notices.say(str(error), ctx.client, failed=True)
            return "failed"
        return "sharp" if is_sharp else "failed"
