"""Durable writes: whole or not there, whatever the disk does."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vizy.errors import DiskFullError, StorageError
from vizy.files import keep_durably, make_folder, remove_leftovers, write_durably


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def fails_at(call: int, code: int) -> Callable[[int], None]:
    """An fsync that fails at its nth call: 1 is the file, 2 the folder."""
    calls = 0

    def fsync(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError(code, os.strerror(code))

    return fsync


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_durably(tmp_path / "a", memoryview(b"data"))
    assert (tmp_path / "a").read_bytes() == b"data"
    assert names(tmp_path) == ["a"]


def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_after(tmp_path: Path) -> None:
    seen: list[tuple[str, bool]] = []

    def fsync(fd: int) -> None:
        target = Path(f"/proc/self/fd/{fd}").readlink()
        seen.append(("folder" if target == tmp_path else "file", (tmp_path / "a").exists()))

    write_durably(tmp_path / "a", b"data", fsync=fsync)
    assert seen == [("file", False), ("folder", True)]


def test_an_existing_file_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_durably(path, b"old")
    with pytest.raises(StorageError, match="exists already"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    write_durably(path, b"new", replace=True)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, DiskFullError), (errno.EDQUOT, DiskFullError), (errno.EIO, StorageError)],
)
def test_a_failing_disk_leaves_nothing_behind(
    tmp_path: Path, call: int, code: int, kind: type[StorageError]
) -> None:
    with pytest.raises(StorageError) as caught:
        write_durably(tmp_path / "a", b"data", fsync=fails_at(call, code))
    assert type(caught.value) is kind
    assert str(tmp_path / "a") in caught.value.detail
    assert os.strerror(code) in caught.value.detail
    assert names(tmp_path) == []


def test_a_failing_replacement_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_durably(path, b"old")
    with pytest.raises(DiskFullError):
        write_durably(path, b"new", replace=True, fsync=fails_at(1, errno.ENOSPC))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        write_durably(tmp_path / "no" / "a", b"data")


def test_a_name_that_the_disk_does_not_take_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="too long"):
        write_durably(tmp_path / ("n" * 300), b"data")


def test_leftovers_of_a_power_cut_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.jpg.1234.part", "b.part", ".hidden", "c.jpg"):
        (tmp_path / name).touch()
    assert remove_leftovers(tmp_path) == 1
    assert names(tmp_path) == [".hidden", "b.part", "c.jpg"]


def test_a_folder_is_made_with_its_parents_and_tried(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="/file/x cannot be written: Not a directory"):
        make_folder(tmp_path / "file" / "x")
    with pytest.raises(StorageError, match="/proc/vizy cannot be written"):
        make_folder(Path("/proc/vizy"))


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(StorageError, match="cannot be written: Permission denied"):
        make_folder(tmp_path)


def test_a_disk_that_may_be_broken_is_named_as_such(tmp_path: Path) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(StorageError, match="Input/output error: the disk or card may be failing"):
        write_durably(tmp_path / "a", b"x", fsync=fail)


def test_a_finished_file_is_synced_before_it_gets_its_name_and_the_folder_after(
    tmp_path: Path,
) -> None:
    part, path = tmp_path / ".a.part", tmp_path / "a"
    part.write_bytes(b"data")
    seen: list[tuple[str, list[str]]] = []

    def fsync(fd: int) -> None:
        target = Path(f"/proc/self/fd/{fd}").readlink()
        seen.append(("folder" if target == tmp_path else "file", names(tmp_path)))

    keep_durably(part, path, fsync=fsync)
    assert seen == [("file", [".a.part"]), ("folder", ["a"])]
    assert path.read_bytes() == b"data"


@pytest.mark.parametrize("call", [1, 2])
def test_a_finished_file_that_cannot_be_kept_has_its_temporary_name(
    tmp_path: Path, call: int
) -> None:
    part = tmp_path / ".a.part"
    part.write_bytes(b"data")
    with pytest.raises(DiskFullError):
        keep_durably(part, tmp_path / "a", fsync=fails_at(call, errno.ENOSPC))
    assert names(tmp_path) == [".a.part"]
    (tmp_path / "a").touch()
    with pytest.raises(StorageError, match="exists already"):
        keep_durably(part, tmp_path / "a")
    assert names(tmp_path) == [".a.part", "a"]
