"""A camera that is unplugged, hangs, loses frames or has no memory: what the daemon is told."""

import gc
import logging
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.camera import Frame
from hardware.camera.picamera2 import Picamera2Camera
from hardware.camera.picamera2 import library as back_end
from tests.hardware.cameras import HandClock, next_frame
from tests.hil.conftest import Maker
from vizy.errors import CameraError, CameraHungError, DeviceTimeoutError
from vizy.state import Size

LIVE = Size(320, 180)
QUICK = 0.3  # of each limit of waiting


@pytest.fixture
def quick(make: Maker) -> Picamera2Camera:
    """An open camera that is soon impatient."""
    camera = make(timeout_scale=QUICK)
    camera.open()
    return camera


def open_again(camera: Picamera2Camera, within_s: float = 10.0) -> None:
    """Open as soon as the call that hung has ended: its thread takes its time."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            camera.open()
            return
        except CameraHungError:
            assert time.monotonic() < deadline


def failure(camera: Picamera2Camera, within_s: float = 5.0) -> CameraError:
    """Poll until the stream breaks."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            camera.poll_frame()
        except CameraError as error:
            return error
        time.sleep(0.01)
    raise AssertionError("the camera does not complain")


def until_frame(camera: Picamera2Camera) -> Frame:
    """Poll until a frame comes, however long the camera lets one wait."""
    while (frame := camera.poll_frame()) is None:
        time.sleep(0.005)
    return frame


def files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def recovered(camera: Picamera2Camera, clock: HandClock) -> Frame:
    camera.close()
    camera.open()
    camera.start_stream(LIVE, 30)
    return next_frame(camera, clock)


def test_no_camera_at_all_says_where_to_look(make: Maker, rig: Any) -> None:
    rig.sensors.clear()
    with pytest.raises(CameraError, match="no camera was found: check its cable"):
        make().open()


def test_a_camera_that_is_in_use_is_named_and_is_free_again_later(make: Maker) -> None:
    user, camera = make(), make()
    user.open()
    with pytest.raises(CameraError, match=r"camera 0 \(.+\) cannot be opened: .*busy: end the"):
        camera.open()
    user.close()
    camera.open()


def test_a_camera_that_is_away_for_days_costs_no_file_at_any_attempt(make: Maker) -> None:
    user, camera = make(), make()
    user.open()
    before = files()
    for _ in range(20):
        with pytest.raises(CameraError):
            camera.open()
    assert files() <= before


@pytest.mark.parametrize("missing", ["libcamera", "picamera2"])
def test_without_the_library_it_says_what_to_install(
    make: Maker, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        CameraError, match=rf"cannot import {missing} .*apt install python3-{missing}"
    ):
        make().open()


