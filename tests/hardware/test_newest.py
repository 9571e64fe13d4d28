"""Work on the newest frame: never behind, never in the camera's way, its death told."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from hardware.camera import Frame
from hardware.newest import NewestFrame


def frame(number: int) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), number, number)


class Bench:
    """Work that stands still while its gate is shut."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.died: list[str] = []
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.news = threading.Semaphore(0)
        self.thread = NewestFrame("work", self.work, self.die)
        self.thread.start()

    def work(self, frame: Frame) -> None:
        self.entered.set()
        assert self.gate.wait(20)
        if self.failure is not None:
            raise self.failure
        self.done.append(frame.sequence)
        self.news.release()

    def die(self, reason: str) -> None:
        self.died.append(reason)
        self.news.release()

    def wait(self) -> None:
        assert self.news.acquire(timeout=20)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.gate.set()
    assert bench.thread.close()


def test_slow_work_skips_to_the_newest_and_offering_never_waits(bench: Bench) -> None:
    bench.gate.clear()
    bench.thread.offer(frame(1))
    assert bench.entered.wait(20)
    for number in range(2, 50):
        bench.thread.offer(frame(number))  # would hang here if it waited for the work
    bench.gate.set()
    bench.wait()
    bench.wait()
    assert bench.done == [1, 49]


def test_a_frame_is_let_go_of_once_it_is_done(bench: Bench) -> None:
    freed = threading.Event()

    class Pixels(np.ndarray):  # type: ignore[type-arg]
        def __del__(self) -> None:
            freed.set()

    bench.thread.offer(Frame(np.zeros((2, 2, 3), np.uint8).view(Pixels), 1, 1))
    assert freed.wait(20)


def test_its_death_is_reported(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.failure = RuntimeError("no more")
    bench.thread.offer(frame(1))
    bench.wait()
    assert bench.died == ["the work died: no more"]
    assert "the work died" in caplog.text


def test_closing_before_starting_is_no_error() -> None:
    assert NewestFrame("work", lambda _: None, lambda _: None).close()
