"""USB cameras: which picture is asked for, buffers in the right order, faults and their texts."""

import asyncio
import ctypes
import errno
import math
import os
import termios
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.camera import make_camera
from hardware.camera.v4l2 import V4l2Camera, V4l2Device, find
from hardware.camera.v4l2.pixels import to_rgb
from hardware.daemon import Daemon
from hardware.device import CameraDevice
from tests.hardware import v4l2_fake as fake
from tests.hardware.cameras import HandClock, next_frame
from tests.hardware.test_daemon import until
from tests.hardware.v4l2_fake import Devices, Webcam
from vizy.device import DeviceMirror
from vizy.errors import CameraError
from vizy.frames import FrameClient
from vizy.settings import CameraSettings, load_settings
from vizy.state import Size

LIVE = Size(640, 360)
FULL = Size(1920, 1080)
VIDEO0 = "/dev/video0"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def webcam(clock: HandClock) -> Webcam:
    return Webcam(clock)


def camera_on(clock: HandClock, webcams: dict[str, Webcam], path: str | None = None) -> V4l2Camera:
    devices = Devices(webcams)
    return V4l2Camera(
        None if path is None else Path(path),
        clock=clock,
        sleep=clock.move,
        open_device=devices.open,
        devices=devices.paths,
    )


@pytest.fixture
def camera(clock: HandClock, webcam: Webcam) -> Iterator[V4l2Camera]:
    camera = camera_on(clock, {VIDEO0: webcam})
    camera.open()
    yield camera
    camera.close()
    assert webcam.handles == 0
    assert webcam.owner is None


def asked(webcam: Webcam) -> tuple[str, tuple[int, int], int]:
    return webcam.pixel_format, webcam.size, webcam.rate


def test_small_pictures_are_asked_for_as_they_are_and_large_ones_as_jpeg(
    camera: V4l2Camera, webcam: Webcam
) -> None:
    for size, wanted in ((Size(320, 180), "YUYV"), (LIVE, "YUYV"), (Size(1280, 720), "MJPG")):
        camera.start_stream(size, 30)
        assert asked(webcam) == (wanted, (size.width, size.height), 30)


def test_a_rate_that_only_jpeg_reaches_is_worth_more_than_the_format(
    camera: V4l2Camera, webcam: Webcam
) -> None:
    webcam.formats["YUYV"][(640, 360)] = (15, 5)
    camera.close()
    camera.open()
    camera.start_stream(LIVE, 30)
    assert asked(webcam)[0] == "MJPG"


@pytest.mark.parametrize(("fps", "rate"), [(12, 15), (5, 5), (60, 30), (24.5, 25)])
def test_the_slowest_rate_that_is_enough_is_asked_for(
    camera: V4l2Camera, webcam: Webcam, fps: float, rate: int
) -> None:
    camera.start_stream(LIVE, fps)
    assert asked(webcam)[2] == rate


