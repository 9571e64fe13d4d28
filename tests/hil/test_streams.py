"""Live pictures, stills and raw data from a camera behind picamera2; on each rung."""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.camera import make_camera
from hardware.camera.backends import list_cameras
from hardware.camera.picamera2 import Picamera2Camera, cameras
from tests.hardware.cameras import HandClock, next_frame
from tests.hil.conftest import Maker
from tests.hil.rungs import IS_FAKE
from vizy.controls import ControlInfo, check_controls
from vizy.errors import CameraError, InvalidValueError, UnknownControlError
from vizy.settings import CameraSettings
from vizy.state import Size

LIVE = Size(320, 180)
ROUNDS = 100


def memory_bytes() -> int:
    """Return the memory that this process holds in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def held() -> tuple[int, int]:
    """Count this process' file descriptors and threads."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))


def test_the_cameras_are_listed_with_the_numbers_that_open_them(make: Maker) -> None:
    found = cameras()
    assert [camera.number for camera in found] == list(range(len(found)))
    camera = make(number=found[-1].number)
    camera.open()
    assert camera.info.model == found[-1].model


def test_the_cameras_are_listed_by_what_chooses_them(make: Maker) -> None:
    listed = dict(list_cameras())
    make().open()  # a list alone keeps libcamera's files open until a camera is closed
    assert listed["picamera2:0"] == f"{cameras()[0].model}, {cameras()[0].id}"
    assert list(listed)[-2:] == ["simulated", "video:FILE"]


def test_of_two_cameras_the_settings_choose_one(rig: Any) -> None:
    from fake_rig import FakeSensor

    rig.sensors.append(FakeSensor(model="imx708", id="/base/soc/i2c0mux/i2c@0/imx708@1a"))
    assert [source for source, _ in list_cameras()[:2]] == ["picamera2:0", "picamera2:1"]
    camera = make_camera(CameraSettings(backend="picamera2", number=1, sensor_mode="820x616"))
    camera.open()
    assert camera.info.model == "imx708"
    camera.start_stream(LIVE, 30)
    assert rig.sensors[1].least_us == 16_000
    camera.close()


def test_a_machine_without_cameras_says_so_in_the_list(rig: Any) -> None:
    rig.sensors.clear()
    assert list_cameras()[0] == ("picamera2", "no Raspberry Pi camera was found")
    rig.fail("list", RuntimeError("no media device"))
    assert "cannot be used: libcamera cannot list the cameras" in list_cameras()[0][1]


def test_a_number_that_no_camera_has_is_refused_with_those_there_are(make: Maker) -> None:
    model = cameras()[0].model
    with pytest.raises(CameraError, match=rf"there is no camera 9: there is 0 \({model}\)"):
        make(number=9).open()
    make().open()


def assert_nothing_grows(
    cycle: Callable[[], None], clock: HandClock, most_bytes: int = 8 * 1024 * 1024
) -> None:
    """Do something a hundred times: files, threads and memory are those after the first times."""
    for _ in range(5):
        cycle()
    clock.move(0.05)  # the kernel's part of a thread outlives Python's
    files, threads = held()
    memory = memory_bytes()
    for _ in range(ROUNDS):
        cycle()
    clock.move(0.05)
    assert held()[0] <= files
    assert held()[1] <= threads
    assert memory_bytes() < memory + most_bytes


def assert_all_given_back() -> None:
    """On the fake, which counts: each request was released, and the memory of all is free."""
    if IS_FAKE:
        rig = sys.modules["fake_rig"].RIG
        assert (rig.requests_out, rig.memory_used) == (0, 0)


def test_a_hundred_stills_in_between_take_no_more_files_threads_or_memory(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)

    def cycle() -> None:
        assert camera.capture_still().size == camera.info.still_size

    assert_nothing_grows(cycle, clock)
    assert next_frame(camera, clock).size == LIVE
    camera.close()
    assert_all_given_back()


