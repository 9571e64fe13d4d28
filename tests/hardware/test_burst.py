"""Bursts: at their rate, bounded in memory, patient with the queue, stopped with what was taken."""

import asyncio
import itertools

import pytest

from hardware.jobs import BurstJob
from hardware.jobs.sampler import FrameSampler
from hardware.taps import FrameSink, FrameTaps
from tests.hardware.jobbing import Album, HandTime, Told, picture
from vizy.errors import BusyError, DeviceTimeoutError, DiskFullError, InterruptsError
from vizy.jobs import Burst


class Stream(FrameTaps):
    """Live frames that come by themselves, 30 a second, while a sink is attached."""

    def __init__(self, clock: HandTime) -> None:
        super().__init__()
        self._clock = clock
        self._sent = 0
        self.limit = 10_000

    def attach(self, name: str, sink: FrameSink) -> None:
        super().attach(name, sink)
        self._clock.at(self._clock.seconds, self._send)

    def _send(self) -> None:
        if self and self._sent < self.limit:
            self._sent += 1
            self.offer(picture(at_s=self._clock.seconds))
            self._clock.at(self._clock.seconds + 1 / 30, self._send)


async def burst(
    spec: Burst, album: Album, told: Told, stream: Stream | None = None, **options: int
) -> Stream:
    stream = Stream(album.clock) if stream is None else stream
    async with asyncio.timeout(20):
        await BurstJob(spec, stream, album, clock=album.clock, **options).run(told.progress)
    assert not stream, "the sink is still attached"
    return stream


@pytest.mark.parametrize(("fps", "spacing_s"), [(10, 0.1), (30, 1 / 30), (100, 1 / 30), (4, 0.25)])
async def test_live_frames_are_taken_at_the_rate_or_as_fast_as_they_come(
    fps: float, spacing_s: float
) -> None:
    album, told = Album(HandTime()), Told()
    await burst(Burst(count=20, fps=fps), album, told)
    times = [frame.timestamp_ns / 1e9 for frame in album.frames]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert len(times) == 20
    assert sum(gaps) / len(gaps) == pytest.approx(spacing_s, rel=0.1)
    assert told.last == (20, 20, "")
    assert album.kinds == {("burst", "job-1")}


async def test_a_slow_disk_holds_no_frame_up_until_the_memory_is_full_and_says_so() -> None:
    album, told = Album(HandTime(), takes_s=1.0), Told()
    size = picture().pixels.nbytes
    await burst(Burst(count=12, fps=30), album, told, max_bytes=4 * size)
    assert len(album.frames) == 12
    done, total, detail = told.last
    assert (done, total) == (12, 12)
    assert "left out: frames came faster than they could be kept" in detail


def test_one_frame_waits_even_if_it_is_larger_than_the_memory() -> None:
    async def main() -> None:
        sampler = FrameSampler(10, 2, max_bytes=1)
        sampler.offer(picture())
        await asyncio.sleep(0)
        assert sampler.pop() is not None

    asyncio.run(main())


async def test_a_loop_that_is_held_up_sees_the_newest_frame_and_counts_the_others() -> None:
    sampler = FrameSampler(10, 5)
    for n in range(4):
        sampler.offer(picture(at_s=n))
    await asyncio.sleep(0)
    frame = sampler.pop()
    assert frame is not None
    assert frame.timestamp_ns == 3_000_000_000
    assert sampler.left_out == 3
    assert sampler.pop() is None


@pytest.mark.parametrize("source", ["live", "still"])
async def test_a_stop_keeps_what_was_taken(source: str) -> None:
    album, told = Album(HandTime()), Told()
    album.clock.at(1.05, told.progress.stopping.set)
    await burst(Burst(count=500, fps=10, source=source), album, told)
    assert len(album.times) == told.last[0]
    assert told.last[0] in (11, 12)  # a frame may come before the stop is seen


async def test_stills_come_one_after_the_other_at_the_rate_or_slower() -> None:
    album, told = Album(HandTime(), takes_s=0.7), Told()
    await burst(Burst(count=4, fps=10, source="still"), album, told)
    assert album.times == pytest.approx([0, 0.7, 1.4, 2.1])
    quick = Album(HandTime(), takes_s=0.1)
    await burst(Burst(count=4, fps=2, source="still"), quick, Told())
    assert quick.times == pytest.approx([0, 0.5, 1.0, 1.5])


@pytest.mark.parametrize("source", ["live", "still"])
async def test_a_busy_queue_is_waited_for(source: str) -> None:
    album, told = Album(HandTime()), Told()
    album.fails = lambda: BusyError("eight wait") if 0.2 < album.clock.seconds < 5 else None
    await burst(Burst(count=6, fps=10, source=source), album, told)
    assert told.last[0] == 6


async def test_stills_that_would_interrupt_a_recording_are_refused_at_once() -> None:
    album = Album(HandTime())
    album.fails = lambda: InterruptsError("a video is being recorded")
    with pytest.raises(InterruptsError, match="being recorded"):
        await burst(Burst(count=2, source="still"), album, Told())
    assert album.clock.seconds == 0


async def test_a_queue_that_stays_busy_ends_it() -> None:
    album = Album(HandTime())
    album.fails = lambda: BusyError("eight wait")
    with pytest.raises(BusyError, match="eight wait"):
        await burst(Burst(count=2, source="still"), album, Told())
    assert 60 <= album.clock.seconds < 61


async def test_a_full_disk_ends_it() -> None:
    album = Album(HandTime())
    stream = Stream(album.clock)
    album.fails = lambda: DiskFullError("no room")
    with pytest.raises(DiskFullError):
        await burst(Burst(count=2), album, Told(), stream)
    assert not stream


async def test_a_stream_that_ends_is_said() -> None:
    album, told = Album(HandTime()), Told()
    stream = Stream(album.clock)
    stream.limit = 4
    with pytest.raises(DeviceTimeoutError, match=r"no live frame came for 10\.1 s"):
        await burst(Burst(count=9, fps=10), album, told, stream)
    assert told.last[0] == 2
    assert not stream
