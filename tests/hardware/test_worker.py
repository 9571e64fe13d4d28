"""The worker: its queue's policy, its deadlines and its fairness, with a device made of events."""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hardware.worker import MAX_WAITING, DeviceWorker, Values
from vizy.errors import BusyError, CameraError, DeviceAwayError, DeviceTimeoutError


class Device:
    """Remembers what was done to it; its gate, once shut, holds whatever comes next."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.gate.set()
        self.frames = 0
        self.idle_s = math.inf
        self.idle_gate = threading.Event()
        self.idle_gate.set()

    def shut(self) -> None:
        self.entered.clear()
        self.gate.clear()

    def write(self, values: Values) -> Values:
        self.pass_gate()
        self.done.append(dict(values))
        return dict(values)

    def job(self, name: str) -> Callable[[], str]:
        def run() -> str:
            self.pass_gate()
            self.done.append(name)
            return name

        return run

    def pass_gate(self) -> None:
        self.entered.set()
        assert self.gate.wait(30)

    def idle(self) -> float:
        assert self.idle_gate.wait(30)
        self.frames += 1
        return self.idle_s


class Bench:
    """A worker with its device and what it told."""

    def __init__(self, **limits: float) -> None:
        self.device = Device()
        self.told: list[str] = []
        self.news = asyncio.Event()
        self.worker = DeviceWorker(
            "camera",
            write=self.device.write,
            idle=self.device.idle,
            on_status=lambda status, _: self.tell(status),
            on_dead=lambda _: self.tell("dead"),
            **limits,
        )
        self.worker.start()

    def tell(self, text: str) -> None:
        self.told.append(text)
        self.news.set()

    async def until_told(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.told:
                self.news.clear()
                await self.news.wait()

    async def occupy(self) -> asyncio.Task[str]:
        """Have the device busy with a job that ends when the gate opens."""
        self.device.shut()
        task = asyncio.create_task(self.worker.run(self.device.job("first"), "first", 30))
        assert await asyncio.to_thread(self.device.entered.wait, 20)
        return task


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def build(**limits: float) -> Bench:
        benches.append(Bench(**limits))
        return benches[-1]

    yield build
    for bench in benches:
        bench.device.gate.set()
        bench.device.idle_gate.set()
        assert await bench.worker.close(20)


async def queued(*jobs: Any) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(job) for job in jobs]
    await asyncio.sleep(0)  # each has queued its job by now
    return tasks


async def test_writes_that_wait_become_one_and_every_waiter_gets_its_result(make: Any) -> None:
    bench = make()
    await bench.occupy()
    tasks = await queued(*(bench.worker.write({"Brightness": n / 100}) for n in range(50)))
    bench.device.gate.set()
    results = await asyncio.gather(*tasks)
    assert bench.device.done == ["first", {"Brightness": 0.49}]
    assert results == [{"Brightness": 0.49}] * 50


async def test_merged_writes_keep_each_name_s_last_value(make: Any) -> None:
    bench = make()
    await bench.occupy()
    tasks = await queued(
        bench.worker.write({"Brightness": 0.1, "Contrast": 2.0}),
        bench.worker.write({"Brightness": 0.3}),
    )
    bench.device.gate.set()
    await asyncio.gather(*tasks)
    assert bench.device.done[1:] == [{"Brightness": 0.3, "Contrast": 2.0}]


async def test_a_write_never_overtakes_a_capture(make: Any) -> None:
    bench = make()
    await bench.occupy()
    tasks = await queued(
        bench.worker.write({"ExposureTime": 5}),
        bench.worker.run(bench.device.job("capture"), "capture", 30),
        bench.worker.write({"ExposureTime": 8}),
        bench.worker.write({"ExposureTime": 9}),
    )
    bench.device.gate.set()
    await asyncio.gather(*tasks)
    assert bench.device.done == ["first", {"ExposureTime": 5}, "capture", {"ExposureTime": 9}]


async def test_jobs_run_in_the_order_they_came(make: Any) -> None:
    bench = make()
    await bench.occupy()
    names = [f"job {n}" for n in range(MAX_WAITING)]
    tasks = await queued(*(bench.worker.run(bench.device.job(n), n, 30) for n in names))
    bench.device.gate.set()
    assert await asyncio.gather(*tasks) == names
    assert bench.device.done == ["first", *names]


async def test_the_ninth_that_waits_is_refused_at_once_and_the_running_one_does_not_count(
    make: Any,
) -> None:
    bench = make()
    first = await bench.occupy()
    tasks = await queued(
        *(bench.worker.run(bench.device.job("x"), "x", 30) for _ in range(MAX_WAITING))
    )
    assert bench.worker.waiting == MAX_WAITING
    with pytest.raises(BusyError, match="8 jobs wait"):
        await bench.worker.run(bench.device.job("y"), "y", 30)
    await queued(bench.worker.write({"Brightness": 0.5}))  # a write is always taken
    bench.device.gate.set()
    await asyncio.gather(first, *tasks)
    assert "y" not in bench.device.done


async def test_a_failure_reaches_the_one_who_waits_and_the_worker_goes_on(make: Any) -> None:
    bench = make()

    def fail() -> None:
        raise CameraError("no sensor")

    with pytest.raises(CameraError, match="no sensor"):
        await bench.worker.run(fail, "fail", 30)
    assert await bench.worker.run(bench.device.job("next"), "next", 30) == "next"


async def test_a_failure_with_the_builtin_timeout_is_not_taken_for_the_deadline(make: Any) -> None:
    bench = make()

    def fail() -> None:
        raise TimeoutError("of the driver")

    with pytest.raises(TimeoutError, match="of the driver") as caught:
        await bench.worker.run(fail, "fail", 30)
    assert not isinstance(caught.value, DeviceTimeoutError)


async def test_a_job_past_its_deadline_is_named_and_stalls_the_device_until_it_returns(
    make: Any,
) -> None:
    bench = make()
    bench.device.shut()
    with pytest.raises(DeviceTimeoutError, match=r"slow: .*did not return within 0\.05 s"):
        await bench.worker.run(bench.device.job("slow"), "slow", 0.05)
    await bench.until_told("stalled")
    assert bench.told == ["stalled"]
    bench.device.gate.set()
    await bench.until_told("ready")
    assert bench.told == ["stalled", "ready"]


async def test_a_queued_job_past_its_deadline_never_runs(make: Any) -> None:
    bench = make()
    first = await bench.occupy()
    with pytest.raises(DeviceTimeoutError, match=r"late: .*was not reached within 0\.05 s"):
        await bench.worker.run(bench.device.job("late"), "late", 0.05)
    assert bench.worker.waiting == 0
    bench.device.gate.set()
    await first
    await bench.worker.run(bench.device.job("after"), "after", 30)
    assert bench.device.done == ["first", "after"]
    assert bench.told == []


async def test_a_job_whose_caller_has_gone_is_dropped_from_the_queue_but_a_write_is_kept(
    make: Any,
) -> None:
    bench = make()
    first = await bench.occupy()
    gone = await queued(
        bench.worker.run(bench.device.job("gone"), "gone", 30),
        bench.worker.write({"Brightness": 0.7}),
    )
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    bench.device.gate.set()
    await first
    await bench.worker.run(bench.device.job("after"), "after", 30)
    assert bench.device.done == ["first", {"Brightness": 0.7}, "after"]


async def test_a_device_that_does_not_come_back_is_reported_dead(make: Any) -> None:
    bench = make(watchdog_s=0.05)
    bench.device.shut()
    with pytest.raises(DeviceTimeoutError):
        await bench.worker.run(bench.device.job("hung"), "hung", 0.05)
    await bench.until_told("dead")
    assert bench.told == ["stalled", "dead"]


async def test_a_hanging_frame_poll_stalls_the_device_too(make: Any) -> None:
    bench = make(idle_deadline_s=0.05)
    bench.device.idle_gate.clear()
    await bench.worker.run(bench.device.job("wake"), "wake", 30)
    await bench.until_told("stalled")
    bench.device.idle_gate.set()
    await bench.until_told("ready")


async def test_frames_and_writes_do_not_starve_each_other(make: Any) -> None:
    bench = make()
    bench.device.idle_s = 0.0  # a frame is due whenever one looks
    await bench.worker.write({"Brightness": 0.0})
    before = bench.device.frames
    for n in range(200):
        await bench.worker.write({"Brightness": n / 200})
    assert len(bench.device.done) == 201
    assert bench.device.frames - before >= 200


async def test_the_last_value_wins_whatever_the_device_s_speed(make: Any) -> None:
    bench = make()
    tasks: list[asyncio.Task[Any]] = []
    for n in range(100):
        tasks += await queued(bench.worker.write({"Brightness": n}))
        if n % 10 == 0:
            await asyncio.sleep(0.001)
    await asyncio.gather(*tasks)
    assert bench.device.done[-1] == {"Brightness": 99}


async def test_close_refuses_what_waits_and_ends_the_thread() -> None:
    bench = Bench()
    first = await bench.occupy()
    (waiting,) = await queued(bench.worker.run(bench.device.job("x"), "x", 30))
    closing = asyncio.create_task(bench.worker.close(20))
    with pytest.raises(DeviceAwayError, match="being closed"):
        await waiting
    bench.device.gate.set()
    assert await closing
    await first
    with pytest.raises(DeviceAwayError):
        await bench.worker.write({"Brightness": 0.0})


async def test_close_gives_up_on_a_device_that_hangs() -> None:
    bench = Bench()
    first = await bench.occupy()
    start = time.monotonic()
    assert not await bench.worker.close(0.05)
    assert time.monotonic() - start < 20
    with pytest.raises(DeviceAwayError):
        await first
    bench.device.gate.set()


async def test_a_thread_that_takes_a_write_at_once_finds_its_values_in_it(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make()
    add = bench.worker._add

    def add_and_be_overtaken(job: Any) -> None:
        bench.device.entered.clear()
        add(job)
        assert bench.device.entered.wait(30)

    monkeypatch.setattr(bench.worker, "_add", add_and_be_overtaken)
    await bench.worker.write({"Brightness": 0.5})
    assert bench.device.done == [{"Brightness": 0.5}]
