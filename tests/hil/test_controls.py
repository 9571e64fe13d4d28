"""Controls of a camera behind picamera2: described, written, and read back from the frames."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from hardware.camera import Frame
from hardware.camera.picamera2 import Picamera2Camera
from tests.hardware.cameras import HandClock, next_frame
from tests.hil.conftest import Maker
from vizy.controls import check_controls
from vizy.errors import InvalidValueError, UnknownControlError
from vizy.state import Size

LIVE = Size(320, 180)


def infos(camera: Picamera2Camera) -> dict[str, Any]:
    return {info.name: info for info in camera.info.controls}


def needs(camera: Picamera2Camera, *names: str) -> None:
    missing = set(names) - set(infos(camera))
    if missing:
        pytest.skip(f"this camera has no {', '.join(sorted(missing))}")


def frames(camera: Picamera2Camera, clock: HandClock) -> None:
    """Let as many frames pass as it takes for a control to reach the sensor."""
    for _ in range(5):
        next_frame(camera, clock)


def until(
    camera: Picamera2Camera, clock: HandClock, is_true: Callable[[Frame], bool], frames: int = 40
) -> Frame:
    """Return the first frame of which it is true."""
    for _ in range(frames):
        frame = next_frame(camera, clock)
        if is_true(frame):
            return frame
    raise AssertionError(f"not true of any of {frames} frames; the last says {frame.metadata}")


def test_enumerations_carry_libcamera_s_names(camera: Picamera2Camera) -> None:
    needs(camera, "AwbMode", "AeExposureMode")
    found = infos(camera)
    assert [choice.name for choice in found["AwbMode"].choices][:2] == ["Auto", "Incandescent"]
    assert [choice.name for choice in found["AeExposureMode"].choices][:3] == [
        "Normal",
        "Short",
        "Long",
    ]
    with pytest.raises(InvalidValueError, match="AwbMode=99"):
        check_controls(camera.info.controls, {"AwbMode": 99})


def test_only_enumerators_that_the_camera_takes_are_offered(camera: Picamera2Camera) -> None:
    needs(camera, "AeFlickerMode")
    info = infos(camera)["AeFlickerMode"]
    assert [choice.value for choice in info.choices] == list(range(int(info.maximum) + 1))


def test_autofocus_and_hdr_are_controls_where_the_camera_has_them(camera: Picamera2Camera) -> None:
    needs(camera, "AfMode", "HdrMode")
    assert [choice.name for choice in infos(camera)["AfMode"].choices] == [
        "Manual",
        "Auto",
        "Continuous",
    ]
    assert infos(camera)["HdrMode"].choices[0].name == "Off"
    assert infos(camera)["LensPosition"].unit == "dpt"


def test_an_exposure_set_by_hand_is_read_back_from_the_frames(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    needs(camera, "ExposureTime", "AnalogueGain")
    camera.start_stream(LIVE, 30)
    camera.set_controls({"AeEnable": False, "ExposureTime": 5003, "AnalogueGain": 2.0})
    frame = until(camera, clock, lambda f: abs(f.metadata["ExposureTime"] - 5003) < 100)
    assert frame.metadata["AnalogueGain"] == pytest.approx(2.0, rel=0.05)
    assert camera.controls()["ExposureTime"] == pytest.approx(5003, rel=0.03)


def test_an_exposure_has_no_effect_while_an_algorithm_chooses_it(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    needs(camera, "ExposureTime")
    camera.start_stream(LIVE, 30)
    until(camera, clock, lambda f: True)
    camera.set_controls({"ExposureTime": 123})
    for _ in range(10):
        assert next_frame(camera, clock).metadata["ExposureTime"] != 123
    assert camera.controls()["ExposureTime"] != 123


def test_switching_automatic_exposure_off_keeps_what_it_had_chosen(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    needs(camera, "ExposureTime")
    camera.start_stream(LIVE, 30)
    for _ in range(12):
        frame = next_frame(camera, clock)
    chosen = frame.metadata["ExposureTime"]
    camera.set_controls({"AeEnable": False})
    for _ in range(12):
        frame = next_frame(camera, clock)
    assert frame.metadata["ExposureTime"] == pytest.approx(chosen, rel=0.1)
    assert camera.controls()["ExposureTime"] == pytest.approx(chosen, rel=0.1)


def test_automatic_exposure_comes_back(camera: Picamera2Camera, clock: HandClock) -> None:
    needs(camera, "ExposureTime")
    camera.start_stream(LIVE, 30)
    camera.set_controls({"AeEnable": False, "ExposureTime": 500})
    until(camera, clock, lambda f: f.metadata["ExposureTime"] < 600)
    camera.set_controls({"AeEnable": True})
    until(camera, clock, lambda f: f.metadata["ExposureTime"] > 1000, frames=90)


def test_an_exposure_longer_than_the_frame_slows_the_stream(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    needs(camera, "ExposureTime")
    camera.start_stream(LIVE, 30)
    camera.set_controls({"AeEnable": False, "ExposureTime": 120_000})
    until(camera, clock, lambda f: f.metadata["ExposureTime"] > 100_000)
    first, second = next_frame(camera, clock), next_frame(camera, clock)
    assert second.timestamp_ns - first.timestamp_ns > 0.1e9
    camera.set_controls({"ExposureTime": 1_000})
    until(camera, clock, lambda f: f.metadata["ExposureTime"] < 1_100)


def test_a_still_is_taken_with_the_controls_of_the_live_picture(camera: Picamera2Camera) -> None:
    needs(camera, "ExposureTime")
    camera.set_controls({"AeEnable": False, "ExposureTime": 3_000, "AnalogueGain": 1.5})
    still = camera.capture_still()
    assert still.metadata["ExposureTime"] == pytest.approx(3_000, rel=0.03)
    assert still.metadata["AnalogueGain"] == pytest.approx(1.5, rel=0.05)


def test_controls_survive_that_the_camera_is_closed_and_opened_again(
    camera: Picamera2Camera,
) -> None:
    camera.set_controls({"Contrast": 1.5})
    camera.close()
    camera.open()
    assert camera.controls()["Contrast"] == 1.5


def test_colour_gains_have_an_effect_only_without_automatic_white_balance(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    applied = rig.sensors[0].applied
    camera.set_controls({"ColourGains": (1.5, 2.0)})
    frames(camera, clock)
    assert "ColourGains" not in applied
    camera.set_controls({"AwbEnable": False, "ColourGains": (1.5, 2.0)})
    frames(camera, clock)
    assert applied["ColourGains"] == (1.5, 2.0)
    assert "ColourTemperature" not in applied


def test_of_colour_gains_and_temperature_the_one_written_last_holds(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.set_controls({"AwbEnable": False, "ColourGains": (1.5, 2.0)})
    camera.set_controls({"ColourTemperature": 4000})
    assert camera.controls()["ColourGains"] == (0.0, 0.0)
    camera.start_stream(LIVE, 30)
    frames(camera, clock)
    assert rig.sensors[0].applied["ColourTemperature"] == 4000
    assert "ColourGains" not in rig.sensors[0].applied


def test_a_focus_window_reaches_the_camera_as_a_list_of_rectangles(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    window = {"AfMetering": 1, "AfWindows": (16, 16, 128, 64)}
    camera.set_controls(check_controls(camera.info.controls, window))
    frames(camera, clock)
    assert rig.sensors[0].applied["AfWindows"] == [(16, 16, 128, 64)]
    assert rig.sensors[0].applied["AfMetering"] == 1


def test_every_control_that_the_camera_advertises_is_described_but_actions_and_texts(
    camera: Picamera2Camera, rig: Any
) -> None:
    left_out = set(rig.sensors[0].advertised()) - set(infos(camera))
    assert left_out == {"AfTrigger", "AfPause", "PispConfigDumpFile"}
    matrix = infos(camera)["ColourCorrectionMatrix"]
    assert (matrix.type, matrix.size, matrix.minimum) == ("float", 9, (-16.0,) * 9)
    assert matrix.default == (0.0,) * 9  # libcamera names none
    assert infos(camera)["StatsOutputEnable"].type == "bool"


def test_a_control_of_which_vizy_knows_nothing_is_set_all_the_same(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    identity = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    wanted = {"ColourCorrectionMatrix": identity, "StatsOutputEnable": True}
    camera.set_controls(check_controls(camera.info.controls, wanted))
    frames(camera, clock)
    assert rig.sensors[0].applied["ColourCorrectionMatrix"] == identity
    assert rig.sensors[0].applied["StatsOutputEnable"] is True


def test_hdr_by_mode_reaches_the_camera(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    single = next(c.value for c in infos(camera)["HdrMode"].choices if c.name == "SingleExposure")
    camera.set_controls({"HdrMode": single})
    frames(camera, clock)
    assert rig.sensors[0].applied["HdrMode"] == single


def test_the_rate_can_be_changed_while_it_streams_and_given_back(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    needs(camera, "FrameDurationLimits", "ExposureTime")
    camera.start_stream(LIVE, 30)
    camera.set_controls({"FrameDurationLimits": (125_000, 125_000)})
    until(camera, clock, lambda f: f.metadata["FrameDuration"] > 120_000)
    camera.set_controls({"FrameDurationLimits": (0, 0)})
    until(camera, clock, lambda f: f.metadata["FrameDuration"] < 40_000)


def test_focusing_once_tells_whether_the_picture_is_sharp_and_the_live_picture_goes_on(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    seen: list[Frame] = []
    camera.start_stream(LIVE, 30)
    assert camera.focus(seen.append)
    assert len(seen) >= 3
    assert all(frame.size == LIVE for frame in seen)
    rig.sensors[0].is_sharp = False
    assert not camera.focus(seen.append)
    assert next_frame(camera, clock).sequence > seen[-1].sequence


def test_focusing_needs_no_live_picture_and_leaves_none_behind(
    camera: Picamera2Camera, rig: Any
) -> None:
    assert camera.focus(lambda frame: None)
    assert camera.frame_due_s() == math.inf


def test_without_autofocus_focusing_is_refused_and_the_camera_goes_on(
    make: Maker, rig: Any, clock: HandClock
) -> None:
    rig.sensors[0].has_autofocus = False
    camera = make()
    camera.open()
    with pytest.raises(UnknownControlError, match=r"imx219 has no autofocus .*its lens by hand"):
        camera.focus(lambda frame: None)
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock).size == LIVE


def test_what_the_camera_starts_with_anyway_is_not_sent(camera: Picamera2Camera, rig: Any) -> None:
    camera.set_controls(camera.controls())
    camera.start_stream(LIVE, 30)
    assert set(rig.sensors[0].written[0]) <= {"FrameDurationLimits", "NoiseReductionMode"}


def test_the_rate_is_asked_of_the_camera(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 25)
    next_frame(camera, clock)
    assert rig.sensors[0].applied["FrameDurationLimits"] == (40_000, 40_000)


def test_a_fast_stream_takes_a_mode_that_is_fast_enough(
    make: Maker, rig: Any, clock: HandClock
) -> None:
    camera = make()
    camera.open()
    camera.start_stream(LIVE, 30)
    assert rig.sensors[0].least_us == 16_000  # the whole scene, at a quarter of the pixels
    camera.start_stream(LIVE, 100)
    assert rig.sensors[0].least_us <= 10_000
    assert next_frame(camera, clock).size == LIVE


def test_every_write_of_a_dragged_slider_is_taken_and_the_last_one_stays(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    for value in range(200):
        camera.set_controls({"Contrast": 1 + value / 200})
        camera.poll_frame()
    assert camera.controls()["Contrast"] == pytest.approx(1.995)


def test_a_dragged_slider_s_last_value_reaches_the_sensor(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    for value in range(300):
        camera.set_controls({"Contrast": 1 + value / 300})
        camera.poll_frame()
    for _ in range(5):
        next_frame(camera, clock)
    assert rig.sensors[0].applied["Contrast"] == pytest.approx(1 + 299 / 300)
