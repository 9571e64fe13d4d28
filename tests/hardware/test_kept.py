"""A kept file: whole or as before, in the order of the notes, whoever stops waiting."""

import asyncio
import threading
from pathlib import Path

import pytest

from hardware import kept as module
from hardware.kept import KeptFile
from vizy.errors import StorageError
from vizy.files import write_durably


def kept(path: Path) -> KeptFile[dict[str, int]]:
    return KeptFile(path, dict[str, int], "numbers")


async def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    file = kept(tmp_path / "n.json")
    assert file.read() is None
    file.note({"a": 1})
    await file.write()
    assert kept(tmp_path / "n.json").read() == {"a": 1}


async def test_a_disk_that_refuses_is_told_to_who_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = kept(tmp_path / "missing" / "n.json")
    file.note({"a": 1})
    with pytest.raises(StorageError, match="cannot be written"):
        await file.write()
    assert not await file.save()
    assert "numbers are not remembered" in caplog.text


async def test_a_write_whose_caller_is_gone_never_lands_on_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    written: list[bytes] = []

    def write(path: Path, data: bytes, *, replace: bool) -> None:
        if not written:
            assert gate.wait(10)
        written.append(data)
        write_durably(path, data, replace=replace)

    monkeypatch.setattr(module, "write_durably", write)
    file = kept(tmp_path / "n.json")
    file.note({"a": 1})
    first = asyncio.create_task(file.write())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    file.note({"a": 2})
    second = asyncio.create_task(file.write())
    await asyncio.sleep(0.05)
    gate.set()
    await second
    assert len(written) == 2
    assert kept(tmp_path / "n.json").read() == {"a": 2}


async def test_of_many_that_write_at_once_the_newest_lands_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [threading.Event(), threading.Event()]
    begun = threading.Semaphore(0)
    written: list[bytes] = []

    def write(path: Path, data: bytes, *, replace: bool) -> None:
        begun.release()
        if gates:
            assert gates.pop(0).wait(10)
        written.append(data)

    monkeypatch.setattr(module, "write_durably", write)
    first, second = gates
    file = kept(tmp_path / "n.json")
    file.note({"a": 1})
    writers = [asyncio.create_task(file.write())]
    assert await asyncio.to_thread(begun.acquire, timeout=10)
    file.note({"a": 2})
    writers += [asyncio.create_task(file.write()) for _ in range(2)]
    await asyncio.sleep(0)
    first.set()
    assert await asyncio.to_thread(begun.acquire, timeout=10)
    file.note({"a": 3})
    writers.append(asyncio.create_task(file.write()))
    await asyncio.sleep(0.05)
    second.set()
    await asyncio.gather(*writers)
    assert [b"1" in written[0], b"2" in written[1], b"3" in written[2]] == [True] * 3
    assert len(written) == 3
