"""Deleting with undo: gone from lists at once, restorable for a while, then gone for good."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hardware.captures import Catalog, Trash
from tests.hardware.states import first_store
from tests.hardware.test_catalog import JPEG, capture
from vizy.errors import NotFoundError, ProtectedError, StorageError


class Bench:
    """A trash on a clock that only the test moves."""

    def __init__(self, folder: Path, undo_s: float = 60.0) -> None:
        self.folder = folder
        self.undo_s = undo_s
        self.now = 1000.0
        self.catalog: Catalog | None = None

    async def start(self) -> tuple[Catalog, Trash]:
        await self.stop()
        self.store = first_store()
        self.catalog = Catalog(self.folder, self.store)
        await self.catalog.open()
        trash = Trash(self.catalog, self.undo_s, monotonic=lambda: self.now)
        await trash.open()
        return self.catalog, trash

    async def stop(self) -> None:
        catalog, self.catalog = self.catalog, None
        if catalog is not None:
            await catalog.close()

    def files(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.jpg"))

    async def until_gone(self, *numbers: int) -> None:
        gone = {capture(number).id for number in numbers}
        async with asyncio.timeout(20):
            while gone & set(self.files()):  # noqa: ASYNC110 - nothing is announced when files go
                await asyncio.sleep(0.005)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    for number in range(3):
        (tmp_path / f"{capture(number).id}.jpg").write_bytes(JPEG)
    bench = Bench(tmp_path)
    yield bench
    await bench.stop()


async def run_once(trash: Trash) -> None:
    """Let it do what is due now."""
    task = asyncio.create_task(trash.run())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_deleted_capture_is_in_no_list_and_its_file_waits(bench: Bench) -> None:
    catalog, trash = await bench.start()
    assert await trash.delete([capture(1).id]) == (capture(1),)
    state = bench.store.state.captures
    assert (state.count, state.deleted) == (2, 1)
    assert state.latest == (capture(2), capture(0))
    bench.now += 59.9
    await run_once(trash)
    assert len(bench.files()) == 3
    assert await trash.restore([capture(1).id]) == (capture(1),)
    assert len(catalog) == 3
    assert bench.store.state.captures.deleted == 0


async def test_when_its_time_is_up_the_file_is_gone_for_good(bench: Bench) -> None:
    _, trash = await bench.start()
    await trash.delete([capture(0).id])
    bench.now += 30
    await trash.delete([capture(1).id])
    bench.now += 31
    await run_once(trash)
    assert bench.files() == [capture(1).id, capture(2).id]
    assert bench.store.state.captures.deleted == 1
    with pytest.raises(NotFoundError, match=capture(0).id):
        await trash.restore([capture(0).id])


async def test_a_running_trash_wakes_by_itself(bench: Bench) -> None:
    bench.undo_s = 0.0
    _, trash = await bench.start()
    task = asyncio.create_task(trash.run())
    await asyncio.sleep(0)
    await trash.delete([capture(0).id])
    await trash.delete([capture(1).id])
    await bench.until_gone(0, 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert bench.files() == [capture(2).id]


async def test_deleting_again_after_a_restore_gives_the_whole_time_again(bench: Bench) -> None:
    _, trash = await bench.start()
    await trash.delete([capture(0).id])
    bench.now += 50
    await trash.restore([capture(0).id])
    await trash.delete([capture(0).id])
    bench.now += 50
    await run_once(trash)
    assert len(bench.files()) == 3


async def test_a_restart_forgets_neither_the_deletion_nor_the_undo(bench: Bench) -> None:
    _, trash = await bench.start()
    await trash.delete([capture(0).id, capture(1).id])
    bench.now += 59
    catalog, trash = await bench.start()
    assert catalog.latest() == (capture(2),)
    bench.now += 59
    await run_once(trash)
    await trash.restore([capture(0).id])
    bench.now += 2
    await run_once(trash)
    assert bench.files() == [capture(0).id, capture(2).id]
    assert catalog.latest() == (capture(2), capture(0))


async def test_protected_ones_are_refused_and_the_others_with_them(bench: Bench) -> None:
    catalog, trash = await bench.start()
    await catalog.update([capture(1).id], protected=True)
    with pytest.raises(ProtectedError, match=capture(1).id):
        await trash.delete([capture(0).id, capture(1).id])
    assert len(catalog) == 3


async def test_a_kill_between_the_file_and_its_row_is_finished_at_the_next_start(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    _, trash = await bench.start()
    await trash.delete([capture(0).id])
    (bench.folder / f"{capture(0).id}.jpg").unlink()
    await bench.start()
    assert bench.store.state.captures.deleted == 0
    assert "dropped" not in caplog.text, "it was meant to go"


async def test_a_disk_that_refuses_is_told_and_tried_again(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, trash = await bench.start()
    await trash.delete([capture(0).id])
    path = bench.folder / f"{capture(0).id}.jpg"
    path.unlink()
    path.mkdir()  # which no unlink removes
    bench.now += 61
    await run_once(trash)
    assert "deleted captures are still on the disk" in caplog.text
    assert bench.store.state.captures.deleted == 1
    with pytest.raises(StorageError, match="cannot be deleted"):
        await trash.empty()
    path.rmdir()
    assert await trash.empty()
    assert not await trash.empty()
    assert bench.store.state.captures.deleted == 0
    assert len(catalog) == 2
