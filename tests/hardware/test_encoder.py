"""The encoder: each size and quality made once, never enlarged, a frame too large is survived."""

import numpy as np
import pytest
import simplejpeg

from hardware.camera import Frame
from hardware.encoder import StreamEncoder, Variant
from vizy.errors import InvalidValueError
from vizy.frames import FrameFeed
from vizy.state import Size


class Feed(FrameFeed):
    """Takes frames as a feed does."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[tuple[bytes, Size, int]] = []
        self.failure: Exception | None = None

    def write(
        self,
        data: bytes | memoryview,
        *,
        width: int,
        height: int,
        format: str,  # noqa: A002 -- the feed's own name for it
        timestamp_ns: int,
        slot_bytes: int,
    ) -> None:
        assert (format, len(data) <= slot_bytes) == ("JPEG", True)
        if self.failure is not None:
            raise self.failure
        self.frames.append((bytes(data), Size(width, height), timestamp_ns))


def frame(number: int, width: int = 64, height: int = 48) -> Frame:
    pixels = np.full((height, width, 3), number, np.uint8)
    pixels.setflags(write=False)
    return Frame(pixels, number * 1000, number)


def shown(feed: Feed) -> list[Size]:
    return [size for _, size, _ in feed.frames]


def test_a_frame_becomes_a_jpeg_of_its_size_and_time() -> None:
    encoder, feed = StreamEncoder(), Feed()
    encoder.variants = (Variant(None, 80, feed),)
    encoder.encode(frame(90))
    ((jpeg, size, timestamp_ns),) = feed.frames
    assert (size, timestamp_ns) == (Size(64, 48), 90_000)
    assert simplejpeg.decode_jpeg_header(jpeg)[:2] == (48, 64)
    assert abs(int(simplejpeg.decode_jpeg(jpeg)[0, 0, 0]) - 90) < 3


def test_nothing_is_encoded_for_nobody() -> None:
    encoder = StreamEncoder()
    encoder.encode(frame(1))
    assert encoder.encoded == 0


def test_each_size_and_quality_is_encoded_once_in_its_own_size() -> None:
    encoder = StreamEncoder()
    feeds = [Feed() for _ in range(4)]
    wishes = ((None, 80), (32, 80), (32, 40), (16, 80))
    encoder.variants = tuple(
        Variant(width, quality, feed) for (width, quality), feed in zip(wishes, feeds, strict=True)
    )
    for number in (1, 2):
        encoder.encode(frame(number))
    assert encoder.encoded == 8
    assert [shown(feed)[-1] for feed in feeds] == [
        Size(64, 48),
        Size(32, 24),
        Size(32, 24),
        Size(16, 12),
    ]
    for feed in feeds:
        jpeg, size, timestamp_ns = feed.frames[-1]
        assert simplejpeg.decode_jpeg_header(jpeg)[:2] == (size.height, size.width)
        assert timestamp_ns == 2000


def test_wishes_that_come_to_the_same_picture_are_encoded_once_and_none_is_enlarged() -> None:
    encoder = StreamEncoder()
    feeds = [Feed() for _ in range(3)]
    encoder.variants = tuple(
        Variant(width, 80, feed) for width, feed in zip((None, 64, 1000), feeds, strict=True)
    )
    encoder.encode(frame(5))
    assert encoder.encoded == 1
    assert len({feed.frames[0][0] for feed in feeds}) == 1


@pytest.mark.parametrize(
    ("width", "whole", "size"),
    [
        (640, Size(1280, 720), Size(640, 360)),
        (333, Size(1280, 720), Size(333, 187)),
        (16, Size(4096, 64), Size(16, 1)),
    ],
)
def test_the_height_follows_the_width(width: int, whole: Size, size: Size) -> None:
    assert Variant(width, 80, Feed()).size(whole) == size


def test_frames_that_change_size_are_followed() -> None:
    encoder, feed = StreamEncoder(), Feed()
    encoder.variants = (Variant(32, 80, feed),)
    for size in ((64, 48), (16, 12), (128, 64)):
        encoder.encode(frame(1, *size))
    assert shown(feed) == [Size(32, 24), Size(16, 12), Size(32, 16)]


@pytest.mark.parametrize("failure", [InvalidValueError("too large for a slot"), OSError("no room")])
def test_a_frame_that_cannot_be_written_is_left_out_and_named_once(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    encoder, feed, other = StreamEncoder(), Feed(), Feed()
    encoder.variants = (Variant(None, 80, feed), Variant(32, 80, other))
    feed.failure = failure
    for number in (1, 2):
        encoder.encode(frame(number))
    feed.failure = None
    encoder.encode(frame(3))
    assert [timestamp_ns for _, _, timestamp_ns in feed.frames] == [3000]
    assert len(other.frames) == 3
    assert caplog.text.count(str(failure)) == 1


def spoilt() -> Frame:
    """A frame that no encoder takes: its pixels have no colours."""
    return Frame(np.zeros((4, 4), np.uint8), 1, 1)


def test_a_frame_that_cannot_be_encoded_costs_that_frame_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    encoder, feed = StreamEncoder(), Feed()
    encoder.variants = (Variant(None, 80, feed),)
    for number in range(15):  # one good frame now and then is enough
        encoder.encode(spoilt())
        if number % 5 == 0:
            encoder.encode(frame(number))
    assert len(feed.frames) == 3
    assert "a frame is left out of the live picture" in caplog.text


def test_ten_frames_in_a_row_that_cannot_be_encoded_are_for_a_new_process() -> None:
    encoder = StreamEncoder()
    encoder.variants = (Variant(None, 80, Feed()),)
    for _ in range(9):
        encoder.encode(spoilt())
    with pytest.raises(ValueError):
        encoder.encode(spoilt())