def test_a_camera_too_fast_for_the_wish_is_thinned_out(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    webcam.formats["YUYV"][(640, 360)] = (30,)
    camera.close()
    camera.open()
    camera.start_stream(LIVE, 4)
    stamps = [next_frame(camera, clock).timestamp_ns for _ in range(5)]
    steps = np.diff(stamps) / 1e9
    assert 0.23 < steps.min() <= steps.max() < 0.32


def test_a_wish_smaller_than_all_it_has_is_scaled_to(camera: V4l2Camera, clock: HandClock) -> None:
    assert camera.live_size(Size(80, 80)) == Size(80, 60)
    camera.start_stream(Size(80, 80), 30)
    assert next_frame(camera, clock).size == Size(80, 60)


def test_what_it_says_of_itself_comes_from_the_driver(camera: V4l2Camera) -> None:
    assert (camera.info.backend, camera.info.model) == ("v4l2", "HD Webcam")
    assert camera.info.still_size == FULL


def test_a_driver_that_takes_any_size_and_rate_is_asked_for_common_ones(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    webcam.is_stepless = True
    camera.close()
    camera.open()
    assert camera.info.still_size == FULL
    assert camera.live_size(Size(700, 400)) == LIVE
    for fps, rate in ((24, 25), (100, 60), (0.2, 1)):
        camera.start_stream(LIVE, fps)
        assert asked(webcam)[1:] == ((640, 360), rate)
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock).size == LIVE


def test_a_driver_that_does_not_keep_what_it_listed_is_refused(
    camera: V4l2Camera, webcam: Webcam
) -> None:
    webcam.formats["YUYV"] = {(160, 120): (30,)}
    with pytest.raises(CameraError, match="gives YUYV 160x120 in place of YUYV 640x360"):
        camera.start_stream(LIVE, 30)


def test_a_frame_carries_the_driver_s_own_time_and_number(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    webcam.latency_ns = 50_000_000
    camera.start_stream(LIVE, 30)
    frames = [next_frame(camera, clock) for _ in range(4)]
    assert [b.sequence - a.sequence for a, b in pairwise(frames)] == [1, 1, 1]
    assert clock.now_ns - frames[-1].timestamp_ns >= 50_000_000
    webcam.frame_flags = 0  # stamps of an unknown clock are not believed
    assert next_frame(camera, clock).timestamp_ns == clock.now_ns


def test_numbers_go_on_from_one_stream_to_the_next(camera: V4l2Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)
    before = next_frame(camera, clock).sequence
    still = camera.capture_still().sequence
    assert before < still < next_frame(camera, clock).sequence


def test_the_two_formats_show_the_same_picture(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    raw = next_frame(camera, clock)
    del webcam.formats["YUYV"]
    camera.close()
    camera.open()
    camera.start_stream(LIVE, 30)
    jpeg = next_frame(camera, clock)
    assert np.abs(raw.pixels.astype(int) - jpeg.pixels).mean() < 3


def test_planes_and_padded_rows_are_read() -> None:
    wide, size = 48, Size(32, 8)
    rows = np.full((12, wide), 128, np.uint8)
    rows[:8, :32] = 235
    rows[:8, 32:] = 16
    for pixel_format in ("NV12", "YU12"):
        assert (to_rgb(rows.tobytes(), pixel_format, size, wide) >= 254).all()


def test_a_still_of_another_size_switches_the_mode_and_gives_the_buffers_back_first(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    webcam.log.clear()
    assert camera.capture_still().size == FULL
    once = (fake.STREAMOFF, fake.REQBUFS, fake.S_FMT, fake.S_PARM, fake.REQBUFS, fake.STREAMON)
    seen = [each for each in webcam.log if each in once]
    assert seen == [*once, *once]
    assert next_frame(camera, clock).size == LIVE


def test_a_still_of_the_live_size_is_the_next_frame(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(FULL, 30)
    next_frame(camera, clock)
    webcam.log.clear()
    asked_at = clock.now_ns
    still = camera.capture_still()
    assert still.size == FULL
    assert still.timestamp_ns >= asked_at
    assert set(webcam.log) == {fake.QBUF, fake.DQBUF, fake.G_EXT_CTRLS}


def test_a_still_says_what_was_set_by_hand_and_not_what_an_automatic_chose(
    camera: V4l2Camera,
) -> None:
    assert camera.capture_still().metadata == {}
    camera.set_controls({"AeEnable": False, "ExposureTime": 5000})
    assert camera.capture_still().metadata == {"ExposureTime": 5000}


def test_a_hundred_stills_leave_nothing_behind(camera: V4l2Camera, webcam: Webcam) -> None:
    webcam.formats = {"MJPG": {(64, 48): (30,), (32, 24): (30,)}}
    camera.close()
    camera.open()
    camera.start_stream(Size(32, 24), 30)
    for _ in range(100):
        camera.capture_still()
    camera.stop_stream()
    assert webcam.owner is None


def test_a_damaged_frame_is_left_out(camera: V4l2Camera, webcam: Webcam, clock: HandClock) -> None:
    camera.start_stream(Size(1280, 720), 30)
    first = next_frame(camera, clock)
    webcam.damage = lambda data: data[: len(data) // 2]
    clock.move(0.04)
    assert camera.poll_frame() is None
    webcam.damage = lambda data: data
    assert next_frame(camera, clock).sequence > first.sequence


def test_frames_that_the_driver_marks_as_bad_are_left_out(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    webcam.frame_flags |= 0x40
    clock.move(0.05)
    assert camera.poll_frame() is None
    webcam.frame_flags &= ~0x40
    assert next_frame(camera, clock)


def test_a_camera_that_sends_nothing_for_five_seconds_has_failed(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    webcam.is_silent = True
    clock.move(4.9)
    assert camera.poll_frame() is None
    clock.move(0.2)
    with pytest.raises(CameraError, match=r"no whole frame for 5 s: check its cable"):
        camera.poll_frame()
    camera.close()
    webcam.is_silent = False
    camera.open()
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock)


def test_a_camera_whose_frames_are_all_damaged_has_failed_and_says_how(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    webcam.damage = lambda data: data[:100]
    camera.start_stream(Size(1280, 720), 30)
    for _ in range(10):
        clock.move(0.5)
        assert camera.poll_frame() is None
    clock.move(1.5)
    with pytest.raises(CameraError, match="the last one was a JPEG without its end"):
        camera.poll_frame()


def test_a_still_that_does_not_come_fails_and_the_live_picture_goes_on(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    webcam.is_silent = True
    with pytest.raises(CameraError, match="no whole frame"):
        camera.capture_still()
    webcam.is_silent = False
    assert next_frame(camera, clock).size == LIVE


CALLS: list[Callable[[V4l2Camera], object]] = [
    V4l2Camera.poll_frame,
    V4l2Camera.capture_still,
    V4l2Camera.controls,
    lambda camera: camera.set_controls({"Brightness": 0.5}),
]


@pytest.mark.parametrize("call", CALLS)
def test_an_unplugged_camera_says_so_and_is_found_again(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock, call: Callable[[V4l2Camera], object]
) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    webcam.unplug()
    with pytest.raises(CameraError, match=r"/dev/video0: .* unplugged: plug it in again"):
        call(camera)
    camera.close()
    with pytest.raises(CameraError, match="no USB camera was found: plug one in"):
        camera.open()
    webcam.plug()
    camera.open()
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock)


def test_it_is_found_again_under_another_name_and_before_another_camera(clock: HandClock) -> None:
    other, mine = Webcam(clock, "Other", port=1), Webcam(clock, "Mine", port=2)
    devices = Devices({VIDEO0: mine})
    camera = V4l2Camera(clock=clock, open_device=devices.open, devices=devices.paths)
    camera.open()
    camera.close()
    devices.webcams = {Path(VIDEO0): other, Path("/dev/video4"): mine}
    camera.open()
    assert camera.info.model == "Mine"
    camera.close()


def test_a_camera_that_another_program_uses_is_refused_with_the_cure(
    clock: HandClock, webcam: Webcam
) -> None:
    camera, other = (camera_on(clock, {VIDEO0: webcam}) for _ in range(2))
    other.open()
    other.start_stream(LIVE, 30)
    with pytest.raises(CameraError, match=r"busy\): another program .*'fuser -v /dev/video0'"):
        camera.open()
    other.close()
    camera.open()
    camera.close()
    assert webcam.handles == 0


def test_a_camera_that_was_taken_between_opening_and_streaming_is_refused(
    clock: HandClock, webcam: Webcam
) -> None:
    camera, other = (camera_on(clock, {VIDEO0: webcam}) for _ in range(2))
    camera.open()
    other.open()
    other.start_stream(LIVE, 30)
    with pytest.raises(CameraError, match="another program uses it"):
        camera.start_stream(LIVE, 30)
    other.close()
    camera.start_stream(LIVE, 30)
    assert next_frame(camera, clock)
    camera.close()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (errno.ENOSPC, "USB has no room for this picture: choose another port"),
        (errno.EPROTO, "starting the stream failed .*: check its cable"),
    ],
)
def test_a_stream_that_cannot_start_gives_everything_back(
    camera: V4l2Camera, webcam: Webcam, code: int, text: str
) -> None:
    def fail(request: int) -> None:
        if request == fake.STREAMON:
            raise fake.refuse(code)

    webcam.before = fail
    with pytest.raises(CameraError, match=text):
        camera.start_stream(LIVE, 30)
    assert webcam.owner is None
    assert camera.frame_due_s() == math.inf


def test_a_driver_with_memory_for_one_buffer_is_refused_and_with_two_it_works(
    camera: V4l2Camera, webcam: Webcam, clock: HandClock
) -> None:
    webcam.most_buffers = 1
    with pytest.raises(CameraError, match="memory for 1 buffers and 2 are needed"):
        camera.start_stream(LIVE, 30)
    assert webcam.owner is None
    webcam.most_buffers = 2
    camera.start_stream(LIVE, 30)
    assert [next_frame(camera, clock) for _ in range(5)]


def test_without_a_name_only_usb_counts_and_with_one_anything(clock: HandClock) -> None:
    codec, chip = Webcam(clock, "codec"), Webcam(clock, "chip")
    codec.abilities, chip.bus = 0x04000000 | 0x8000, "platform:isp"
    webcams = {"/dev/video0": codec, "/dev/video1": chip}
    with pytest.raises(CameraError, match="no USB camera was found"):
        camera_on(clock, webcams).open()
    named = camera_on(clock, webcams, "/dev/video1")
    named.open()
    assert named.info.model == "chip"
    named.close()
    with pytest.raises(CameraError, match="/dev/video0 gives no pictures: name another"):
        camera_on(clock, webcams, "/dev/video0").open()
    with pytest.raises(CameraError, match=r"/dev/video9: opening it failed .*plug the camera in"):
        camera_on(clock, webcams, "/dev/video9").open()
    assert codec.handles == chip.handles == 0


def test_a_camera_with_no_format_that_can_be_read_is_refused(
    clock: HandClock, webcam: Webcam
) -> None:
    webcam.formats = {"H264": {(1280, 720): (30,)}}
    camera = camera_on(clock, {VIDEO0: webcam})
    with pytest.raises(CameraError, match="gives H264, and Vizy reads MJPG"):
        camera.open()
    assert webcam.handles == 0


def test_the_real_device_speaks_to_the_kernel(tmp_path: Path) -> None:
    file = tmp_path / "video0"
    file.write_bytes(b"")
    camera = V4l2Camera(file)
    with pytest.raises(CameraError, match=r"Inappropriate ioctl.*it is no camera that V4L2 drives"):
        camera.open()
    with pytest.raises(FileNotFoundError):
        V4l2Device(tmp_path / "video1")
    device = V4l2Device(file)
    device.close()
    device.close()
    assert find(paths=lambda: [file, tmp_path / "video1"]) == ()


def test_the_kernel_s_answer_is_read_from_the_struct_it_was_asked_with() -> None:
    class WindowSize(ctypes.Structure):  # ioctl_tty(2): no camera is needed to ask for it
        _fields_ = (
            ("rows", ctypes.c_ushort),
            ("columns", ctypes.c_ushort),
            ("rest", ctypes.c_uint),
        )

    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 132))
    device = V4l2Device(Path(os.ttyname(slave)))
    answer = WindowSize()
    device.ioctl(termios.TIOCGWINSZ, answer)
    assert (answer.rows, answer.columns) == (24, 132)
    device.close()
    os.close(master)
    os.close(slave)


def test_a_buffer_of_the_kernel_s_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(bytes(4096) + b"a frame" + bytes(4089))
    device = V4l2Device(tmp_path / "video0")
    with device.mmap(4096, 4096) as mapped:
        assert mapped[:7] == b"a frame"
    device.close()


async def test_a_daemon_shows_its_picture_and_gets_over_an_unplugged_cable(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CameraDevice.__init__.__kwdefaults__, "retry_s", 0.01)
    webcam = Webcam(time.monotonic_ns)
    del webcam.formats["MJPG"][(1920, 1080)], webcam.formats["YUYV"][(1920, 1080)]
    devices = Devices({VIDEO0: webcam})
    camera = V4l2Camera(open_device=devices.open, devices=devices.paths)
    settings = load_settings({"state_dir": str(state_dir), "camera": "v4l2"}, {})
    daemon = Daemon(settings, camera)
    running = asyncio.create_task(daemon.run())
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        async with FrameClient(settings.frames_socket) as frames:
            await until(mirror, lambda s: s.streaming.active)
            await mirror.set_controls({"Brightness": 0.5, "Gain": 10})
            async for frame in frames:
                assert simplejpeg.decode_jpeg(frame.data).shape == (720, 1280, 3)
                break
            webcam.unplug()
            fault = await until(mirror, lambda s: s.camera.status == "fault")
            assert "unplugged" in fault.camera.reason
            webcam.plug()
            await until(mirror, lambda s: s.camera.status == "ready" and s.streaming.active)
            assert webcam.knobs[fake.BRIGHTNESS].value == 32  # set again: the camera lost its power
            async for _ in frames:
                break
            assert (await mirror.capture()).size == Size(1280, 720)
    daemon.stop()
    assert await running == 0
    assert webcam.handles == 0


def test_the_settings_choose_it() -> None:
    settings = CameraSettings(backend="v4l2", device="/dev/none")
    camera = make_camera(settings)
    assert isinstance(camera, V4l2Camera)
    with pytest.raises(CameraError, match="/dev/none"):
        camera.open()
