"""What is the simulated camera's own: its sensor model, its determinism, its faults."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest

from hardware.camera import Frame
from hardware.camera.simulated import SimulatedCamera
from tests.hardware.cameras import HandClock, next_frame
from vizy.controls import ControlValue
from vizy.errors import CameraError
from vizy.state import Size

LIVE = Size(640, 360)
MANUAL: dict[str, ControlValue] = {"AeEnable": False, "ExposureTime": 8000, "AnalogueGain": 1.0}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def camera(clock: HandClock) -> Iterator[SimulatedCamera]:
    camera = SimulatedCamera(seed=3, clock=clock, sleep=clock.move)
    camera.open()
    camera.start_stream(LIVE, 30)
    yield camera
    camera.close()


def frame_with(camera: SimulatedCamera, clock: HandClock, **values: ControlValue) -> Frame:
    camera.set_controls(values)
    return next_frame(camera, clock)


def grain(frame: Frame) -> float:
    """How much neighbours differ in the clear sky at the upper left, beyond the gradient."""
    patch = frame.pixels[4:40, 20:160, 1].astype(float)
    return float(np.diff(patch, axis=1).std())


def digest(frame: Frame) -> str:
    return hashlib.sha256(frame.pixels.tobytes()).hexdigest()


def test_it_reports_the_limits_of_an_imx219(camera: SimulatedCamera) -> None:
    infos = {info.name: info for info in camera.info.controls}
    assert camera.info.still_size == Size(3280, 2464)
    assert (infos["ExposureTime"].minimum, infos["ExposureTime"].maximum) == (75, 11_766_829)
    assert (infos["AnalogueGain"].minimum, infos["AnalogueGain"].maximum) == (1.0, 10.66)


def test_the_same_seed_and_clock_give_the_same_pictures() -> None:
    def pictures(seed: int) -> list[str]:
        clock = HandClock()
        camera = SimulatedCamera(seed=seed, clock=clock)
        camera.open()
        camera.start_stream(Size(320, 240), 30)
        taken = [digest(next_frame(camera, clock)) for _ in range(3)]
        camera.close()
        return taken

    assert pictures(5) == pictures(5)
    assert pictures(5) != pictures(6)


def test_exposure_and_gain_brighten_until_it_clips(
    camera: SimulatedCamera, clock: HandClock
) -> None:
    def mean(time_us: int, gain: float) -> float:
        values: dict[str, ControlValue] = {"ExposureTime": time_us, "AnalogueGain": gain}
        return float(frame_with(camera, clock, **MANUAL | values).pixels.mean())

    times = [mean(time_us, 1.0) for time_us in (75, 1000, 4000, 16_000, 1_000_000)]
    assert times == sorted(times)
    assert times[0] < 15
    assert times[-1] == pytest.approx(255, abs=1)
    assert mean(1000, 8.0) == pytest.approx(mean(8000, 1.0), abs=2)


def test_gain_is_paid_for_with_noise(camera: SimulatedCamera, clock: HandClock) -> None:
    clean = frame_with(camera, clock, **MANUAL | {"ExposureTime": 8000, "AnalogueGain": 1.0})
    noisy = frame_with(camera, clock, **MANUAL | {"ExposureTime": 800, "AnalogueGain": 10.0})
    assert grain(noisy) > 2 * grain(clean) > 0


def test_noise_is_new_in_each_frame(camera: SimulatedCamera, clock: HandClock) -> None:
    values = MANUAL | {"ExposureTime": 800, "AnalogueGain": 10.0}
    first, second = frame_with(camera, clock, **values), next_frame(camera, clock)
    assert (first.pixels[4:40, 20:160] != second.pixels[4:40, 20:160]).mean() > 0.3


def test_a_lower_colour_temperature_makes_daylight_blue_and_a_higher_one_orange(
    camera: SimulatedCamera, clock: HandClock
) -> None:
    def red_to_blue(**values: ControlValue) -> float:
        red, _, blue = frame_with(camera, clock, **values).pixels.mean(axis=(0, 1))
        return float(red / blue)

    neutral = red_to_blue(**MANUAL, AwbEnable=True)
    cold = red_to_blue(AwbEnable=False, ColourTemperature=3000)
    warm = red_to_blue(ColourTemperature=9000)
    assert cold < neutral < warm
    assert red_to_blue(AwbEnable=True) == pytest.approx(neutral, abs=0.02)


def test_automatic_exposure_answers_exposure_value_and_comes_to_rest(
    camera: SimulatedCamera, clock: HandClock
) -> None:
    def settle(ev: float) -> tuple[float, object]:
        camera.set_controls({"ExposureValue": ev})
        for _ in range(60):
            frame = next_frame(camera, clock)
        return float(frame.pixels.mean()), frame.metadata["ExposureTime"]

    dark, dark_us = settle(-2.0)
    normal, normal_us = settle(0.0)
    bright, bright_us = settle(1.0)
    assert dark < normal < bright
    assert dark_us < normal_us < bright_us  # type: ignore[operator]
    exposures = {next_frame(camera, clock).metadata["ExposureTime"] for _ in range(10)}
    assert len(exposures) <= 2


def test_automatic_exposure_owns_time_and_gain(camera: SimulatedCamera) -> None:
    before = camera.controls()
    camera.set_controls({"ExposureTime": 75, "AnalogueGain": 10.0})
    assert camera.controls() == before
    camera.set_controls({"AeEnable": False})
    frozen = camera.controls()
    assert frozen["ExposureTime"] == before["ExposureTime"]
    camera.set_controls({"ExposureTime": 75})
    assert camera.controls()["ExposureTime"] == 75


def test_a_long_exposure_slows_the_stream(camera: SimulatedCamera, clock: HandClock) -> None:
    camera.set_controls(MANUAL | {"ExposureTime": 200_000})
    next_frame(camera, clock)
    first, second = next_frame(camera, clock), next_frame(camera, clock)
    assert second.timestamp_ns - first.timestamp_ns == 200_000_000


def test_a_slow_device_takes_its_time_for_each_write(clock: HandClock) -> None:
    camera = SimulatedCamera(set_delay_ms=(5, 30), clock=clock, sleep=clock.move)
    camera.open()
    delays: list[float] = []
    for n in range(50):
        start = clock.now_ns
        camera.set_controls({"Brightness": n / 100})
        delays.append((clock.now_ns - start) / 1e6)
    assert 5 <= min(delays) < 12
    assert 23 < max(delays) <= 30
    camera.close()


def test_a_fault_on_demand_happens_once(camera: SimulatedCamera, clock: HandClock) -> None:
    camera.fail_next(CameraError("cable out"))
    with pytest.raises(CameraError, match="cable out"):
        camera.poll_frame()
    assert next_frame(camera, clock)


def test_a_stall_takes_its_time(camera: SimulatedCamera, clock: HandClock) -> None:
    start = clock.now_ns
    camera.stall(2.0)
    camera.set_controls({"Brightness": 0.1})
    assert clock.now_ns - start == 2_000_000_000


def test_dropped_frames_are_a_gap_in_the_numbers(camera: SimulatedCamera, clock: HandClock) -> None:
    first = next_frame(camera, clock)
    camera.drop_frames(3)
    assert next_frame(camera, clock).sequence == first.sequence + 4


def test_a_still_needs_an_open_camera() -> None:
    with pytest.raises(CameraError, match="not open"):
        SimulatedCamera().capture_still()


def test_digital_zoom_shows_a_part_of_the_scene_enlarged(
    camera: SimulatedCamera, clock: HandClock
) -> None:
    whole = frame_with(camera, clock, **MANUAL).pixels
    zoomed = frame_with(camera, clock, ScalerCrop=(820, 616, 1640, 1232))
    assert zoomed.size == LIVE
    middle = whole[90:270, 160:480].astype(int)
    small = zoomed.pixels[::2, ::2].astype(int)
    assert np.corrcoef(middle.reshape(-1), small.reshape(-1))[0, 1] > 0.9
    assert np.corrcoef(whole[::2, ::2].reshape(-1), small.reshape(-1))[0, 1] < 0.9


def test_a_still_is_zoomed_too_and_the_whole_comes_back(
    camera: SimulatedCamera, clock: HandClock
) -> None:
    camera.set_controls(MANUAL)
    whole = camera.capture_still().pixels
    camera.set_controls({"ScalerCrop": (1640, 1232, 64, 64)})
    spot = camera.capture_still()
    assert spot.size == Size(3280, 2464)
    place = whole[1232:1296, 1640:1704].reshape(-1, 3).mean(axis=0)
    assert np.abs(spot.pixels.reshape(-1, 3).mean(axis=0) - place).max() < 12
    camera.set_controls({"ScalerCrop": (0, 0, 3280, 2464)})
    again = camera.capture_still().pixels
    assert np.abs(again[::16, ::16].astype(int) - whole[::16, ::16]).mean() < 5
