"""The file under a video: it grows, keeps changes back, and takes nothing after an error."""

import errno
import os
from pathlib import Path

import pytest

from hardware.video.disk import PartFile
from vizy.errors import DiskFullError, StorageError


def test_a_change_further_up_waits_for_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = PartFile(path)
    file.write(b"head and tail")
    file.seek(0)
    file.write(b"HEAD")
    assert file.seek(0, os.SEEK_END) == 13
    file.write(b"!")
    assert path.read_bytes() == b"head and tail!"
    file.finish()
    assert path.read_bytes() == b"HEAD and tail!"


def test_a_disk_that_takes_little_at_a_time_gets_all(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = PartFile(path, write=lambda descriptor, data: os.write(descriptor, data[:3]))
    assert file.write(b"0123456789") == 10
    file.finish()
    assert path.read_bytes() == b"0123456789"


def test_nothing_is_written_behind_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    fails = False

    def write(descriptor: int, data: memoryview) -> int:
        if fails:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(descriptor, data)

    file = PartFile(path, write=write)
    file.write(b"whole")
    fails = True
    with pytest.raises(DiskFullError, match="No space left on device: delete captures"):
        file.write(b"lost")
    fails = False
    file.write(b"after")
    with pytest.raises(DiskFullError):
        file.sync()
    file.close()
    file.close()
    assert path.read_bytes() == b"whole"


def test_a_file_that_is_there_already_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"other")
    with pytest.raises(StorageError, match="File exists"):
        PartFile(path)
    assert path.read_bytes() == b"other"
