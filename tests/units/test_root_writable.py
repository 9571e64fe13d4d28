"""Around a run of dpkg the root is writable, on Vizy's own image only."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "systemd/libexec/root-writable"
SERVICE = "vizy-root-read-only.service"
PLACES = ("/", "/var/lib/dpkg", "/boot/firmware")


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A folder of programs that note how they were called."""
    for name, text in (
        ("mount", 'echo "$*" >>"$CALLS"; case $*:$BUSY in *,ro\\ /:/) exit 32 ;; esac'),
        ("mountpoint", '[ "$2" != /boot/firmware ] || [ -z "$NO_BOOT" ]'),
        ("sync", "true"),
        ("systemctl", 'echo "systemctl $*" >>"$CALLS"'),
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
    first, *rest = calls.read_text().splitlines()
    assert first == f"systemctl stop {SERVICE}", "else it could close in the midst"
    assert set(rest) == {f"-o remount,rw {place}" for place in PLACES}


def test_when_dpkg_is_done_somebody_else_is_asked_to_close(calls: Path) -> None:
    assert run(calls, "off").returncode == 0
    assert calls.read_text() == f"systemctl start --no-block {SERVICE}\n"
    unit = (SCRIPT.parents[1] / SERVICE).read_text()
    assert "ExecStart=/usr/libexec/vizy/root-writable now\n" in unit


def test_afterwards_they_are_read_only_again(calls: Path) -> None:
    assert run(calls, "now").returncode == 0
    assert set(calls.read_text().splitlines()) == {f"-o remount,ro {place}" for place in PLACES}


def test_a_root_that_is_in_use_is_tried_again(calls: Path) -> None:
    done = run(calls, "now", BUSY="/")
    assert done.returncode == 1
    assert "/ is still in use" in done.stdout


def test_a_boot_partition_that_is_not_there_is_left_out(calls: Path) -> None:
    run(calls, "on", NO_BOOT="1")
    assert "/boot/firmware" not in calls.read_text()


def test_on_any_other_system_nothing_is_done(calls: Path) -> None:
    (calls.parent / "image").unlink()
    assert run(calls, "on").returncode == 0
    assert not calls.exists()


def test_another_word_is_refused(calls: Path) -> None:
    assert run(calls, "open").returncode == 2