def test_a_library_that_does_not_fit_the_others_is_told_from_one_that_is_missing(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise ValueError("numpy.dtype size changed")

    monkeypatch.setattr(back_end, "importlib", SimpleNamespace(import_module=broken))
    with pytest.raises(CameraError, match=r"cannot be used \(numpy.dtype size changed\)"):
        make().open()


def test_nothing_is_imported_before_a_camera_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.delitem(sys.modules, "libcamera", raising=False)
    Picamera2Camera()
    assert "picamera2" not in sys.modules


def test_a_camera_unplugged_while_it_streams_is_a_camera_error_and_comes_back(
    quick: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    quick.start_stream(LIVE, 30)
    next_frame(quick, clock)
    rig.sensors[0].is_plugged = False
    assert "unplugged" in str(failure(quick)) or "No such device" in str(failure(quick))
    quick.close()
    with pytest.raises(CameraError, match="no camera was found"):
        quick.open()
    rig.sensors[0].is_plugged = True
    rig.sensors[0].owner = None
    assert recovered(quick, clock).size == LIVE


def test_unplugging_it_again_and_again_leaves_no_files(
    quick: Picamera2Camera, rig: Any, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    sensor = rig.sensors[0]
    before = files()
    for _ in range(5):
        quick.start_stream(LIVE, 30)
        sensor.is_plugged = False
        failure(quick)
        quick.close()
        sensor.is_plugged, sensor.owner = True, None
        quick.open()
    assert files() <= before
    assert rig.memory_used < 4 * 1024 * 1024


def test_a_loose_cable_that_sends_nothing_is_told_and_not_waited_for(
    quick: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    quick.start_stream(LIVE, 30)
    next_frame(quick, clock)
    rig.sensors[0].is_silent = True
    assert "has sent no frame for" in str(failure(quick))
    rig.sensors[0].is_silent = False
    assert recovered(quick, clock).size == LIVE


def test_a_still_from_a_silent_camera_ends_in_time(quick: Picamera2Camera, rig: Any) -> None:
    rig.sensors[0].is_silent = True
    with pytest.raises(CameraError, match="has sent no frame for"):
        quick.capture_still()


def test_a_lost_frame_is_a_gap_in_the_numbers_and_no_failure(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    before = next_frame(camera, clock)
    rig.sensors[0].frames_to_lose = 6
    after = next_frame(camera, clock)
    while after.sequence - before.sequence < 6:
        before, after = after, next_frame(camera, clock)
    assert after.timestamp_ns - before.timestamp_ns > 0.15e9


@pytest.mark.parametrize("call", ["start", "stop", "configure", "set_controls"])
def test_a_call_that_hangs_is_a_time_out_and_the_camera_comes_back_with_it(
    quick: Picamera2Camera, rig: Any, clock: HandClock, call: str
) -> None:
    quick.start_stream(LIVE, 30)
    next_frame(quick, clock)
    rig.hang(call)
    with pytest.raises(DeviceTimeoutError, match="the camera library has not returned within"):
        quick.set_controls({"Contrast": 2.0}) if call == "set_controls" else quick.capture_still()
    with pytest.raises(DeviceTimeoutError, match="does not return from"):
        quick.start_stream(LIVE, 30)
    quick.close()
    with pytest.raises(CameraHungError, match=r"hangs in .*only a new process can use"):
        quick.open()
    rig.let_go()
    open_again(quick)
    quick.start_stream(LIVE, 30)
    assert next_frame(quick, clock).size == LIVE


def test_an_open_that_hangs_is_a_time_out(make: Maker, rig: Any) -> None:
    rig.hang("acquire")
    with pytest.raises(DeviceTimeoutError, match="open the camera: the camera library has not"):
        make(timeout_scale=0.02).open()


def test_a_close_that_fails_still_lets_the_camera_go(
    quick: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    quick.start_stream(LIVE, 30)
    rig.fail("stop", RuntimeError("Failed to stop camera"))
    before = files()
    quick.close()
    assert files() < before
    rig.sensors[0].owner = None
    quick.open()


def test_too_little_memory_is_said_and_the_next_attempt_may_succeed(
    quick: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    quick.start_stream(LIVE, 30)
    rig.memory_bytes = 1024 * 1024
    with pytest.raises(CameraError, match=r"no memory .*Cannot allocate .*camera\.buffers.*cma="):
        quick.capture_still()
    rig.memory_bytes = 64 * 1024 * 1024
    assert recovered(quick, clock).size == LIVE


def test_the_memory_of_two_modes_is_never_needed_at_once(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(Size(820, 616), 30)
    next_frame(camera, clock)
    live_bytes = rig.memory_used
    camera.stop_stream()
    camera.capture_still()
    still_bytes = rig.memory_used
    rig.most_used = 0
    camera.start_stream(Size(820, 616), 30)
    for _ in range(8):
        next_frame(camera, clock)
        camera.capture_still()
    assert rig.most_used <= max(live_bytes, still_bytes)


def test_a_mode_configured_before_the_last_request_is_given_back_needs_the_memory_of_both(
    camera: Picamera2Camera, rig: Any
) -> None:
    """Show that the fake refuses the wrong order: it is why the test before this one means much."""
    from fake_rig import FULL
    from picamera2 import Picamera2

    camera.close()
    picam2 = Picamera2()
    picam2.configure(picam2.create_video_configuration(main={"size": FULL, "format": "YUV420"}))
    held: list[Any] = []
    picam2.post_callback = lambda request: (request.acquire(), held.append(request))
    picam2.start(show_preview=None)
    while not held:
        picam2.process_requests(None)
    picam2.stop()
    rig.memory_bytes = rig.memory_used + 1024
    with pytest.raises(OSError, match="Cannot allocate memory"):
        picam2.configure(picam2.create_still_configuration())
    for request in held:
        request.release()
    picam2.configure(picam2.create_still_configuration())
    picam2.close()


@pytest.mark.parametrize("call", ["configure", "start"])
def test_memory_that_runs_out_in_the_library_says_what_to_change_and_opening_again_helps(
    quick: Picamera2Camera, rig: Any, clock: HandClock, call: str
) -> None:
    text = {"configure": "failed to allocate capture buffers for stream 0", "start": "Failed to "}
    error = RuntimeError(text[call] + ("start camera: Cannot allocate memory" * (call == "start")))
    quick.start_stream(LIVE, 30)
    rig.fail(call, error)
    with pytest.raises(CameraError, match=r"no memory .*camera\.buffers.*cma="):
        quick.capture_still()
    assert recovered(quick, clock).size == LIVE
    quick.close()
    assert rig.memory_used == 0


def test_fewer_buffers_fit_where_more_do_not(make: Maker, rig: Any, clock: HandClock) -> None:
    size = Size(1640, 1232)
    rig.memory_bytes = 4 * size.width * size.height * 3
    many = make(buffers=6)
    many.open()
    with pytest.raises(CameraError, match=r"set fewer with camera\.buffers"):
        many.start_stream(size, 20)
    many.close()
    few = make(buffers=2)
    few.open()
    few.start_stream(size, 20)
    assert next_frame(few, clock).size == size


LONG_US = 700_000


def test_a_still_with_a_long_exposure_is_waited_for(make: Maker, rig: Any) -> None:
    camera = make(timeout_scale=0.1)
    camera.open()
    usual_s = camera.still_limit_s()
    camera.set_controls({"AeEnable": False, "ExposureTime": LONG_US})
    assert camera.still_limit_s() > usual_s + 6 * 0.6
    before = time.monotonic()
    assert camera.capture_still().metadata["ExposureTime"] == LONG_US
    assert time.monotonic() - before > 0.3  # which is the limit for a short one
    camera.set_controls({"ExposureTime": 200_000_000})
    assert camera.still_limit_s() > 1200


def test_silence_is_noticed_soon_after_short_exposures_only(
    make: Maker, rig: Any, clock: HandClock
) -> None:
    camera = make(timeout_scale=0.1)
    camera.open()
    camera.set_controls({"AeEnable": False, "ExposureTime": LONG_US})
    camera.start_stream(LIVE, 30)
    assert until_frame(camera).metadata["ExposureTime"] == LONG_US
    camera.set_controls({"ExposureTime": 1_000})
    while until_frame(camera).metadata["ExposureTime"] == LONG_US:  # those that were under way
        pass
    until_frame(camera)
    rig.sensors[0].is_silent = True
    assert "has sent no frame for 0.4 s" in str(failure(camera))


def test_frames_that_cannot_be_read_are_an_error_and_give_their_buffers_back(
    camera: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    for _ in range(10):
        rig.fail("map", RuntimeError("failed to find buffer"))
        assert str(failure(camera)) == "a frame cannot be read: failed to find buffer"
    assert next_frame(camera, clock).size == LIVE


def test_a_failure_in_the_library_s_own_loop_reaches_the_owner(
    quick: Picamera2Camera, rig: Any, clock: HandClock
) -> None:
    quick.start_stream(LIVE, 30)
    next_frame(quick, clock)
    rig.fail("process_requests", OSError("Input/output error"))
    assert str(failure(quick)) == "the camera failed: Input/output error"
    assert recovered(quick, clock).size == LIVE


def test_sensor_hdr_is_switched_while_the_camera_is_closed(make: Maker, rig: Any) -> None:
    with pytest.raises(CameraError, match=r"camera 0 \(imx219\) has no HDR in its sensor"):
        make(is_sensor_hdr=True).open()
    sensor = rig.sensors[0]
    sensor.model, whole = "imx708_wide", sensor.resolution
    camera = make(is_sensor_hdr=True)
    camera.open()
    assert camera.info.still_size == Size(2304, 1296)
    camera.close()
    make().open()
    assert sensor.resolution == whole


def test_two_cameras_are_used_at_once(make: Maker, rig: Any, clock: HandClock) -> None:
    from fake_rig import FakeSensor

    rig.sensors.append(FakeSensor(model="imx708", id="/base/soc/i2c0mux/i2c@0/imx708@1a"))
    first, second = make(number=0), make(number=1)
    for camera in (first, second):
        camera.open()
        camera.start_stream(LIVE, 30)
    assert (first.info.model, second.info.model) == ("imx219", "imx708")
    assert next_frame(first, clock).size == next_frame(second, clock).size == LIVE
    first.close()
    assert next_frame(second, clock).size == LIVE


def test_a_webcam_has_picture_controls_done_here_and_one_stream(
    make: Maker, rig: Any, clock: HandClock
) -> None:
    rig.sensors[0].is_pi = False
    camera = make()
    camera.open()
    assert [info.name for info in camera.info.controls] == [
        "Brightness",
        "Contrast",
        "Saturation",
        "Sharpness",
        "FrameDurationLimits",
    ]
    size = camera.live_size(LIVE)
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock).size == size
    camera.set_controls({"Brightness": -1.0})
    assert next_frame(camera, clock).pixels.mean() < 5
    with pytest.raises(CameraError, match="gives no raw data"):
        camera.capture_raw()
    assert camera.capture_still().size == camera.info.still_size


def test_closing_while_frames_come_is_clean(camera: Picamera2Camera, rig: Any) -> None:
    for _ in range(10):
        camera.open()
        camera.start_stream(LIVE, 60)
        os.sched_yield()
        camera.close()
    assert rig.memory_used == 0
