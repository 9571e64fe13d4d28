"""Controls of USB cameras: libcamera's names where they mean the same, the driver's otherwise."""

import errno
from collections.abc import Iterator

import pytest

from hardware.camera.v4l2 import V4l2Camera
from tests.hardware import v4l2_fake as fake
from tests.hardware.cameras import HandClock
from tests.hardware.v4l2_fake import Devices, Knob, Webcam
from vizy.controls import ControlInfo


@pytest.fixture
def webcam() -> Webcam:
    return Webcam(HandClock())


@pytest.fixture
def camera(webcam: Webcam) -> Iterator[V4l2Camera]:
    yield from opened(webcam)


def opened(webcam: Webcam) -> Iterator[V4l2Camera]:
    devices = Devices({"/dev/video0": webcam})
    camera = V4l2Camera(open_device=devices.open, devices=devices.paths)
    camera.open()
    yield camera
    camera.close()


def infos(camera: V4l2Camera) -> dict[str, ControlInfo]:
    return {info.name: info for info in camera.info.controls}


def test_they_come_in_the_page_s_order_under_known_names_first(camera: V4l2Camera) -> None:
    assert list(infos(camera)) == [
        "Brightness",
        "Contrast",
        "AeEnable",
        "ExposureTime",
        "Gain",
        "PowerLineFrequency",
        "AwbEnable",
        "ColourTemperature",
        "Saturation",
        "Sharpness",
        "AfMode",
        "FocusAbsolute",
        "LED1ModeX",
    ]


def test_what_means_the_same_has_libcamera_s_unit_and_scale(camera: V4l2Camera) -> None:
    found = infos(camera)
    brightness, exposure = found["Brightness"], found["ExposureTime"]
    assert (brightness.minimum, brightness.default, brightness.maximum) == (-1.0, 0.0, 1.0)
    assert brightness.step == pytest.approx(1 / 64, abs=1e-4)
    assert (found["Contrast"].minimum, found["Contrast"].default) == (0.0, 1.0)
    assert found["Saturation"].maximum == 2.0
    assert (exposure.minimum, exposure.maximum, exposure.unit) == (300, 204_700, "µs")
    assert exposure.step == 100
    assert exposure.needs == ("AeEnable", False)
    assert found["ColourTemperature"].needs == ("AwbEnable", False)
    assert (found["ColourTemperature"].step, found["ColourTemperature"].unit) == (10, "K")


def test_what_has_no_unit_keeps_its_own_name_limits_and_menu(camera: V4l2Camera) -> None:
    found = infos(camera)
    assert (found["Gain"].minimum, found["Gain"].maximum, found["Gain"].type) == (0, 100, "int32")
    assert found["FocusAbsolute"].step == 5
    choices = {choice.value: choice.name for choice in found["PowerLineFrequency"].choices}
    assert choices == {0: "Disabled", 1: "50 Hz", 2: "60 Hz"}
    modes = {choice.value: choice.name for choice in found["AfMode"].choices}
    assert modes == {0: "Manual", 2: "Continuous"}


def test_values_arrive_at_the_driver_in_its_own_numbers(camera: V4l2Camera, webcam: Webcam) -> None:
    camera.set_controls(
        {"Brightness": -0.5, "Contrast": 2.0, "FocusAbsolute": 12, "AfMode": 0, "Gain": 7}
    )
    camera.set_controls({"ExposureTime": 20_000, "AeEnable": False, "PowerLineFrequency": 2})
    camera.set_controls({"ColourTemperature": 3_333, "AwbEnable": False})
    values = {number: knob.value for number, knob in webcam.knobs.items()}
    assert (values[fake.BRIGHTNESS], values[fake.CONTRAST], values[fake.GAIN]) == (-32, 64, 7)
    assert (values[fake.EXPOSURE_AUTO], values[fake.EXPOSURE], values[fake.POWER_LINE]) == (
        1,
        200,
        2,
    )
    assert values[fake.WB_TEMPERATURE] == 3330  # on the driver's own steps
    assert values[fake.FOCUS_AUTO] == 0
    read = camera.controls()
    assert (read["ExposureTime"], read["AeEnable"], read["AfMode"]) == (20_000, False, 0)
    camera.set_controls({"AeEnable": True})
    assert webcam.knobs[fake.EXPOSURE_AUTO].value == 3  # the automatic that this camera has


def test_a_value_that_an_automatic_owns_is_taken_and_not_sent(
    camera: V4l2Camera, webcam: Webcam, caplog: pytest.LogCaptureFixture
) -> None:
    before = webcam.knobs[fake.EXPOSURE].value
    webcam.log.clear()
    camera.set_controls({"ExposureTime": 1000})
    assert fake.S_EXT_CTRLS not in webcam.log
    assert webcam.knobs[fake.EXPOSURE].value == before
    assert caplog.text == ""


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.EINVAL, errno.EBUSY])
def test_a_control_that_the_camera_refuses_costs_neither_the_others_nor_the_camera(
    camera: V4l2Camera, webcam: Webcam, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    webcam.knobs[fake.GAIN].error = code
    camera.set_controls({"Gain": 50, "Brightness": 0.5})
    assert camera.controls()["Gain"] == 0
    assert camera.controls()["Brightness"] == 0.5
    assert "the camera refuses Gain=50" in caplog.text


def test_what_is_as_it_was_is_not_sent_again(camera: V4l2Camera, webcam: Webcam) -> None:
    camera.set_controls({"Brightness": 0.5})
    webcam.log.clear()
    camera.set_controls({"Brightness": 0.5})
    assert fake.S_EXT_CTRLS not in webcam.log


def test_odd_controls_are_described_all_the_same(webcam: Webcam) -> None:
    webcam.knobs |= {
        fake.BRIGHTNESS: Knob("Brightness", fake.INTEGER, 0, 255, 1, 0),
        fake.CONTRAST: Knob("Contrast", fake.INTEGER, 0, 10, 0, 0),
        0x980990: Knob("", fake.INTEGER, 0, 5, 1, 2),
        0x980991: Knob("Zoom", fake.INTEGER, 0, 5, 1, 2),
        0x980992: Knob("Zoom", fake.BOOLEAN, 0, 1, 1, 1),
        0x980993: Knob("Empty menu", fake.MENU, 0, 3, 1, 0),
        0x980994: Knob("Holes", fake.MENU, 0, 3, 1, 0, items={1: "a", 3: "b"}),
        0x980995: Knob("Reset", fake.BUTTON, 0, 0, 0, 0),
        0x980996: Knob("Stuck", fake.INTEGER, 4, 4, 1, 4),
        0x980997: Knob("Off", fake.INTEGER, 0, 4, 1, 4, fake.DISABLED),
        0x980998: Knob("Told only", fake.INTEGER, 0, 4, 1, 4, fake.READ_ONLY),
    }
    webcam.knobs[0x980991].value = 77  # more than it takes itself
    webcam.knobs[0x980994].value = 2
    for camera in opened(webcam):
        found = infos(camera)
        assert not {"EmptyMenu", "Reset", "Stuck", "Off", "ToldOnly"} & set(found)
        assert {"Control980990", "Zoom", "Zoom2", "Holes"} <= set(found)
        assert (found["Brightness"].minimum, found["Brightness"].maximum) == (0.0, 1.0)
        assert (found["Contrast"].type, found["Contrast"].step) == ("int32", 1)
        assert found["Zoom2"].type == "bool"
        values = camera.controls()
        for name, info in found.items():
            assert info.check(info.default) == info.default
            assert info.check(values[name]) == values[name]
        assert (values["Zoom"], values["Holes"]) == (5, 1)
