"""The encoder: tagged colours, even sizes, keyframes by time, and nothing out of order."""

import numpy as np
import pytest

from hardware.video.codec import VideoCodec, bitrate_for, default_threads
from hardware.video.encoders import HARDWARE, SOFTWARE
from tests.hardware.video.studio import SMALL, STEP_NS, encoded, picture, times
from vizy.errors import DeviceError
from vizy.state import Size


def test_each_picture_becomes_a_packet_with_its_own_timestamp() -> None:
    at = times(30)
    packets = encoded(at)
    assert len(packets) == 30
    for packet, taken in zip(packets, at, strict=True):
        assert abs(packet.timestamp_ns - taken) < 1000


def test_keyframes_come_by_the_clock_even_when_frames_are_rare() -> None:
    packets = encoded(times(20), keyframe_s=0.2)
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, 5, 10, 15]
    rare = encoded([n * 700_000_000 for n in range(5)], keyframe_s=1.0)
    assert [packet.is_keyframe for packet in rare] == [True, False, True, False, True]


@pytest.mark.parametrize("step_ns", [0, -STEP_NS, 500])
def test_a_picture_that_is_not_newer_than_the_last_is_left_out(step_ns: int) -> None:
    first, second = times(2)
    assert len(encoded([first, first + step_ns, second])) == 2


def test_an_odd_row_and_column_are_left_out() -> None:
    codec = VideoCodec(SOFTWARE, Size(65, 49), fps=25)
    assert codec.header.size == Size(64, 48)
    packets = codec.encode(picture(1, Size(65, 49)), 0) + codec.finish()
    assert len(packets) == 1


def test_the_bitrate_follows_size_and_rate_within_limits() -> None:
    assert bitrate_for(Size(1280, 720), 30) == 3_317_760
    assert bitrate_for(SMALL, 10) == 300_000
    assert bitrate_for(Size(4096, 4096), 120) == 25_000_000


def test_noise_stays_near_the_bitrate_that_was_asked_for() -> None:
    size = Size(320, 240)
    codec = VideoCodec(SOFTWARE, size, fps=25, bitrate=400_000)
    rng = np.random.default_rng(1)
    sizes = 0
    for number in range(50):
        noise = rng.integers(0, 255, (240, 320, 3), np.uint8)
        sizes += sum(len(packet.data) for packet in codec.encode(noise, number * STEP_NS))
    sizes += sum(len(packet.data) for packet in codec.finish())
    assert sizes * 8 / 2 < 2 * 400_000


def test_an_encoder_that_is_not_there_says_so() -> None:
    with pytest.raises(DeviceError, match=r"h264_v4l2m2m failed at 64x48"):
        VideoCodec(HARDWARE, SMALL, fps=25)


def test_a_core_is_left_for_the_rest() -> None:
    assert 1 <= default_threads() <= 3
