"""What people do on the page, through real sockets, with a device that refuses."""

from pathlib import Path

from dash_devices import Dash
from tests.dash_devices.page import serving
from tests.web.fakes import FakeDevice
from vizy.errors import BusyError, DeviceTimeoutError
from web.pages.live.callbacks import PageCallbacks
from web.pages.live.presentation import Presentation

BRIGHTNESS = {"control": "Brightness", "part": "value"}
VALUE = '{"control":"Brightness","part":"value"}'
NOTE = '{"control":"Brightness","part":"note"}'


def page_of(device: FakeDevice) -> tuple[Dash, PageCallbacks]:
    app = Dash("page", suppress_callback_exceptions=True)
    presentation = Presentation(device)
    app.layout = presentation.layout
    return app, PageCallbacks(app, device, presentation)


async def test_a_refused_value_is_said_beside_its_control_and_taken_back(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, callbacks = page_of(device)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        device.fail_next(DeviceTimeoutError("the camera did not return"))
        await one.edit(app, BRIGHTNESS, "value", 0.5)
        for page in (one, two):
            await page.shows(NOTE, "children", "the camera did not return")
            await page.shows(VALUE, "value", 0.0)
        await one.edit(app, BRIGHTNESS, "value", 0.25)
        await two.shows(NOTE, "children", "")
        await two.shows(VALUE, "value", 0.25)
    await callbacks.close()
    assert device.state
    assert device.state.controls["Brightness"] == 0.25


async def test_a_refused_capture_is_said_to_everybody(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, callbacks = page_of(device)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        device.fail_next(BusyError("eight wait"))
        await one.edit(app, "capture", "n_clicks", 1)
        await two.shows("notice", "children", "eight wait")
        assert two.props["notice"]["data-state"] == "failed"
        await one.edit(app, "capture", "n_clicks", 2)
        await two.shows("notice", "data-state", "done")
    await callbacks.close()
