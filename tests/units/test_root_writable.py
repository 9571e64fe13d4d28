"""Around a run of dpkg the root is writable, on Vizy's own image only."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "systemd/libexec/root-writable"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A folder of programs that note how they were called."""
    for name, text in (
        ("mount", 'echo "$*" >>"$CALLS"; case $*:$BUSY in *,ro\\ /:/) exit 32 ;; esac'),
        ("mountpoint", '[ "$2" != /boot/firmware ] || [ -z "$NO_BOOT" ]'),
        ("sync", "true"),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    (tmp_path / "image").touch()
    return tmp_path / "calls"


def run(calls: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": f"{calls.parent}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "BUSY": "",
        "NO_BOOT": "",
        "VIZY_IMAGE_MARK": str(calls.parent / "image"),
    }
    return subprocess.run(
        [SCRIPT, *args], env=env | more, capture_output=True, text=True, check=False
    )


def test_the_root_its_records_and_the_boot_partition_become_writable(calls: Path) -> None:
    assert run(calls, "on").returncode == 0
    places = ("/", "/var/lib/dpkg", "/boot/firmware")
    assert calls.read_text().splitlines() == [f"-o remount,rw {place}" for place in places]


def test_afterwards_they_are_read_only_again(calls: Path) -> None:
    assert run(calls, "off").returncode == 0
    assert "-o remount,ro /" in calls.read_text().splitlines()


def test_a_root_that_is_in_use_stays_writable_and_that_is_no_failure(calls: Path) -> None:
    done = run(calls, "off", BUSY="/")
    assert done.returncode == 0
    assert "vizy: / stays writable until the next start" in done.stdout


def test_a_boot_partition_that_is_not_there_is_left_out(calls: Path) -> None:
    run(calls, "on", NO_BOOT="1")
    assert "/boot/firmware" not in calls.read_text()


def test_on_any_other_system_nothing_is_done(calls: Path) -> None:
    (calls.parent / "image").unlink()
    assert run(calls, "on").returncode == 0
    assert not calls.exists()


def test_another_word_is_refused(calls: Path) -> None:
    assert run(calls, "open").returncode == 2
