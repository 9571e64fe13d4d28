"""`Presentation`: from what the device says to what every browser shows.

One function of the mirror's state, asked by ``push_mods(report=True)`` in the device's turn, so
that it always tells the newest. Runs on the web loop; it holds nothing but which panel was shown.
"""

from collections.abc import Sequence
from typing import Any

from dash_devices import Output
from vizy.controls import ControlInfo
from vizy.device import DeviceMirror
from vizy.jobs import JobState, Motion, Recording
from vizy.state import DeviceState, Size
from web.pages.condition import condition
from web.pages.live.filmstrip import filmstrip, newest
from web.pages.live.jobs import active, clock, pills
from web.pages.live.modes import RAW
from web.pages.live.page import live_page
from web.pages.live.panel import ability, panel, resets, shown, single
from web.pages.live.presets import rows
from web.pages.live.steering import steered
from web.pages.live.tools import can_focus
from web.pages.live.warnings import warnings

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
        changing: dict[str, dict[str, Any]] = {}
        for output in self._around():
            key = str(output.component_id)
            changing.setdefault(key, {})[output.component_property] = output.component_value
        return live_page(panel(*steered(self._device.state)), changing)

    def mods(self) -> list[Output]:
        """Return everything that depends on the device."""
        state = self._device.state
        mods = self._around()
        if state is None:
            return mods
        infos, values = steered(state)
        if infos != self._panel_of:
            self._panel_of = infos
            mods.append(Output("groups", "children", panel(infos, values)))
        for info in single(infos):
            if info.name in values:
                mods.append(shown(info, values[info.name]))
            mods.append(ability(info, values, connected=self._device.connected))
        return [*mods, *resets(infos, values)]

    def _around(self) -> list[Output]:
        """Everything but the controls."""
        device = self._device
        state = device.state
        how = condition(device)
        captures = state.captures.latest if state else ()
        waiting = state.captures.waiting if state and device.connected else 0
        jobs = state.jobs if state and device.connected else ()
        size = state.streaming.size if state and state.streaming.size.height else _WIDE
        return [
            Output("live-message", "children", how.message),
            Output("stage", "style", {"--vz-aspect": f"{size.width / size.height:.4f}"}),
            Output("stage", "data-can-focus", "yes" if can_focus(state) else "no"),
            Output("filmstrip", "children", filmstrip(captures, _empty(how.kind, state))),
            Output("newest", "children", newest(captures)),
            Output("capture", "disabled", not how.is_ready),
            Output("capture", "data-waiting", str(waiting)),
            Output(f"{RAW}-choice", "hidden", not (state and state.camera.has_raw)),
            Output("presets", "children", rows(state.presets if state else ())),
            Output("warnings", "children", warnings(state.warnings if state else ())),
            *_jobs(jobs, is_ready=how.is_ready),
        ]


def _jobs(jobs: Sequence[JobState], *, is_ready: bool) -> list[Output]:
    recording, motion = active(jobs, Recording), active(jobs, Motion)
    return [
        Output("jobs", "children", pills(jobs)),
        Output("capture", "data-motion", motion.id if motion else ""),
        Output("record", "disabled", not is_ready and recording is None),
        Output("record", "data-job", recording.id if recording else ""),
        Output("record", "aria-label", "Stop recording" if recording else "Record"),
        Output("record-clock", "children", clock(recording.done) if recording else ""),
    ]


def _empty(kind: str, state: DeviceState | None) -> str:
    """Return what stands in place of pictures: only what can be done now is proposed."""
    if state is None:
        return "The pictures appear as soon as the camera answers."
    return "No pictures yet: press the round button." if kind == "ready" else "No pictures yet."
