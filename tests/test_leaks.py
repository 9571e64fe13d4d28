"""The check that a test leaves nothing behind sees what can be left behind."""

import asyncio
import mmap
import os
import threading
from pathlib import Path

from tests.leaks import Belongings


async def test_a_task_that_still_runs_is_seen() -> None:
    before = Belongings.now()
    task = asyncio.create_task(asyncio.sleep(60), name="forgotten")
    assert "task forgotten" in " ".join(Belongings.beyond(before))
    task.cancel()


def test_a_thread_that_still_runs_is_seen() -> None:
    before = Belongings.now()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten")
    thread.start()
    assert Belongings.beyond(before) == ["thread forgotten"]
    stop.set()
    thread.join()


def test_an_open_file_is_seen(tmp_path: Path) -> None:
    before = Belongings.now()
    with (tmp_path / "file").open("w"):
        assert Belongings.beyond(before) == [f"file descriptor of {tmp_path}/file"]
    assert not Belongings.beyond(before)


def test_a_mapped_memfd_is_seen_after_its_descriptor_is_closed() -> None:
    before = Belongings.now()
    fd = os.memfd_create("forgotten")
    os.ftruncate(fd, mmap.PAGESIZE)
    memory = mmap.mmap(fd, mmap.PAGESIZE)
    os.close(fd)
    assert "memfd:forgotten" in " ".join(Belongings.beyond(before))
    memory.close()
    assert not Belongings.beyond(before)


def test_a_named_segment_is_seen() -> None:
    before = Belongings.now()
    segment = Path(f"/dev/shm/vizy-test-{os.getpid()}")
    segment.write_bytes(b"x")
    assert Belongings.beyond(before) == [f"shared memory {segment.name}"]
    segment.unlink()
