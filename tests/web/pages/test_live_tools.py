"""A touch of the picture, and what is said quietly over it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from dash._utils import to_json

from dash_devices import Dash
from tests.dash_devices.page import serving
from tests.web.fakes import FakeDevice, a_state
from vizy.controls import ControlInfo, check_controls
from vizy.errors import CameraError
from vizy.sensors import DeviceWarning
from vizy.state import DeviceState
from web.pages.live.focusing import Focusing
from web.pages.live.notices import Notices
from web.pages.live.tools import can_focus, tools, window_at
from web.pages.live.warnings import warnings

FOCUS = (
    ControlInfo(name="AfMetering", type="int32", default=0, minimum=0, maximum=1, group="focus"),
    ControlInfo(
        name="AfWindows",
        type="rectangle",
        size=4,
        default=(0, 0, 64, 48),
        minimum=(0, 0, 1, 1),
        maximum=(63, 47, 64, 48),
        group="focus",
    ),
)


def a_focusing_state(**controls: Any) -> DeviceState:
    state = a_state()
    camera = msgspec.structs.replace(state.camera, controls=(*state.camera.controls, *FOCUS))
    return msgspec.structs.replace(state, camera=camera, controls=state.controls | controls)


@pytest.mark.parametrize(
    ("x", "y", "crop", "window"),
    [
        (0.5, 0.5, (0, 0, 64, 48), (26, 19, 13, 10)),
        (0.0, 1.0, (0, 0, 64, 48), (0, 38, 13, 10)),
        (1.0, 0.0, (32, 24, 32, 24), (58, 24, 6, 5)),
    ],
)
def test_a_touch_means_a_fifth_of_the_picture_around_it_and_never_what_is_beyond(
    x: float, y: float, crop: tuple[int, ...], window: tuple[int, ...]
) -> None:
    values = window_at(a_focusing_state(ScalerCrop=crop), x, y)
    assert tuple(values["AfWindows"]) == window
    assert values["AfMetering"] == 1
    check_controls(FOCUS, values)


def test_a_camera_that_cannot_focus_by_touch_is_known_as_one() -> None:
    assert not can_focus(None)
    assert not can_focus(a_state())
    assert can_focus(a_focusing_state())


class FocusingDevice(FakeDevice):
    """Takes windows, and focuses sharply unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.windows: list[Any] = []
        self.state = a_focusing_state()

    async def set_controls(self, values: dict[str, object]) -> DeviceState:
        self.windows.append(values["AfWindows"])
        assert self.state is not None
        return self.state


async def test_a_touch_is_answered_with_how_the_focus_ended(tmp_path: Path) -> None:
    device = FocusingDevice(tmp_path)
    app = Dash("page", suppress_callback_exceptions=True)
    app.layout = tools
    Focusing(app, device, Notices(app))
    async with serving(app) as served:
        page = await served.open()
        for place in ({"x": 2, "y": 0}, "x", {"x": 0.5}):
            await page.answer(await page.edit(app, "tap", "data", place))
        assert device.windows == []
        answer = await page.answer(await page.edit(app, "tap", "data", {"x": 0.5, "y": 0.5}))
        assert "sharp" in str(answer)
        device.fail_next(CameraError("the lens is stuck"))
        answer = await page.answer(await page.edit(app, "tap", "data", {"x": 0.1, "y": 0.5}))
        assert "failed" in str(answer)
    assert len(device.windows) == 2


def test_warnings_are_said_with_a_way_to_the_sensors_the_critical_ones_first() -> None:
    found = [
        DeviceWarning(id=f"w{n}", severity=severity, text=f"text {n}", sensor="s", since="")
        for n, severity in enumerate(("warning", "warning", "critical"))
    ]
    text = to_json(warnings(found))
    assert text.index("text 2") < text.index("text 0")
    assert "text 1" not in text
    assert "and 1 more" in text
    assert warnings([]) == []
