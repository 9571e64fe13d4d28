"""What people do on the page, through real sockets, with a device that refuses."""

from pathlib import Path
from typing import Any

from dash_devices import Dash
from tests.dash_devices.page import Page as Tab
from tests.dash_devices.page import serving
from tests.web.fakes import FakeDevice
from vizy.errors import BusyError, DeviceTimeoutError
from vizy.jobs import Burst, Recording, TimeLapse
from web.pages.live.controls import Controls
from web.pages.live.modes import OPTIONS
from web.pages.live.notices import Notices
from web.pages.live.presentation import Presentation
from web.pages.live.shooting import Shooting


def text_of(notice: Any) -> str:
    """What a notice says, with the words on its buttons."""
    children = notice if isinstance(notice, str | list) else notice["props"].get("children")
    return children if isinstance(children, str) else " ".join(map(text_of, children or ()))


async def said(page: Tab, text: str) -> Any:
    """Wait until a page's notice holds a text; return what the notice is made of."""

    def notice() -> Any:
        return page.props.get("notice", {}).get("children", "")

    await page.until(lambda: text in text_of(notice()))
    return notice()


def press_of(notice: Any) -> dict[str, Any]:
    """The id of a notice's button."""
    return next(part["props"]["id"] for part in notice if part["type"] == "Button")


BRIGHTNESS = {"control": "Brightness", "part": "value"}
VALUE = '{"control":"Brightness","part":"value"}'
NOTE = '{"control":"Brightness","part":"note"}'


def page_of(device: FakeDevice) -> tuple[Dash, Shooting]:
    app = Dash("page", suppress_callback_exceptions=True)
    presentation = Presentation(device)
    app.layout = presentation.layout
    notices = Notices(app)
    Controls(app, device, presentation, notices)
    return app, Shooting(app, device, notices)


async def test_a_refused_value_is_said_beside_its_control_and_taken_back(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, shooting = page_of(device)
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
    await shooting.close()
    assert device.state
    assert device.state.controls["Brightness"] == 0.25


def pressed(mode: str, *, motion: str = "", **chosen: str) -> list[dict[str, Any]]:
    """What a browser sends with a press of the shutter."""
    values = {option.id: option.default for option in OPTIONS} | chosen
    state = {("mode", "value"): mode, ("capture", "data-motion"): motion}
    state |= {(name, "value"): value for name, value in values.items()}
    return [{"id": i, "property": p, "value": v} for (i, p), v in state.items()]


async def test_a_refused_capture_is_said_to_everybody(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, shooting = page_of(device)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        device.fail_next(BusyError("eight wait"))
        await one.edit(app, "capture", "n_clicks", 1, state=pressed("photo"))
        await two.shows("notice", "children", "eight wait")
        assert two.props["notice"]["data-state"] == "failed"
        await one.edit(app, "capture", "n_clicks", 2, state=pressed("photo", raw="raw"))
        await two.shows("notice", "data-state", "done")
    await shooting.close()
    assert device.wanted_raw == [True]


async def test_the_shutter_starts_what_the_mode_says_and_ends_motion(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, shooting = page_of(device)
    async with serving(app) as served:
        one = await served.open()
        burst = pressed("burst", **{"burst-count": "5", "burst-source": "still"})
        lapse = pressed("timelapse", **{"timelapse-count": "null", "timelapse-movie": "25"})
        for clicks, state in enumerate((burst, lapse, pressed("motion", motion="j9")), 1):
            await one.answer(await one.edit(app, "capture", "n_clicks", clicks, state=state))
        for clicks, running in enumerate(("", "j7"), 1):
            state = [{"id": "record", "property": "data-job", "value": running}]
            await one.answer(await one.edit(app, "record", "n_clicks", clicks, state=state))
        await one.answer(await one.edit(app, "capture", "n_clicks", 4, state=pressed("nonsense")))
        await one.shows("notice", "data-state", "failed")
        refusal = str(one.props["notice"]["children"])
    await shooting.close()
    assert device.started == [
        Burst(count=5, fps=10.0, source="still"),
        TimeLapse(interval_s=10.0, movie_fps=25.0),
        Recording(),
    ]
    assert device.stopped == ["j9", "j7"]
    assert "'nonsense' is no job" in refusal


async def test_a_job_that_is_refused_is_said_to_who_pressed(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    app, shooting = page_of(device)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        device.fail_next(BusyError("no bracket beside recording 1"))
        await one.edit(app, "capture", "n_clicks", 1, state=pressed("bracket"))
        await one.shows("notice", "children", "no bracket beside recording 1")
        await two.layout()
        assert "notice" not in two.props
    await shooting.close()


async def test_a_reset_goes_to_everybody_and_is_taken_back_by_who_made_it(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    await device.set_controls({"Brightness": 0.5, "AeEnable": False})
    app, shooting = page_of(device)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        for thing in ({"control": "Brightness"}, {"group": "image"}):
            await one.edit(app, thing | {"part": "reset"}, "n_clicks", 1)
            notice = await said(one, "Undo")
            assert device.state
            assert device.state.controls["Brightness"] == 0.0
            assert device.state.controls["AeEnable"] is ("group" in thing)
            undo = press_of(notice)
            await one.edit(app, undo, "n_clicks", 1)
            await one.shows("notice", "children", "Undone")
            assert device.state.controls["Brightness"] == 0.5
            await one.edit(app, undo, "n_clicks", 2)
            await said(one, "too long ago")
        await two.layout()
        assert "notice" not in two.props
    await shooting.close()


async def test_presets_are_saved_recalled_and_deleted_with_a_way_back(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    await device.set_controls({"Brightness": 0.5})
    app, shooting = page_of(device)
    async with serving(app) as served:
        page = await served.open()

        def state(name: str) -> dict[str, Any]:
            more = [{"id": "preset-name", "property": "n_submit", "value": None}]
            typed = [{"id": "preset-name", "property": "value", "value": name}]
            return {"inputs": more, "state": typed}

        number = await page.edit(app, "preset-save", "n_clicks", 1, **state("  "))
        assert "Give it a name" in str(await page.answer(number))
        await page.edit(app, "preset-save", "n_clicks", 2, **state(" Night "))
        await said(page, "Night saved")
        await device.set_controls({"Brightness": 0.0})
        await page.edit(app, "preset-save", "n_clicks", 3, **state("Night"))
        await page.edit(app, press_of(await said(page, "Night saved anew")), "n_clicks", 1)
        await said(page, "Undone")
        assert device.preset("Night").values["Brightness"] == 0.5
        device.preset("Night").values["Sharpness"] = 3.0
        await page.edit(app, {"preset": "Night", "part": "recall"}, "n_clicks", 1)
        await said(page, "without sharpness, which this camera does not take")
        assert device.state
        assert device.state.controls["Brightness"] == 0.5
        await page.edit(app, {"preset": "Night", "part": "delete"}, "n_clicks", 1)
        undo = press_of(await said(page, "Night deleted"))
        assert device.state.presets == ()
        await page.edit(app, undo, "n_clicks", 1)
        await said(page, "Undone")
        assert device.preset("Night")
    await shooting.close()