def test_a_hundred_changes_of_the_live_mode_leave_nothing(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    def cycle() -> None:
        for size in (LIVE, Size(640, 360)):
            camera.start_stream(size, 100)
            assert next_frame(camera, clock).size == size

    assert_nothing_grows(cycle, clock)
    camera.close()
    assert_all_given_back()


@pytest.mark.timeout(300)  # libcamera looks for cameras anew at each opening
def test_opening_and_closing_it_a_hundred_times_leaves_nothing(
    closed: Picamera2Camera, clock: HandClock
) -> None:
    def cycle() -> None:
        closed.open()
        closed.start_stream(LIVE, 100)
        next_frame(closed, clock)
        closed.close()

    assert_nothing_grows(cycle, clock)
    assert_all_given_back()


def test_with_a_main_stream_of_full_size_a_still_interrupts_nothing(
    make: Maker, clock: HandClock
) -> None:
    probe = make()
    probe.open()
    probe.close()
    assert probe.info.still_interrupts_stream
    camera = make(is_main_full=True)
    camera.open()
    assert not camera.info.still_interrupts_stream
    camera.start_stream(LIVE, 20)
    before = next_frame(camera, clock)
    still = camera.capture_still()
    after = next_frame(camera, clock)
    assert still.size == camera.info.still_size
    assert before.size == after.size == LIVE
    assert before.timestamp_ns < still.timestamp_ns < after.timestamp_ns
    assert before.sequence < still.sequence < after.sequence


def test_the_live_picture_goes_on_after_a_still_with_later_frames(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    assert camera.info.still_interrupts_stream
    camera.start_stream(LIVE, 30)
    before = next_frame(camera, clock)
    still = camera.capture_still()
    after = next_frame(camera, clock)
    assert before.timestamp_ns < still.timestamp_ns < after.timestamp_ns
    assert before.sequence < still.sequence < after.sequence


def test_the_live_picture_and_the_still_show_the_same_scene(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    full = camera.info.still_size
    camera.start_stream(Size(full.width // 4, full.height // 4), 30)
    for _ in range(12):  # until automatic exposure has arrived
        live = next_frame(camera, clock)
    still = camera.capture_still().pixels
    step = full.width // live.size.width
    small = still[step // 2 :: step, step // 2 :: step][: live.size.height, : live.size.width]
    likeness = np.corrcoef(small.reshape(-1), live.pixels.reshape(-1))[0, 1]
    assert likeness > 0.8


def test_colours_come_out_as_red_green_and_blue(camera: Picamera2Camera, clock: HandClock) -> None:
    """A still is RGB where the camera can; the live picture is converted from YUV: they agree."""
    camera.start_stream(LIVE, 30)
    for _ in range(12):
        live = next_frame(camera, clock)
    still = camera.capture_still()
    difference = live.pixels.mean(axis=(0, 1)) - still.pixels.mean(axis=(0, 1))
    assert np.abs(difference).max() < 25


def test_raw_data_come_as_a_dng_beside_the_still(camera: Picamera2Camera) -> None:
    if not camera.info.sensor_modes:
        with pytest.raises(CameraError, match="gives no raw data"):
            camera.capture_raw()
        return
    taken = camera.capture_raw()
    assert taken.dng[:4] in (b"II*\0", b"MM\0*")
    assert taken.frame.size == camera.info.still_size


def test_sensor_modes_are_listed_and_one_that_does_not_exist_is_refused(
    make: Maker, clock: HandClock
) -> None:
    camera = make(sensor_size=Size(123, 45))
    camera.open()
    with pytest.raises(CameraError, match="no mode of 123x45: it has "):
        camera.start_stream(LIVE, 30)
    camera.close()
    if camera.info.sensor_modes:
        chosen = make(sensor_size=camera.info.sensor_modes[0].size)
        chosen.open()
        chosen.start_stream(LIVE, 30)
        assert next_frame(chosen, clock).size == LIVE


def test_flips_mirror_the_picture(make: Maker, rig: Any) -> None:
    def seen(**flips: bool) -> np.ndarray:
        camera = make(**flips)
        camera.open()
        still = camera.capture_still().pixels[::8, ::8].astype(int)
        camera.close()
        return still

    plain, turned = seen(), seen(hflip=True, vflip=True)
    assert np.corrcoef(plain.reshape(-1), turned[::-1, ::-1].reshape(-1))[0, 1] > 0.8
    assert np.corrcoef(plain.reshape(-1), turned.reshape(-1))[0, 1] < 0.8


def infos(camera: Picamera2Camera) -> dict[str, ControlInfo]:
    return {info.name: info for info in camera.info.controls}


def test_digital_zoom_shows_a_part_of_the_scene_on_live_pictures_and_stills(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    if "ScalerCrop" not in infos(camera):
        with pytest.raises(UnknownControlError, match="ScalerCrop is not a control of this camera"):
            check_controls(camera.info.controls, {"ScalerCrop": (0, 0, 64, 64)})
        return
    whole = camera.capture_still().pixels
    full = camera.info.still_size
    assert infos(camera)["ScalerCrop"].default == (0, 0, full.width, full.height)
    crop = (full.width // 4, full.height // 4, full.width // 2, full.height // 2)
    camera.set_controls(check_controls(camera.info.controls, {"ScalerCrop": crop}))
    zoomed = camera.capture_still()
    assert zoomed.size == full
    assert camera.controls()["ScalerCrop"] == crop
    middle = whole[crop[1] : crop[1] + crop[3] : 4, crop[0] : crop[0] + crop[2] : 4].astype(int)
    small = zoomed.pixels[::8, ::8].astype(int)[: middle.shape[0], : middle.shape[1]]
    assert np.corrcoef(middle.reshape(-1), small.reshape(-1))[0, 1] > 0.8


def test_a_cut_of_another_shape_than_the_stream_does_not_distort_it(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    camera.set_controls({"ScalerCrop": (400, 200, 800, 800)})
    for _ in range(5):
        next_frame(camera, clock)
    assert rig.sensors[0].applied["ScalerCrop"] == (400, 200 + (800 - 450) // 2, 800, 450)


def test_a_part_that_lies_outside_the_sensor_is_refused_with_the_limit(
    camera: Picamera2Camera,
) -> None:
    controls = camera.info.controls
    name = "ScalerCrop" if "ScalerCrop" in infos(camera) else "FrameDurationLimits"
    info = infos(camera)[name]
    assert isinstance(info.maximum, tuple)
    assert isinstance(info.minimum, tuple)
    last = info.maximum[-1]
    with pytest.raises(InvalidValueError, match=rf"{name}\[.\]=.* is above {last} .*its maximum"):
        check_controls(controls, {name: [*info.minimum[:-1], last + 1]})
    if info.type == "rectangle":
        with pytest.raises(InvalidValueError, match=r"ends at .*, beyond the right edge at "):
            check_controls(controls, {name: [8, 8, *info.maximum[2:]]})
    with pytest.raises(InvalidValueError, match=f"{name} takes {info.size} numbers, not 1"):
        check_controls(controls, {name: [1]})
