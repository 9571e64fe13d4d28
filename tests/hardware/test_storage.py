"""The storage watch: the state says what the disk is like, by itself."""

import asyncio
import errno
from pathlib import Path

from hardware.captures.storage import StorageWatch, Usage, disk_usage
from tests.hardware.states import first_store
from vizy.errors import DiskFullError, StorageError
from vizy.state import StorageState

MIB = 1024 * 1024


def test_a_real_folder_has_room(tmp_path: Path) -> None:
    usage = disk_usage(tmp_path)
    assert 0 < usage.free <= usage.total
    assert usage.used + usage.free == usage.total  # as the sensor "disk.used" counts


def test_free_space_moves_in_whole_mebibytes_so_that_the_state_may_rest(tmp_path: Path) -> None:
    free = iter((10 * MIB + 7, 10 * MIB + 9))
    watch = StorageWatch(tmp_path, 0, usage=lambda _: Usage(99 * MIB, 0, next(free)))
    store = first_store()
    watch.publish(store)
    revision = store.state.revision
    watch.publish(store)
    assert store.state.revision == revision
    assert store.state.storage.free_bytes == 10 * MIB


async def test_a_disk_that_fills_and_empties_is_noticed_without_a_capture(tmp_path: Path) -> None:
    free = 100 * MIB
    watch = StorageWatch(
        tmp_path, 50 * MIB, usage=lambda _: Usage(200 * MIB, 0, free), interval_s=0.01
    )
    store = first_store()
    watch.publish(store)
    task = asyncio.create_task(watch.run(store))
    seen: list[StorageState] = []
    free = 10 * MIB
    async with asyncio.timeout(20):
        async for state in store.follow(since=store.state.revision):
            seen.append(state.storage)
            if state.storage.status == "ok":
                break
            free = 100 * MIB
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [storage.status for storage in seen] == ["full", "ok"]
    assert "10 MiB free" in seen[0].reason


async def test_a_folder_made_at_a_first_start_is_seen_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    watch = StorageWatch(folder, 0, interval_s=3600)
    store = first_store()
    assert watch.publish(store).status == "failed"
    folder.mkdir()
    task = asyncio.create_task(watch.run(store))
    async with asyncio.timeout(20):
        async for state in store.follow(since=store.state.revision):
            assert state.storage.status == "ok"
            break
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_folder_that_cannot_be_looked_at_is_failed_and_named(tmp_path: Path) -> None:
    def fail(_: Path) -> Usage:
        raise OSError(errno.EIO, "Input/output error")

    state = StorageWatch(tmp_path, 0, usage=fail).state()
    assert state.status == "failed"
    assert state.reason.startswith(f"{tmp_path} cannot be looked at: Input/output error: check")


def test_a_write_that_failed_is_told_and_hinders_no_other(tmp_path: Path) -> None:
    store = first_store()
    watch = StorageWatch(tmp_path, 0)
    for failure, status in ((DiskFullError("no space"), "full"), (StorageError("bad"), "failed")):
        watch.note(failure)
        watch.check(store)
        assert (store.state.storage.status, store.state.storage.reason) == (status, failure.detail)
    watch.note(None)
    assert watch.publish(store).status == "ok"
