"""What is left of a video: cut at every kind of place, it plays up to the last whole fragment."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.video.boxes import Box, boxes
from hardware.video.disk import PartFile
from hardware.video.mp4 import Mp4File
from hardware.video.salvage import salvage
from tests.hardware.video.studio import encoded, times, watch
from vizy.errors import StorageError

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
A_FRAGMENT = 5  # pictures, at 25/s and a keyframe each 0.2 s
ROOT = Path(__file__).parent.parent.parent.parent


def layout(path: Path) -> list[Box]:
    with path.open("rb") as file:
        return list(boxes(file, 0, path.stat().st_size))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A video before it is finished, with four whole fragments, and after."""
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    packets = encoded(times(5 * A_FRAGMENT))
    file = Mp4File(PartFile(path), packets[0].header, "vizy kind=motion group=g", NOON)
    for packet in packets:
        file.write(packet)
    unfinished = path.read_bytes()
    file.finish()
    return unfinished, path.read_bytes()


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / ".video.mp4.part"


def test_each_cut_leaves_the_fragments_before_it(written: tuple[bytes, bytes], part: Path) -> None:
    whole = written[0]
    part.write_bytes(whole)
    found = layout(part)
    fragments = [box for box in found if box.kind == b"mdat"]
    assert len(fragments) == 4
    cuts = {0, 1, 7, 8}
    for box in found:
        cuts |= {box.start, box.start + 4, box.content, (box.content + box.end) // 2, box.end - 1}
        cuts |= {box.end, *range(box.start, box.end, 97)}
    for cut in sorted(cuts):
        part.write_bytes(whole[:cut])
        is_playable = salvage(part)
        left = sum(box.end <= cut for box in fragments)
        assert is_playable == (left > 0), cut
        assert part.stat().st_size == (fragments[left - 1].end if left else cut)


@pytest.mark.parametrize("left", [1, 2, 4])
def test_what_is_left_plays_and_still_knows_what_it_is(
    written: tuple[bytes, bytes], part: Path, left: int
) -> None:
    part.write_bytes(written[0])
    fragments = [box for box in layout(part) if box.kind == b"mdat"]
    cut = fragments[left].start + 3 if left < len(fragments) else len(written[0])
    part.write_bytes(written[0][:cut])
    assert salvage(part)
    seen = watch(part)
    assert seen.pts_s == pytest.approx([n * 0.04 for n in range(left * A_FRAGMENT)], abs=2e-5)
    assert seen.duration_s == pytest.approx(left * 0.2, abs=0.002)
    assert seen.comment == "vizy kind=motion group=g"


def test_zeros_behind_a_power_cut_are_cut_off(written: tuple[bytes, bytes], part: Path) -> None:
    part.write_bytes(written[0] + bytes(5000))
    assert salvage(part)
    assert part.read_bytes() == written[0]


def test_a_fragment_whose_head_is_zeros_is_cut_off(
    written: tuple[bytes, bytes], part: Path
) -> None:
    part.write_bytes(written[0])
    last = [box for box in layout(part) if box.kind == b"moof"][-1]
    torn = bytearray(written[0])
    torn[last.content : last.end] = bytes(last.end - last.content)
    part.write_bytes(torn)
    assert salvage(part)
    assert part.stat().st_size == last.start


def test_a_finished_video_stays_as_it_is(written: tuple[bytes, bytes], part: Path) -> None:
    part.write_bytes(written[1])
    assert salvage(part)
    assert part.read_bytes() == written[1]
    assert len(watch(part).pts_s) == 5 * A_FRAGMENT


def test_an_index_that_was_being_written_is_cut_off(
    written: tuple[bytes, bytes], part: Path
) -> None:
    """The head of a fragmented file, with the index of the plain one half behind it."""
    unfinished, finished = written
    head = len(unfinished)
    for cut in range(head + 1, len(finished), 211):
        part.write_bytes(unfinished + finished[head:cut])
        assert salvage(part)
        assert len(watch(part).pts_s) in (4 * A_FRAGMENT, 5 * A_FRAGMENT)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xd8 a JPEG", bytes(4000)])
def test_what_is_no_video_is_not_kept(part: Path, content: bytes) -> None:
    part.write_bytes(content)
    assert not salvage(part)
    assert part.read_bytes() == content


def test_a_file_that_is_not_there_is_the_disk_s_fault(part: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot be written: No such file"):
        salvage(part)


RECORDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from hardware.video.writer import Mp4Writer
from tests.hardware.video.studio import encoded, times
writer = Mp4Writer(Path(sys.argv[1]), "vizy kind=recording group=g", datetime.now(UTC))
for number, packet in enumerate(encoded(times(500))):
    writer.put(packet)
    if number == 100:
        print("on", flush=True)
    time.sleep(0.001)
"""


def test_a_recorder_that_is_killed_loses_at_most_its_last_fragment(part: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(part)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert salvage(part)
    assert len(watch(part).pts_s) >= 100 - 3 * A_FRAGMENT
    assert part.stat().st_size == layout(part)[-1].end
