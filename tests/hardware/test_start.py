"""What the daemon does before it serves: the lock and the count of starts."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardware import boot
from hardware.boot import count_boot
from hardware.lock import StateLock
from vizy.errors import AlreadyRunningError, DiskFullError, StorageError


def test_each_start_counts_one_more(tmp_path: Path) -> None:
    assert [count_boot(tmp_path / "boot") for _ in range(3)] == [1, 2, 3]


def test_a_damaged_count_never_goes_back(tmp_path: Path) -> None:
    for content in (b"", b"\0\0\0", b"many", b"-7", b"9" * 30, b"9" * 5000):
        (tmp_path / "boot").write_bytes(content)
        first = count_boot(tmp_path / "boot")
        assert first > 100_000
        assert count_boot(tmp_path / "boot") == first + 1


def test_a_full_disk_does_not_stop_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes, *, replace: bool) -> None:
        raise DiskFullError(f"{path} cannot be written")

    count_boot(tmp_path / "boot")
    monkeypatch.setattr(boot, "write_durably", full)
    assert [count_boot(tmp_path / "boot") for _ in range(12)] == list(range(2, 14))
    with pytest.raises(DiskFullError):
        count_boot(tmp_path / "first")


def test_revisions_stay_exact_in_a_browser_s_numbers(tmp_path: Path) -> None:
    (tmp_path / "boot").write_text("garbage")
    assert (count_boot(tmp_path / "boot") + 100_000) * 10**10 < 2**53


def test_a_second_holder_is_refused_with_the_first_s_name(tmp_path: Path) -> None:
    with (
        StateLock(tmp_path),
        pytest.raises(AlreadyRunningError, match=f"{tmp_path}.*process {os.getpid()}"),
        StateLock(tmp_path),
    ):
        pass
    with StateLock(tmp_path):  # let go of at the end
        assert (tmp_path / "daemon.lock").read_text().strip() == str(os.getpid())


def test_a_full_disk_does_not_hinder_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with (
        StateLock(tmp_path),
        pytest.raises(AlreadyRunningError, match="process unknown"),
        StateLock(tmp_path),
    ):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from hardware.lock import StateLock\n"
        "StateLock(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == -9
    with StateLock(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"daemon\.lock cannot be opened"),
        StateLock(tmp_path / "no"),
    ):
        pass


@pytest.mark.parametrize(("error", "code"), [("DeviceTimeoutError", 1), ("CameraError", 2)])
def test_a_camera_that_is_late_is_worth_another_start_and_a_bad_one_is_not(
    tmp_path: Path, error: str, code: int
) -> None:
    script = (
        "import sys; from hardware import __main__ as daemon; from vizy import errors\n"
        f"async def serve(settings): raise errors.{error}('not open')\n"
        "daemon._serve = serve; sys.exit(daemon.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"VIZY_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "vizy hardware: not open\n")
