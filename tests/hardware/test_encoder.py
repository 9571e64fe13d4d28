"""The encoder: newest wins, nothing encoded unless offered, and it survives a frame too large."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import simplejpeg

from hardware.camera import Frame
from hardware.encoder import StreamEncoder, encode_jpeg
from vizy.errors import InvalidValueError
from vizy.frames import FrameNotice


def frame(number: int, side: int = 64) -> Frame:
    return Frame(np.full((side, side, 3), number, np.uint8), number * 1000, number)


class Ring:
    """Takes frames as the frame ring does; its gate, once shut, holds the encoder."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.largest = 1_000_000

    def write(
        self,
        data: bytes | memoryview,
        *,
        width: int,
        height: int,
        format: str,  # noqa: A002 -- the ring's own name for it
        timestamp_ns: int,
    ) -> FrameNotice:
        self.entered.set()
        assert self.gate.wait(20)
        if len(data) > self.largest:
            raise InvalidValueError("too large for a slot")
        self.frames.append(bytes(data))
        number = len(self.frames)
        return FrameNotice(number, timestamp_ns, width, height, len(data), format)


class Bench:
    def __init__(self) -> None:
        self.ring = Ring()
        self.notices: list[FrameNotice] = []
        self.published = threading.Semaphore(0)
        self.died: list[str] = []
        self.dead = threading.Event()
        self.tried = threading.Semaphore(0)
        self.encoder = StreamEncoder(
            self.ring, self.publish, quality=80, encode=self.encode, on_dead=self.die
        )
        self.encoder.start()

    def encode(self, frame: Frame, quality: int) -> bytes:
        self.tried.release()
        return encode_jpeg(frame, quality)

    def publish(self, notice: FrameNotice) -> None:
        self.notices.append(notice)
        self.published.release()

    def die(self, reason: str) -> None:
        self.died.append(reason)
        self.dead.set()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.ring.gate.set()
    assert bench.encoder.close(20)


def test_a_frame_becomes_a_jpeg_of_its_size_and_time(bench: Bench) -> None:
    bench.encoder.offer(frame(90))
    assert bench.published.acquire(timeout=20)
    (notice,) = bench.notices
    assert (notice.width, notice.height, notice.format) == (64, 64, "JPEG")
    assert notice.timestamp_ns == 90_000
    assert abs(int(simplejpeg.decode_jpeg(bench.ring.frames[0])[0, 0, 0]) - 90) < 3
    assert bench.encoder.encoded == 1


def test_a_slow_encoder_skips_to_the_newest(bench: Bench) -> None:
    bench.ring.gate.clear()
    bench.encoder.offer(frame(1))
    assert bench.ring.entered.wait(20)
    for number in range(2, 50):
        bench.encoder.offer(frame(number))
    bench.ring.gate.set()
    assert bench.published.acquire(timeout=20)
    assert bench.published.acquire(timeout=20)
    assert [notice.timestamp_ns for notice in bench.notices] == [1000, 49_000]


def test_a_frame_too_large_for_the_ring_is_left_out_and_named_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.ring.largest = 2000
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    bench.encoder.offer(Frame(noise, 1, 1))
    assert bench.ring.entered.wait(20)
    bench.encoder.offer(frame(2))
    assert bench.published.acquire(timeout=20)
    assert [notice.timestamp_ns for notice in bench.notices] == [2000]
    assert caplog.text.count("too large for a slot") == 1


def test_a_frame_that_cannot_be_encoded_costs_that_frame_alone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(15):  # one good frame now and then is enough
        bench.encoder.offer(Frame(np.zeros((4, 4), np.uint8), 1, 1))
        assert bench.tried.acquire(timeout=20)
        if number % 5 == 0:
            bench.encoder.offer(frame(number))
            assert bench.tried.acquire(timeout=20)
            assert bench.published.acquire(timeout=20)
    assert bench.died == []
    assert "a frame is left out of the live picture" in caplog.text


def test_ten_frames_in_a_row_that_cannot_be_encoded_are_its_death_and_are_reported(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        bench.encoder.offer(Frame(np.zeros((4, 4), np.uint8), 1, 1))
        assert bench.tried.acquire(timeout=20)
    assert bench.dead.wait(20)
    assert "the encoder died" in bench.died[0]


def test_closing_before_starting_is_no_error() -> None:
    assert StreamEncoder(Ring(), lambda _: None, quality=80, on_dead=lambda _: None).close()
