"""What every camera back end promises; a new one joins by a line in `cameras.BACK_ENDS`."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hardware.camera import Camera
from tests.hardware.cameras import BACK_ENDS, HandClock, next_frame
from vizy.controls import check_controls
from vizy.errors import InvalidValueError
from vizy.state import Size

LIVE = Size(640, 360)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=list(BACK_ENDS))
def closed(request: pytest.FixtureRequest, clock: HandClock) -> Camera:
    return BACK_ENDS[request.param](clock)


@pytest.fixture
def camera(closed: Camera) -> Iterator[Camera]:
    closed.open()
    yield closed
    closed.close()


def test_every_control_has_a_default_within_its_own_limits(camera: Camera) -> None:
    names = [info.name for info in camera.info.controls]
    assert names[0] == "Brightness"
    assert len(set(names)) == len(names)
    for info in camera.info.controls:
        assert info.check(info.default) == info.default
        assert info.group in ("exposure", "colour", "image", "focus")
        assert info.needs is None or info.needs[0] in names
        assert info.type == "bool" or info.size is not None or (info.step or 0) > 0


def test_its_values_are_those_it_reports_and_all_are_allowed(camera: Camera) -> None:
    values = camera.controls()
    assert list(values) == [info.name for info in camera.info.controls]
    assert check_controls(camera.info.controls, values) == values


@pytest.mark.parametrize(("name", "value"), [("Brightness", 1.5), ("Contrast", -0.1)])
def test_a_value_beyond_its_limit_is_refused_and_nothing_is_touched(
    camera: Camera, name: str, value: float
) -> None:
    before = camera.controls()
    with pytest.raises(InvalidValueError, match=f"{name}={value}.*its m"):
        camera.set_controls(check_controls(camera.info.controls, {name: value, "Sharpness": 2.0}))
    assert camera.controls() == before


def test_both_ends_of_every_control_s_range_give_a_picture(
    camera: Camera, clock: HandClock
) -> None:
    camera.start_stream(Size(160, 120), 30)
    for info in camera.info.controls:
        if info.minimum is None or info.name == "FrameDurationLimits":  # seconds, at one end
            continue
        # The greatest of each of a rectangle's numbers do not go together.
        last = info.default if info.type == "rectangle" else info.maximum
        for value in (info.minimum, last):
            camera.set_controls({info.name: info.check(value)})
            assert next_frame(camera, clock).pixels.dtype == np.uint8
        camera.set_controls({info.name: info.default})


def test_no_frame_comes_without_a_stream(camera: Camera, clock: HandClock) -> None:
    assert camera.frame_due_s() == math.inf
    clock.move(1)
    assert camera.poll_frame() is None


def test_polling_too_early_returns_nothing(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)
    next_frame(camera, clock)
    assert camera.frame_due_s() > 0
    assert camera.poll_frame() is None


def test_frames_progress(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)
    frames = [next_frame(camera, clock) for _ in range(12)]
    stamps = [frame.timestamp_ns for frame in frames]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] <= clock.now_ns
    numbers = [frame.sequence for frame in frames]
    assert numbers == sorted(set(numbers))
    assert any((frames[0].pixels != frame.pixels).any() for frame in frames[1:])


def test_a_late_poll_gets_the_newest_frame_and_the_gap_shows_in_its_number(
    camera: Camera, clock: HandClock
) -> None:
    camera.start_stream(LIVE, 30)
    first = next_frame(camera, clock)
    clock.move(1.0)
    late = camera.poll_frame() or next_frame(camera, clock)  # what waits may be too old to be shown
    assert late.sequence - first.sequence >= 9
    assert clock.now_ns - late.timestamp_ns < 0.11e9
    assert camera.poll_frame() is None


def test_frames_come_no_faster_than_asked(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 5)
    stamps = [next_frame(camera, clock).timestamp_ns for _ in range(5)]
    assert all(later - earlier > 0.19e9 for earlier, later in pairwise(stamps))


def test_the_live_picture_has_the_size_announced(camera: Camera, clock: HandClock) -> None:
    for wanted in (Size(1280, 720), Size(320, 180), Size(4096, 4096)):
        size = camera.live_size(wanted)
        assert size.width <= wanted.width
        assert size.height <= wanted.height
        camera.start_stream(wanted, 30)
        assert next_frame(camera, clock).size == size
        camera.stop_stream()


def test_a_still_has_the_size_announced_with_and_without_a_stream(
    camera: Camera, clock: HandClock
) -> None:
    still = camera.capture_still()
    assert still.size == camera.info.still_size
    assert still.pixels.flags["C_CONTIGUOUS"]
    camera.start_stream(LIVE, 30)
    clock.move(1)
    later = camera.capture_still()
    assert later.size == camera.info.still_size
    assert later.timestamp_ns > still.timestamp_ns
    assert next_frame(camera, clock).size == camera.live_size(LIVE)


def test_a_frame_belongs_to_who_got_it(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)
    first = next_frame(camera, clock)
    copy = first.pixels.copy()
    first_again = first.pixels
    next_frame(camera, clock).pixels[:] = 0
    assert (first_again == copy).all()


def mean(camera: Camera, clock: HandClock, **values: float) -> float:
    camera.set_controls(values)
    return float(next_frame(camera, clock).pixels.mean())


def test_brightness_brightens(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)
    means = [mean(camera, clock, Brightness=value) for value in (-1.0, -0.3, 0.0, 0.3, 1.0)]
    assert means == sorted(means)
    assert means[0] < 5
    assert means[-1] > 250


def test_contrast_spreads_and_zero_contrast_is_grey(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)

    def spread(value: float) -> float:
        camera.set_controls({"Contrast": value})
        return float(next_frame(camera, clock).pixels.std())

    assert spread(0.0) < 2 < spread(0.5) < spread(1.0) < spread(2.0)


def test_no_saturation_is_grey_and_more_is_more_colourful(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)

    def colour(value: float) -> float:
        camera.set_controls({"Saturation": value})
        pixels = next_frame(camera, clock).pixels.astype(int)
        return float((pixels.max(axis=2) - pixels.min(axis=2)).mean())

    assert colour(0.0) < 2 < colour(1.0) < colour(2.0)


def test_sharpness_raises_detail_and_zero_blurs(camera: Camera, clock: HandClock) -> None:
    camera.start_stream(LIVE, 30)

    def detail(value: float) -> float:
        camera.set_controls({"Sharpness": value})
        return float(np.abs(np.diff(next_frame(camera, clock).pixels.astype(int), axis=1)).mean())

    assert detail(0.0) < detail(1.0) < detail(4.0)


def test_controls_work_on_stills_too(camera: Camera) -> None:
    camera.set_controls({"Brightness": -0.5})
    dark = camera.capture_still().pixels.mean()
    camera.set_controls({"Brightness": 0.5})
    assert camera.capture_still().pixels.mean() > dark + 50


def test_a_control_survives_the_stream(camera: Camera) -> None:
    camera.set_controls({"Contrast": 1.5})
    camera.start_stream(LIVE, 30)
    camera.stop_stream()
    assert camera.controls()["Contrast"] == 1.5


def test_closing_and_stopping_twice_is_no_error(camera: Camera) -> None:
    camera.start_stream(LIVE, 30)
    camera.stop_stream()
    camera.stop_stream()
    camera.close()
    camera.close()


def test_it_can_be_opened_and_closed_twenty_times_and_leaves_nothing(
    closed: Camera, clock: HandClock
) -> None:
    def cycle() -> None:
        closed.open()
        closed.start_stream(Size(160, 120), 30)
        next_frame(closed, clock)
        closed.close()

    cycle()
    before = held()
    for _ in range(20):
        cycle()
    files, threads = held()
    assert files <= before[0]
    assert threads <= before[1]


def held() -> tuple[int, int]:
    """Count this process' file descriptors and threads, OpenCV's included."""
    files, threads = Path("/proc/self/fd"), Path("/proc/self/task")
    return len(list(files.iterdir())), len(list(threads.iterdir()))
