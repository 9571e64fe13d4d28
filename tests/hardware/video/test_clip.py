"""A clip: when the disk hangs nobody waits for ever, and the file knows what it is."""

import asyncio
import os
import shutil
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hardware.captures import Catalog
from hardware.video.clip import Clip, created
from hardware.video.disk import PartFile
from tests.hardware.states import first_store
from tests.hardware.video.studio import Shelf, encoded, times, writer_on
from vizy.errors import StorageError


async def test_a_disk_that_hangs_at_the_end_is_given_up_and_the_file_stays(tmp_path: Path) -> None:
    gate = threading.Event()

    def sync(descriptor: int) -> None:
        assert gate.wait(20)
        os.fdatasync(descriptor)

    packets = encoded(times(10))
    clip = Clip(
        Shelf(tmp_path),
        packets[0],
        kind="motion",
        group="g",
        make_writer=writer_on(lambda path: PartFile(path, sync=sync)),
        deadline_s=0.05,
    )
    for packet in packets[1:]:
        clip.put(packet)
    with pytest.raises(StorageError, match=r"was not whole on disk within 0.05 s: what is there"):
        await clip.finish()
    gate.set()
    async with asyncio.timeout(20):
        while any(each.name == "vizy-video-file" for each in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert [path.name for path in tmp_path.iterdir()] == [".video-1.mp4.part"]


async def test_a_folder_that_is_gone_at_the_end_is_the_disk_s_fault(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "captures", first_store())
    await catalog.open()
    packets = encoded(times(10))
    clip = Clip(catalog, packets[0], kind="motion", group="g")
    for packet in packets[1:]:
        clip.put(packet)
    clip.end()
    async with asyncio.timeout(20):
        while any(each.name == "vizy-video-file" for each in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    shutil.rmtree(tmp_path / "captures")
    with pytest.raises(StorageError, match="cannot be written"):
        await clip.finish()
    await catalog.close()


def test_what_it_says_of_itself() -> None:
    noon = datetime(2026, 11, 21, 13, 0, 0, 250_999, tzinfo=timezone(timedelta(hours=1)))
    assert created(noon) == "2026-11-21T12:00:00.250Z"
    assert created(datetime(2026, 11, 21, tzinfo=UTC)) == "2026-11-21T00:00:00.000Z"
