"""Polling: what is news, sensors that hang, fail, come and go."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hardware.sensors import DeviceWarning, SensorReading, Sensors, find_sources
from hardware.sensors import kinds as k
from hardware.sensors.kinds import Kind
from hardware.sensors.poller import Measured, Poller
from hardware.sensors.settled import Settled
from hardware.sensors.source import Channel, Outcome, Source
from hardware.sensors.thresholds import Threshold
from tests.hardware.faketree import FakeTree


class FakeSource(Source):
    """Says what it is told to; a shut gate makes it hang as an I2C driver does."""

    def __init__(self, key: str, value: Outcome = 20.0, kind: Kind = k.TEMPERATURE) -> None:
        self.key = key
        self.channels = (Channel(key, f"the {key}", kind),)
        self.value: Outcome | Exception = value
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.reads = 0

    def read(self) -> Mapping[str, Outcome]:
        self.reads += 1
        self.entered.set()
        assert self.gate.wait(30)
        if isinstance(self.value, Exception):
            raise self.value
        return {self.key: self.value}


class Bench:
    """A poller over fake sources, and what it told last."""

    def __init__(self, *sources: FakeSource, **limits: Any) -> None:
        self.sources = list(sources)
        self.seen: dict[str, Outcome] = {}
        self.poller = Poller(
            lambda: list(self.sources), self.take, **{"search_s": 0.0, "patience_s": 20.0} | limits
        )

    def take(self, measured: Mapping[str, Measured]) -> None:
        self.seen = {name: outcome for name, (_, outcome) in measured.items()}

    async def poll_until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not is_so():
                await self.poller.poll()
                await asyncio.sleep(0.005)


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def build(*sources: FakeSource, **limits: Any) -> Bench:
        benches.append(Bench(*sources, **limits))
        return benches[-1]

    yield build
    for bench in benches:
        for source in bench.sources:
            source.gate.set()
        await bench.poller.close()


async def test_a_round_tells_what_every_sensor_says(make: Callable[..., Bench]) -> None:
    bench = make(FakeSource("a", 1.0), FakeSource("b", 2.0))
    await bench.poller.poll()
    assert bench.seen == {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("nonsense")])
async def test_a_sensor_that_fails_gives_a_reason_and_stops_no_other(
    make: Callable[..., Bench], error: Exception
) -> None:
    bad = FakeSource("bad")
    bad.value = error
    bench = make(bad, FakeSource("good", 2.0))
    await bench.poller.poll()
    reason = bench.seen.pop("bad")
    assert str(reason).startswith("cannot be read: ")
    assert bench.seen == {"good": 2.0}
    bad.value = 3.0
    await bench.poller.poll()
    assert bench.seen["bad"] == 3.0


async def test_a_source_that_is_wrong_is_logged_once_and_stops_no_other(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bad = FakeSource("bad")
    bad.value = RuntimeError("a bug")
    bench = make(bad, FakeSource("good", 2.0))
    for _ in range(3):
        await bench.poller.poll()
    assert bench.seen == {"bad": "cannot be read: RuntimeError('a bug')", "good": 2.0}
    assert len([line for line in caplog.records if line.levelno >= logging.ERROR]) == 1


async def test_a_sensor_that_hangs_holds_up_no_other_and_comes_back(
    make: Callable[..., Bench],
) -> None:
    slow, good = FakeSource("slow", 1.0), FakeSource("good", 2.0)
    bench = make(slow, good, deadline_s=0.1, patience_s=0.02)
    slow.gate.clear()
    await bench.poll_until(lambda: bench.seen.get("slow") == "did not answer within 0.1 s")
    reads_while_it_hangs, good_reads = slow.reads, good.reads
    await bench.poll_until(lambda: good.reads >= good_reads + 5)
    assert slow.reads == reads_while_it_hangs == 1
    assert bench.seen["good"] == 2.0
    slow.gate.set()
    await bench.poll_until(lambda: bench.seen["slow"] == 1.0)


async def test_a_sensor_that_is_slow_but_in_time_is_taken_by_a_later_round(
    make: Callable[..., Bench],
) -> None:
    slow = FakeSource("slow", 1.0)
    bench = make(slow, deadline_s=30.0, patience_s=0.01)
    slow.gate.clear()
    await bench.poller.poll()
    assert bench.seen == {"slow": "has not been read yet"}
    slow.gate.set()
    await bench.poll_until(lambda: bench.seen == {"slow": 1.0})


async def test_each_source_is_read_on_a_thread_of_its_own(make: Callable[..., Bench]) -> None:
    one, other = FakeSource("one"), FakeSource("other")
    bench = make(one, other, patience_s=0.01)
    one.gate.clear()
    other.gate.clear()
    await bench.poller.poll()
    assert await asyncio.to_thread(one.entered.wait, 20)
    assert await asyncio.to_thread(other.entered.wait, 20)


async def test_sensors_come_and_go_while_others_stay_as_they_are(
    make: Callable[..., Bench],
) -> None:
    stays, comes = FakeSource("stays"), FakeSource("comes")
    bench = make(stays)
    await bench.poller.poll()
    replacement = FakeSource("stays", 99.0)
    bench.sources[:] = [replacement, comes]
    await bench.poller.poll()
    assert bench.seen == {"stays": 20.0, "comes": 20.0}
    assert replacement.reads == 0
    bench.sources[:] = [replacement]
    await bench.poller.poll()
    assert bench.seen == {"stays": 20.0}
    assert "vizy-sensor comes" not in {thread.name for thread in threading.enumerate()}


async def test_a_device_that_goes_while_its_driver_hangs_is_not_started_twice(
    make: Callable[..., Bench],
) -> None:
    hangs = FakeSource("hangs")
    bench = make(hangs, deadline_s=0.05, patience_s=0.01)
    hangs.gate.clear()
    await bench.poll_until(lambda: "did not answer" in str(bench.seen.get("hangs")))
    bench.sources.clear()
    await bench.poller.poll()
    again = FakeSource("hangs", 5.0)
    bench.sources.append(again)
    await bench.poller.poll()
    assert bench.seen == {}
    hangs.gate.set()
    await bench.poll_until(lambda: bench.seen == {"hangs": 5.0})


async def test_a_search_that_fails_leaves_the_sensors_that_are_known(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(FakeSource("a", 1.0))
    await bench.poller.poll()

    def fail() -> list[Source]:
        raise OSError(5, "Input/output error")

    bench.poller._find = fail
    await bench.poller.poll()
    assert bench.seen == {"a": 1.0}
    assert "looked for" in caplog.text


async def test_a_search_that_hangs_holds_up_no_round(make: Callable[..., Bench]) -> None:
    source, gate = FakeSource("a", 1.0), threading.Event()
    bench = make(source, patience_s=0.01)
    await bench.poll_until(lambda: bench.seen == {"a": 1.0})

    def hang() -> list[Source]:
        assert gate.wait(30)
        return [source, FakeSource("b", 2.0)]

    bench.poller._find = hang
    reads = source.reads
    await bench.poll_until(lambda: source.reads >= reads + 5)
    gate.set()
    await bench.poll_until(lambda: bench.seen == {"a": 1.0, "b": 2.0})


async def test_a_driver_that_hangs_in_the_kernel_is_a_reason_and_its_thread_ends_with_it(
    tmp_path: Path,
) -> None:
    tree = FakeTree(tmp_path / "root")
    tree.raspberry_pi()
    tree.iio(1, "i2c-1/1-0040", {"name": "hdc"})
    hung = tree.root / "sys/bus/iio/devices/iio:device1/in_temp_input"
    os.mkfifo(hung)  # opening it waits for a writer, as a driver waits for its bus
    seen: dict[str, Outcome] = {}

    def take(measured: Mapping[str, Measured]) -> None:
        seen.update({name: outcome for name, (_, outcome) in measured.items()})

    poller = Poller(
        lambda: find_sources(tree.root, tmp_path), take, patience_s=0.05, deadline_s=0.2
    )
    async with asyncio.timeout(20):
        while seen.get("iio.hdc@1-0040.temp") != "did not answer within 0.2 s":
            await poller.poll()
    assert seen["iio.bme280@1-0076.temp"] == pytest.approx(23.48)
    assert seen["thermal.cpu-thermal"] == pytest.approx(51.608)
    await poller.close()
    with hung.open("w") as bus:
        bus.write("21000")


async def test_more_sources_than_the_bound_are_left_out_with_one_warning(
    make: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(*(FakeSource(f"s{number}") for number in range(50)))
    await bench.poller.poll()
    await bench.poller.poll()
    assert len(bench.seen) == 48
    assert caplog.text.count("and no more") == 1


def measured(value: Outcome, kind: Kind = k.TEMPERATURE) -> dict[str, Measured]:
    return {"x": Measured(Channel("x", "The x", kind), value)}


def test_a_reading_has_label_unit_and_a_value_in_whole_steps() -> None:
    assert Settled().take(measured(51.608)) == {
        "x": SensorReading(label="The x", unit="°C", value=51.5)
    }


def test_a_value_that_flickers_is_no_change() -> None:
    settled = Settled()
    first = settled.take(measured(51.24))
    for value in (51.26, 51.24, 51.49, 50.6):
        assert settled.take(measured(value)) is first
    assert settled.take(measured(51.6)) == {
        "x": SensorReading(label="The x", unit="°C", value=51.5)
    }


def test_light_moves_in_shares_of_its_value() -> None:
    settled = Settled()
    first = settled.take(measured(50_000.0, k.LIGHT))
    assert settled.take(measured(50_900.0, k.LIGHT)) is first
    assert settled.take(measured(52_000.0, k.LIGHT)) is not first


def test_a_flag_changes_at_once() -> None:
    settled = Settled()
    assert [settled.take(measured(value, k.FLAG))["x"].value for value in (0.0, 1.0, 0.0)] == [
        0,
        1,
        0,
    ]


def test_a_reason_replaces_the_value_and_the_value_the_reason() -> None:
    settled = Settled()
    settled.take(measured(50.0))
    gone = settled.take(measured("cannot be read: Input/output error"))
    assert gone["x"].value is None
    assert gone["x"].reason == "cannot be read: Input/output error"
    assert settled.take(measured("cannot be read: Input/output error")) is gone
    assert settled.take(measured(50.0))["x"].value == 50.0


def test_a_sensor_that_is_gone_leaves_the_readings() -> None:
    settled = Settled()
    settled.take(measured(50.0))
    assert settled.take({}) == {}


class Published:
    """What was published, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[dict[str, SensorReading], tuple[DeviceWarning, ...]]] = []
        self.news = asyncio.Event()

    def __call__(
        self, *, sensors: dict[str, SensorReading], warnings: tuple[DeviceWarning, ...]
    ) -> None:
        self.all.append((sensors, warnings))
        self.news.set()


