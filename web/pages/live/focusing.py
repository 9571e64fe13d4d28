"""A touch of the picture focuses there, where the camera can; on the web loop."""

from typing import Any

from dash.exceptions import PreventUpdate

from dash_devices import Dash, Input, Output, ctx
from vizy.device import DeviceMirror
from vizy.errors import VizyError
from web.pages.live.notices import Notices
from web.pages.live.tools import can_focus, window_at


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
        if state is None or not can_focus(state) or not _is_place(place):
            raise PreventUpdate
        try:
            await self._device.set_controls(window_at(state, place["x"], place["y"]))
            is_sharp = await self._device.focus()
        except VizyError as error:
            self._notices.say(str(error), ctx.client, failed=True)
            return "failed"
        return "sharp" if is_sharp else "failed"


def _is_place(place: Any) -> bool:
    """Whether what a browser sent is a place in the picture."""
    return isinstance(place, dict) and all(
        isinstance(place.get(axis), int | float) and 0 <= place[axis] <= 1 for axis in ("x", "y")
    )
