"""`Presentation`: from what the device says to what every browser shows.

One function of the mirror's state, asked by ``push_mods(report=True)`` in the device's turn, so
that it always tells the newest. Runs on the web loop; it holds nothing but which panel was shown.
"""

import time
from typing import Any

from dash_devices import Output
from vizy.controls import ControlInfo
from vizy.device import DeviceMirror
from vizy.state import DeviceState, Size
from web.filmstrip import filmstrip, newest
from web.page import live_page
from web.panel import ability, panel, shown, single

_WIDE = Size(16, 9)  # until the camera says what it sends


class Presentation:
    """What the page shows of one device.

    Args:
        device: The mirror of the hardware process.
    """

    def __init__(self, device: DeviceMirror) -> None:
        self._device = device
        self._panel_of: tuple[ControlInfo, ...] | None = None

    def layout(self) -> Any:
        """Return the page as it is now; called for each browser that opens it."""
        state = self._device.state
        controls = panel(state.camera.controls, state.controls) if state else panel((), {})
        changing: dict[str, dict[str, Any]] = {}
        for output in self._around():
            key = str(output.component_id)
            changing.setdefault(key, {})[output.component_property] = output.component_value
        return live_page(controls, changing)

    def mods(self) -> list[Output]:
        """Return everything that depends on the device."""
        state = self._device.state
        mods = self._around()
        if state is None:
            return mods
        if state.camera.controls != self._panel_of:
            self._panel_of = state.camera.controls
            mods.append(
                Output("controls", "children", panel(state.camera.controls, state.controls))
            )
        for info in single(state.camera.controls):
            if info.name in state.controls:
                mods.append(shown(info, state.controls[info.name]))
            mods.append(ability(info, state.controls, connected=self._device.connected))
        return mods

    def _around(self) -> list[Output]:
        """Everything but the controls."""
        device = self._device
        state = device.state
        kind, text, message = _condition(device, state)
        captures = state.captures.latest if state else ()
        waiting = state.captures.waiting if state else 0
        is_ready = kind in ("ready", "full")
        size = state.streaming.size if state and state.streaming.size.height else _WIDE
        since = ""
        if device.away_since is not None:
            away_s = time.monotonic() - device.away_since
            since = str(round((time.time() - away_s) * 1000))
        return [
            Output("device-state", "children", text),
            Output("device-state", "data-state", kind),
            Output("device-state", "data-since", since),
            Output("live-message", "children", message),
            Output("stage", "style", {"--vz-aspect": f"{size.width / size.height:.4f}"}),
            Output("filmstrip", "children", filmstrip(captures, _empty(kind, state))),
            Output("newest", "children", newest(captures)),
            Output("capture", "disabled", not is_ready),
            Output("capture", "aria-label", "Take a picture"),
            Output("capture", "data-waiting", str(waiting)),
        ]


def _empty(kind: str, state: DeviceState | None) -> str:
    """Return what stands in place of pictures: only what can be done now is proposed."""
    if state is None:
        return "The pictures appear as soon as the camera answers."
    return "No pictures yet: press the round button." if kind == "ready" else "No pictures yet."


def _condition(device: DeviceMirror, state: DeviceState | None) -> tuple[str, str, str]:
    """Return the device's condition: a word for style, a word for people, a sentence."""
    if state is None:
        return "away", "Camera away", "Waiting for the camera process to start."
    if not device.connected:
        return "away", "Camera away", "The camera process is away. It comes back by itself."
    if state.camera.status != "ready":
        reason = state.camera.reason or "The camera does not answer."
        return state.camera.status, f"Camera {state.camera.status}", reason
    if state.storage.status != "ok":
        return (
            "full",
            "Disk full" if state.storage.status == "full" else "Disk failed",
            (state.storage.reason),
        )
    return "ready", state.camera.model, ""
