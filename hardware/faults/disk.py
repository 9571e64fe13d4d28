"""`DiskFaults`: a disk that fails or is slow when captures are to be made safe.

It takes the place of `os.fsync`, where a real disk tells most of its faults, so that what is tried
is the code that writes. Faults are told on the daemon's loop; the threads that write pictures and
videos meet them. Thumbnails, the catalog's rows and what is remembered stay out of it.
"""

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from hardware.video.disk import PartFile
from vizy.files import write_durably

_SLICE_S = 0.05  # how soon a slow write notices that it may go on


class DiskFaults:
    """What is wrong with the disk; nothing at first.

    Args:
        sleep: Waits that many seconds.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._code = 0
        self._left = 0
        self._bytes_per_s: float | None = None

    def fail(self, code: int = errno.EIO, count: int = 1) -> None:
        """Make the next ``count`` writes fail with this number of ``errno``."""
        self._code, self._left = code, count

    def slow_down(self, bytes_per_s: float) -> None:
        """Write no faster than that, until `clear`."""
        self._bytes_per_s = bytes_per_s

    def clear(self) -> None:
        """Make all well again; a slow write goes on at full speed."""
        self._left = 0
        self._bytes_per_s = None

    def write(self, path: Path, data: bytes) -> None:
        """Make a new file durable, as `vizy.files.write_durably` does, on this disk.

        Raises:
            StorageError: The disk refused; nothing new is left behind.
        """

        def fsync(descriptor: int) -> None:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                self._write_slowly(len(data))
            self.fsync(descriptor)

        write_durably(path, data, fsync=fsync)

    def open_video(self, path: Path) -> PartFile:
        """Make the file of a video on this disk.

        Raises:
            StorageError: It cannot be made.
        """

        def write(descriptor: int, data: memoryview) -> int:
            self._write_slowly(len(data))
            return os.write(descriptor, data)

        def sync(descriptor: int) -> None:
            self._fail_if_told()
            os.fdatasync(descriptor)

        return PartFile(path, write=write, sync=sync)

    def fsync(self, descriptor: int) -> None:
        """Make a file or folder durable whose data were written before, or fail.

        Raises:
            OSError: The disk refused.
        """
        self._fail_if_told()
        os.fsync(descriptor)

    def _fail_if_told(self) -> None:
        if self._left > 0:
            self._left -= 1
            raise OSError(self._code, os.strerror(self._code))

    def _write_slowly(self, size_bytes: int) -> None:
        passed_s = 0.0
        while (speed := self._bytes_per_s) is not None and passed_s < size_bytes / speed:
            self._sleep(_SLICE_S)
            passed_s += _SLICE_S
