from pathlib import Path
from typing import Any

import msgspec
import pytest
from dash._utils import to_json

from dash_devices.push import normalise
from tests.web.fakes import FakeDevice
from vizy.jobs import JobState, Motion, Recording
from vizy.presets import Preset
from vizy.state import CameraState, Capture, CapturesState, Size, StorageState
from web.pages.live.presentation import Presentation
from web.pages.shell import Shell


@pytest.fixture
def device(tmp_path: Path) -> FakeDevice:
    return FakeDevice(tmp_path)


def mods_of(presentation: Presentation | Shell) -> dict[str, dict[str, Any]]:
    return normalise(presentation.mods())


def around(device: FakeDevice) -> dict[str, Any]:
    """What the shell says of the device."""
    return mods_of(Shell(device, ()))["device-state"]


def replace(device: FakeDevice, **sections: Any) -> None:
    assert device.state is not None
    device.state = msgspec.structs.replace(device.state, **sections)


def test_a_camera_that_is_ready_is_called_by_its_model(device: FakeDevice) -> None:
    assert around(device) == {"children": "Fake", "data-state": "ready", "data-since": ""}
    mods = mods_of(Presentation(device))
    assert mods["live-message"] == {"children": ""}
    assert mods["capture"]["disabled"] is False


def test_a_camera_that_is_away_is_said_and_nothing_can_be_used(device: FakeDevice) -> None:
    device.go_away()
    mods = mods_of(Presentation(device))
    assert around(device)["data-state"] == "away"
    assert int(around(device)["data-since"]) > 0
    assert "comes back by itself" in mods["live-message"]["children"]
    assert mods["capture"]["disabled"] is True
    disabled = [p["disabled"] for p in mods.values() if "disabled" in p]
    assert all(disabled)


def test_before_the_first_contact_the_page_waits(device: FakeDevice) -> None:
    device.state, device.connected = None, False
    presentation = Presentation(device)
    assert mods_of(presentation)["live-message"]["children"].startswith("Waiting")
    assert "as soon as the camera answers" in to_json(presentation.layout())


@pytest.mark.parametrize(("status", "word"), [("stalled", "stalled"), ("fault", "fault")])
def test_a_camera_that_fails_says_why(device: FakeDevice, status: Any, word: str) -> None:
    camera = CameraState(
        backend="f", model="F", status=status, reason="the cable is out", still_size=Size(1, 1)
    )
    replace(device, camera=camera)
    mods = mods_of(Presentation(device))
    assert around(device)["children"] == f"Camera {word}"
    assert mods["live-message"]["children"] == "the cable is out"


def test_a_full_disk_is_said_while_the_shutter_may_still_be_pressed(device: FakeDevice) -> None:
    storage = StorageState(
        path="/", free_bytes=1, total_bytes=9, floor_bytes=5, status="full", reason="1 B free"
    )
    replace(device, storage=storage)
    mods = mods_of(Presentation(device))
    assert around(device)["children"] == "Disk full"
    assert mods["live-message"]["children"] == "1 B free"
    assert mods["capture"]["disabled"] is False


def test_the_newest_captures_are_links_to_the_full_pictures(device: FakeDevice) -> None:
    capture = Capture(id="20261121T1", created="2026-11-21T02:03:04.5Z", bytes=9, size=Size(8, 6))
    replace(device, captures=CapturesState(count=1, latest=(capture,), waiting=2))
    mods = mods_of(Presentation(device))
    (frame,) = mods["filmstrip"]["children"]
    assert frame["props"]["href"] == "/api/v1/captures/20261121T1/file"
    image = frame["props"]["children"]["props"]
    assert image["src"] == "/api/v1/captures/20261121T1/thumbnail"
    assert image["alt"] == "Picture of 2026-11-21 02:03:04 UTC"
    assert mods["newest"]["children"] == [frame]
    assert mods["capture"]["data-waiting"] == "2"


def test_a_video_says_what_it_is_and_how_long(device: FakeDevice) -> None:
    created = "2026-11-21T02:03:04.5Z"
    video = Capture(id="v", created=created, bytes=9, size=Size(8, 6), duration_s=75.2)
    short = Capture(id="s", created=created, bytes=9, size=Size(8, 6), duration_s=0.3)
    replace(device, captures=CapturesState(count=2, latest=(video, short)))
    long_one, short_one = mods_of(Presentation(device))["filmstrip"]["children"]
    image, length = long_one["props"]["children"]
    assert image["props"]["alt"] == "Video of 2026-11-21 02:03:04 UTC"
    assert length["props"]["children"] == "1:15"
    assert long_one["props"]["title"].endswith("0.0 MB, 1:15")
    assert short_one["props"]["children"][1]["props"]["children"] == "0:01"


def test_the_panel_is_pushed_once_per_camera_and_the_values_each_time(device: FakeDevice) -> None:
    presentation = Presentation(device)
    first, second = mods_of(presentation), mods_of(presentation)
    assert "groups" in first
    assert "groups" not in second
    key = '{"control":"Brightness","part":"value"}'
    assert first[key]["value"] == second[key]["value"] == 0.0


def test_a_page_opened_now_shows_what_is_true_now(device: FakeDevice) -> None:
    text = to_json(Presentation(device).layout())
    for name in ("live-view", "control-Brightness", "capture", "filmstrip"):
        assert f'"id":"{name}"' in text
    assert '"data-state":"ready"' in to_json(Shell(device, ()).layout())


@pytest.mark.parametrize(
    ("is_known", "is_connected", "sentence"),
    [
        (True, True, "No pictures yet: press the round button."),
        (True, False, "No pictures yet."),
        (False, False, "The pictures appear as soon as the camera answers."),
    ],
)
def test_without_pictures_only_what_can_be_done_is_proposed(
    device: FakeDevice, is_known: bool, is_connected: bool, sentence: str
) -> None:
    device.connected = is_connected
    if not is_known:
        device.state = None
    (empty,) = mods_of(Presentation(device))["filmstrip"]["children"]
    assert empty["props"]["children"] == sentence


def test_what_runs_is_shown_to_everybody_and_not_of_a_camera_that_is_away(
    device: FakeDevice,
) -> None:
    recording = JobState(id="r", spec=Recording(), status="running", started="", done=75)
    motion = JobState(id="m", spec=Motion(), status="running", started="")
    replace(device, jobs=(recording, motion), presets=(Preset("Night", {}),))
    mods = mods_of(Presentation(device))
    assert mods["record"] == {"disabled": False, "data-job": "r", "aria-label": "Stop recording"}
    assert mods["record-clock"]["children"] == "1:15"
    assert mods["capture"]["data-motion"] == "m"
    assert len(mods["jobs"]["children"]) == 1
    assert "Night" in to_json(mods["presets"]["children"])
    device.go_away()
    away = mods_of(Presentation(device))
    assert away["record"] == {"disabled": True, "data-job": "", "aria-label": "Record"}
    assert away["jobs"]["children"] == []


def test_raw_pictures_are_offered_by_a_camera_that_gives_them(device: FakeDevice) -> None:
    assert mods_of(Presentation(device))["raw-choice"]["hidden"] is True
    assert device.state
    replace(device, camera=msgspec.structs.replace(device.state.camera, has_raw=True))
    assert mods_of(Presentation(device))["raw-choice"]["hidden"] is False
