"""Room on the disk, and the rules of age and size: what goes, what stays."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hardware.captures import Catalog, ClockWatch, Retention, Room, StorageWatch, Trash
from hardware.captures.storage import Usage
from tests.hardware.states import first_store
from tests.hardware.test_catalog import JPEG, NOON, capture
from vizy.errors import DiskFullError
from vizy.settings import StorageSettings
from vizy.state import Capture

DAY = 86_400
SIZE = len(JPEG)
FLOOR = 1000 * SIZE


class Times:
    """The clocks of a machine, as the test sets them."""

    def __init__(self) -> None:
        self.wall = NOON.timestamp()
        self.boot = 500.0
        self.is_synchronised = False

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.boot += seconds

    def watch(self) -> ClockWatch:
        return ClockWatch(
            wall=lambda: self.wall,
            boot=lambda: self.boot,
            synchronised=lambda: self.is_synchronised,
        )


class Bench:
    """Captures of a day each, on a disk whose free space is what they leave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times = Times()
        self.store = first_store()
        self.catalog = Catalog(folder, self.store)
        self.trash = Trash(self.catalog, 60.0)
        self.others = 0
        self.storage = StorageWatch(folder, FLOOR, usage=self.usage)

    def usage(self, _: Path) -> Usage:
        free = FLOOR + 10 * SIZE - self.others - SIZE * len(self.files())
        return Usage(total=2 * FLOOR, used=0, free=free)

    def files(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.jpg"))

    def write(self, *days: int) -> None:
        for day in days:
            (self.folder / f"{taken(day)}.jpg").write_bytes(JPEG)

    async def reopen(self) -> None:
        await self.catalog.close()
        self.catalog = Catalog(self.folder, self.store)
        await self.catalog.open()

    def retention(self, **settings: Any) -> Retention:
        return Retention(self.catalog, StorageSettings(**settings), self.times.watch())

    def room(self, policy: Any) -> None:
        self.storage.makes_room(Room(self.catalog, self.trash, self.storage, policy).make)

    def missing(self, captures: int) -> None:
        """Let other files leave room for so many captures too few."""
        self.others = (10 + captures - len(self.files())) * SIZE


def taken(day: int) -> str:
    return capture(day * DAY).id


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    bench.write(*range(-5, 0))
    await bench.catalog.open()
    yield bench
    await bench.catalog.close()


async def started(retention: Retention) -> Retention:
    """Let it take its first look."""
    await retention.look()
    return retention


async def test_with_room_nothing_is_deleted(bench: Bench) -> None:
    bench.room("delete-oldest")
    await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 5


async def test_the_oldest_go_first_and_only_as_many_as_needed(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.room("delete-oldest")
    await bench.catalog.update([taken(-5)], protected=True)
    bench.missing(2)
    await bench.storage.ensure(bench.store)
    assert bench.files() == [taken(-5), taken(-2), taken(-1)]
    assert f"deleted {taken(-4)} ({SIZE} bytes) to make room on the disk" in caplog.text
    assert caplog.text.count("to make room") == 2
    assert bench.store.state.captures.count == 3
    assert bench.store.state.storage.status == "ok"


async def test_two_that_want_room_at_once_do_not_delete_twice_as_much(bench: Bench) -> None:
    bench.room("delete-oldest")
    bench.missing(2)
    await asyncio.gather(*(bench.storage.ensure(bench.store) for _ in range(4)))
    assert len(bench.files()) == 3


async def test_when_all_are_protected_a_capture_is_refused_with_that_reason(bench: Bench) -> None:
    bench.room("delete-oldest")
    await bench.catalog.update([taken(day) for day in range(-5, 0)], protected=True)
    bench.missing(1)
    with pytest.raises(DiskFullError, match=r"all captures are protected.*unprotect some"):
        await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 5


async def test_without_captures_there_is_nothing_to_delete_and_other_files_are_to_blame(
    bench: Bench,
) -> None:
    bench.room("delete-oldest")
    bench.others = 11 * SIZE
    with pytest.raises(DiskFullError, match="below its floor"):
        await bench.storage.ensure(bench.store)
    assert bench.files() == []


async def test_deleting_stops_when_it_frees_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.room("delete-oldest")
    full = Usage(total=2 * FLOOR, used=0, free=FLOOR - SIZE)
    monkeypatch.setattr(bench.storage, "_usage", lambda _: full)
    with pytest.raises(DiskFullError, match="frees nothing"):
        await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 2


async def test_a_video_that_grows_meanwhile_does_not_look_like_a_disk_that_frees_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.room("delete-oldest")
    purge = bench.catalog.purge

    async def purge_while_recording(ids: Sequence[str], *, deleted: bool) -> tuple[Capture, ...]:
        purged = await purge(ids, deleted=deleted)
        if len(bench.files()) == 4:
            bench.others += 2 * SIZE  # a fragment
        return purged

    monkeypatch.setattr(bench.catalog, "purge", purge_while_recording)
    bench.missing(1)
    await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 2


async def test_a_video_that_takes_what_was_freed_is_no_reason_to_refuse(bench: Bench) -> None:
    make = Room(bench.catalog, bench.trash, bench.storage, "delete-oldest").make

    async def make_while_recording() -> None:
        await make()
        if len(bench.files()) == 4:
            bench.others += SIZE

    bench.storage.makes_room(make_while_recording)
    bench.missing(1)
    await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 3


async def test_the_other_policy_deletes_nothing_but_what_was_deleted_already(
    bench: Bench,
) -> None:
    bench.room("refuse")
    await bench.trash.delete([taken(-1)])
    bench.missing(1)
    await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 4
    bench.missing(1)
    with pytest.raises(DiskFullError, match="below its floor"):
        await bench.storage.ensure(bench.store)
    assert len(bench.files()) == 4


async def test_captures_beyond_the_size_go_but_never_the_newest(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await (await started(bench.retention(keep_bytes=3 * SIZE))).look()
    assert bench.files() == [taken(-3), taken(-2), taken(-1)]
    assert f"to keep within {3 * SIZE} bytes (storage.keep_bytes)" in caplog.text
    await bench.catalog.update([taken(-2)], protected=True)
    await (await started(bench.retention(keep_bytes=0))).look()
    assert bench.files() == [taken(-2), taken(-1)]


async def test_captures_that_are_too_old_go_and_protected_ones_stay(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.catalog.update([taken(-5)], protected=True)
    await started(bench.retention(keep_days=2.5))
    assert bench.files() == [taken(-5), taken(-2), taken(-1)]
    assert caplog.text.count("after 2.5 days (storage.keep_days)") == 2


async def test_it_looks_when_something_was_captured(bench: Bench) -> None:
    retention = bench.retention(keep_bytes=5 * SIZE)
    task = asyncio.create_task(retention.run())
    bench.write(0)
    await bench.catalog.add(capture(0))
    async with asyncio.timeout(20):
        async for state in bench.store.follow(since=0):
            if state.captures.count == 5:
                break
    assert taken(-5) not in bench.files()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("years", [15, -15])
async def test_a_clock_that_is_set_by_years_deletes_nothing(
    bench: Bench, years: int, caplog: pytest.LogCaptureFixture
) -> None:
    retention = await started(bench.retention(keep_days=30))
    bench.times.wall += years * 365 * DAY
    await retention.look()
    bench.times.go_on(DAY)
    await retention.look()
    assert len(bench.files()) == 5
    assert caplog.text.count("storage.keep_days waits until one does") == 1


async def test_the_doubt_outlives_a_restart_and_captures_under_the_wrong_clock(
    bench: Bench,
) -> None:
    retention = await started(bench.retention(keep_days=30))
    bench.times.wall += 15 * 365 * DAY
    await retention.look()
    await bench.catalog.add(capture(15 * 365 * DAY))
    bench.write(15 * 365)
    await bench.reopen()
    await started(bench.retention(keep_days=30))
    assert len(bench.files()) == 6


async def test_a_clock_that_ran_ahead_while_the_power_was_off_is_not_believed(
    bench: Bench,
) -> None:
    bench.times.wall += 15 * 365 * DAY
    await (await started(bench.retention(keep_days=30))).look()
    assert len(bench.files()) == 5


async def test_a_time_server_ends_the_doubt(bench: Bench) -> None:
    bench.times.wall += 15 * 365 * DAY
    retention = await started(bench.retention(keep_days=2.5))
    bench.times.wall -= 15 * 365 * DAY
    bench.times.is_synchronised = True
    await retention.look()
    assert bench.files() == [taken(-2), taken(-1)]


async def test_what_was_taken_before_the_clock_was_right_ages_from_when_it_was_taken(
    bench: Bench,
) -> None:
    bench.times.wall -= 60 * DAY  # no battery: it starts where it was switched off
    retention = await started(bench.retention(keep_days=30))
    bench.write(-60)
    await bench.catalog.add(capture(-60 * DAY))
    bench.times.wall += 60 * DAY
    bench.times.is_synchronised = True
    await retention.look()
    assert taken(-60) in bench.files()
    bench.times.go_on(29.5 * DAY)
    await retention.look()
    assert bench.files() == [taken(-60)]
    bench.times.go_on(2 * DAY)
    await retention.look()
    assert bench.files() == []


def test_a_clock_that_only_goes_on_has_not_jumped() -> None:
    times = Times()
    watch = times.watch()
    times.go_on(400 * DAY)
    times.wall += 30
    assert watch.look().jump_s == 0
    times.wall += 3600
    assert watch.look().jump_s == pytest.approx(3630)
    assert watch.look().jump_s == 0


def test_the_real_clocks_answer() -> None:
    look = ClockWatch().look()
    assert look.now_s > 1_700_000_000
    assert abs(look.jump_s) < timedelta(minutes=1).total_seconds()
