"""Writing a video: by its own thread, and what is whole survives a disk that refuses."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.video.disk import PartFile
from hardware.video.writer import Mp4Writer
from tests.hardware.video.studio import encoded, failing_sync, full_after, times, watch
from vizy.errors import DiskFullError, StorageError
from vizy.state import Size

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / ".a.mp4.part"


def test_what_it_is_given_is_in_the_file(part: Path) -> None:
    writer = Mp4Writer(part, "vizy kind=motion group=g", NOON)
    for packet in encoded(times(25)):
        writer.put(packet)
    written = writer.close()
    assert written.duration_s == pytest.approx(1.0, abs=0.001)
    assert written.failure is None
    assert len(watch(part).pts_s) == 25


def test_without_a_packet_there_is_no_file(part: Path) -> None:
    writer = Mp4Writer(part, "", NOON)
    assert writer.close().duration_s == 0
    assert not part.exists()


@pytest.mark.parametrize("share", [0.4, 0.7, 0.97, 0.995])
def test_a_full_disk_keeps_what_is_whole(part: Path, share: float) -> None:
    packets = encoded(times(100), size=Size(640, 480))
    room = round(sum(len(packet.data) for packet in packets) * share)
    writer = Mp4Writer(part, "", NOON, open_file=full_after(room))
    for packet in packets:
        writer.put(packet)
    written = writer.close()
    assert isinstance(written.failure, DiskFullError)
    assert writer.failure is written.failure
    seen = watch(part)
    assert written.duration_s > 0
    assert len(seen.pts_s) == round(written.duration_s * 25)
    assert part.stat().st_size <= room


def test_a_disk_that_is_full_at_once_leaves_no_file(part: Path) -> None:
    writer = Mp4Writer(part, "", NOON, open_file=full_after(500))
    for packet in encoded(times(25)):
        writer.put(packet)
    assert isinstance(writer.close().failure, DiskFullError)
    assert not part.exists()


def test_a_disk_that_cannot_make_it_durable_says_so(part: Path) -> None:
    writer = Mp4Writer(part, "", NOON, open_file=failing_sync)
    for packet in encoded(times(25)):
        writer.put(packet)
    written = writer.close()
    assert isinstance(written.failure, StorageError)
    assert "Input/output error" in written.failure.detail
    assert len(watch(part).pts_s) == round(written.duration_s * 25) == 25


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    writer = Mp4Writer(tmp_path / "absent" / "a.part", "", NOON)
    writer.put(encoded([0])[0])
    written = writer.close()
    assert isinstance(written.failure, StorageError)
    assert "No such file" in written.failure.detail


def test_putting_never_waits_for_the_disk(part: Path) -> None:
    gate = threading.Event()

    def write(descriptor: int, data: memoryview) -> int:
        assert gate.wait(20)
        return os.write(descriptor, data)

    writer = Mp4Writer(part, "", NOON, open_file=lambda path: PartFile(path, write=write))
    for packet in encoded(times(50)):
        writer.put(packet)  # the disk has not taken a byte yet
    assert not gate.is_set()
    gate.set()
    assert writer.close().duration_s == pytest.approx(2.0, abs=0.001)
