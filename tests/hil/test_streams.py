"""Live pictures, stills and raw data from a camera behind picamera2; on each rung."""

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.camera.picamera2 import Picamera2Camera, cameras
from tests.hardware.cameras import HandClock, next_frame
from tests.hil.conftest import Maker
from vizy.errors import CameraError, InvalidValueError
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


def test_a_number_that_no_camera_has_is_refused_with_those_there_are(make: Maker) -> None:
    model = cameras()[0].model
    with pytest.raises(CameraError, match=rf"there is no camera 9: there is 0 \({model}\)"):
        make(number=9).open()
    make().open()


def test_a_hundred_stills_in_between_take_no_more_files_threads_or_memory(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    for _ in range(5):
        camera.capture_still()
    next_frame(camera, clock)
    files, threads = held()
    memory = memory_bytes()
    for _ in range(ROUNDS):
        still = camera.capture_still()
    assert still.size == camera.info.still_size
    assert next_frame(camera, clock).size == LIVE
    assert held()[0] <= files
    assert held()[1] <= threads
    assert memory_bytes() < memory + 64 * 1024 * 1024


@pytest.mark.timeout(300)  # libcamera looks for cameras anew at each opening
def test_opening_and_closing_it_a_hundred_times_leaves_nothing(
    closed: Picamera2Camera, clock: HandClock
) -> None:
    def cycle() -> None:
        closed.open()
        closed.start_stream(LIVE, 30)
        next_frame(closed, clock)
        closed.close()

    cycle()
    clock.move(0.05)
    files, threads = held()
    for _ in range(ROUNDS):
        cycle()
    clock.move(0.05)
    assert held()[0] <= files
    assert held()[1] <= threads


def test_with_a_main_stream_of_full_size_a_still_interrupts_nothing(
    make: Maker, clock: HandClock
) -> None:
    probe = make()
    probe.open()
    full = probe.info.still_size
    probe.close()
    assert probe.info.still_interrupts_stream
    camera = make(main=full)
    camera.open()
    assert not camera.info.still_interrupts_stream
    camera.start_stream(LIVE, 20)
    before = next_frame(camera, clock)
    still = camera.capture_still()
    after = next_frame(camera, clock)
    assert still.size == full
    assert before.size == after.size == LIVE
    assert before.timestamp_ns < still.timestamp_ns < after.timestamp_ns
    assert before.sequence < still.sequence < after.sequence


def test_the_live_picture_goes_on_after_a_still_with_later_frames(
    camera: Picamera2Camera, clock: HandClock
) -> None:
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
    if not camera.sensor_modes:
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
    if camera.sensor_modes:
        chosen = make(sensor_size=camera.sensor_modes[0].size)
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


def test_digital_zoom_shows_a_part_of_the_scene_on_live_pictures_and_stills(
    camera: Picamera2Camera, clock: HandClock
) -> None:
    if "ScalerCrop" not in camera.array_controls:
        with pytest.raises(InvalidValueError, match="ScalerCrop is no array of this camera"):
            camera.set_controls({"ScalerCrop": (0, 0, 64, 64)})
        return
    whole = camera.capture_still().pixels
    full = camera.info.still_size
    crop = (full.width // 4, full.height // 4, full.width // 2, full.height // 2)
    camera.set_controls({"ScalerCrop": crop})
    zoomed = camera.capture_still()
    assert zoomed.size == full
    assert camera.array_values["ScalerCrop"] == crop
    middle = whole[crop[1] : crop[1] + crop[3] : 4, crop[0] : crop[0] + crop[2] : 4].astype(int)
    small = zoomed.pixels[::8, ::8].astype(int)[: middle.shape[0], : middle.shape[1]]
    assert np.corrcoef(middle.reshape(-1), small.reshape(-1))[0, 1] > 0.8


def test_a_part_that_lies_outside_the_sensor_is_refused_with_the_limit(
    camera: Picamera2Camera,
) -> None:
    name = "ScalerCrop" if "ScalerCrop" in camera.array_controls else "FrameDurationLimits"
    control = camera.array_controls[name]
    above = control.maximum[-1] + 1
    with pytest.raises(InvalidValueError, match=f"{name}=.* is not between "):
        camera.set_controls({name: [*control.maximum[:-1], above]})
    if control.is_rectangle:
        with pytest.raises(InvalidValueError, match="the sensor's edges: it ends at "):
            camera.set_controls({name: [8, 8, *control.maximum[2:]]})
    with pytest.raises(InvalidValueError, match=f"{name} takes {control.length} numbers, not 1"):
        camera.set_controls({name: [1]})
    with pytest.raises(InvalidValueError, match="is no number"):
        camera.set_controls({name: ["1"] * control.length})