async def test_only_news_is_published_and_every_round_reaches_the_watchers() -> None:
    source = FakeSource("thermal.cpu-thermal", 50.0)
    hot = Threshold(id="hot", sensors=("thermal.*",), raise_at=80, clear_at=75, text="{value}")
    published = Published()
    watched: list[Outcome] = []
    sensors = Sensors(
        lambda: [source],
        [hot],
        published,
        watchers=[lambda measured: watched.append(measured[source.key].outcome)],
    )
    for value in (50.0, 50.2, 50.1, 85.0, 85.1, 70.0):
        source.value = value
        await sensors.poll()
    await sensors.close()
    values = [readings[source.key].value for readings, _ in published.all]
    assert values == [50.0, 85.0, 70.0]
    assert [[told.text for told in warnings] for _, warnings in published.all] == [
        [],
        ["85 °C"],
        [],
    ]
    assert watched == [50.0, 50.2, 50.1, 85.0, 85.1, 70.0]


async def test_a_whole_fake_pi_is_polled_and_closed(tmp_path: Path) -> None:
    tree = FakeTree(tmp_path / "root")
    tree.raspberry_pi()
    published = Published()
    sensors = Sensors(lambda: find_sources(tree.root, tmp_path), [], published, interval_s=0.01)
    task = asyncio.create_task(sensors.run())
    async with asyncio.timeout(20):
        await published.news.wait()
        tree.write("proc/stat", "cpu 99132153 290696 3084719 46828483 16683 0 25195 0 175628 0")
        while published.all[-1][0]["cpu.load"].value is None:
            published.news.clear()
            await published.news.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await sensors.close()
    readings = published.all[-1][0]
    assert readings["thermal.cpu-thermal"].value == 51.5
    assert readings["wifi.wlan0.signal"].value == -54
