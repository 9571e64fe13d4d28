"""The file: the sensor's times, tags and metadata, a plain MP4 at the end, durable on the way."""

import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from hardware.video.boxes import boxes
from hardware.video.codec import VideoCodec
from hardware.video.disk import PartFile
from hardware.video.encoders import SOFTWARE
from hardware.video.library import EncodedPicture, open_output
from hardware.video.mp4 import Mp4File, length_s
from hardware.video.packet import Header, Packet
from tests.hardware.video.studio import SMALL, STEP_NS, encoded, picture, times, watch
from vizy.state import Size

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
TICK_S = 1 / 90_000


def write(path: Path, at_ns: list[int]) -> Mp4File:
    packets = encoded(at_ns)
    file = Mp4File(PartFile(path), packets[0].header, "vizy kind=recording group=g", NOON)
    for packet in packets:
        file.write(packet)
    file.finish()
    return file


def kinds(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [box.kind for box in boxes(file, 0, path.stat().st_size)]


@pytest.mark.parametrize(
    "at_ns",
    [
        times(40),
        [5_000_000_000 + n * n * 3_333_337 for n in range(40)],  # slower and slower
        [*times(15), *times(15, start_ns=20_000_000_000)],  # a gap of twelve seconds
        [7_000_000_000],
    ],
    ids=["steady", "varying", "gap", "one"],
)
def test_pictures_have_the_sensor_s_times_within_a_tick(tmp_path: Path, at_ns: list[int]) -> None:
    path = tmp_path / "a.mp4"
    file = write(path, at_ns)
    seen = watch(path)
    assert len(seen.pts_s) == len(at_ns)
    for pts_s, taken in zip(seen.pts_s, at_ns, strict=True):
        assert pts_s == pytest.approx((taken - at_ns[0]) / 1e9, abs=TICK_S)
    assert seen.duration_s == pytest.approx((at_ns[-1] - at_ns[0]) / 1e9 + 0.04, abs=0.002)
    assert length_s(path) == seen.duration_s
    assert file.duration_s == pytest.approx(seen.duration_s, abs=0.002)


def test_it_says_what_it_is_and_how_its_colours_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, times(5))
    seen = watch(path)
    assert seen.comment == "vizy kind=recording group=g"
    assert seen.created == "2026-11-21T12:00:00.000000Z"
    assert seen.size == SMALL
    assert seen.pix_fmt == "yuv420p"
    assert seen.tags == (1, 1, 1, 1)  # limited range, BT.709


def test_colours_come_back_as_they_were(tmp_path: Path) -> None:
    red = np.full((48, 64, 3), (200, 30, 40), np.uint8)
    codec = VideoCodec(SOFTWARE, SMALL, fps=25)
    file = Mp4File(PartFile(tmp_path / "a.mp4"), codec.header, "", NOON)
    for packet in codec.encode(red, 0) + codec.finish():
        file.write(packet)
    file.finish()
    with av.open(str(tmp_path / "a.mp4")) as video:
        (shown,) = video.decode(video=0)
    assert np.abs(shown.to_ndarray(format="rgb24").astype(int) - red).max() <= 6


def test_it_is_fragmented_until_it_is_finished_and_plain_then(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    packets = encoded(times(20))
    file = Mp4File(PartFile(path), packets[0].header, "", NOON)
    for packet in packets:
        file.write(packet)
    assert kinds(path)[-4:] == [b"moof", b"mdat", b"moof", b"mdat"]
    file.finish()
    assert kinds(path) == [b"ftyp", b"free", b"mdat", b"moov"]


def test_the_head_is_changed_only_when_all_the_rest_is_durable(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    durable: list[list[bytes]] = []

    def sync(descriptor: int) -> None:
        os.fdatasync(descriptor)
        durable.append(kinds(path))

    packets = encoded(times(12))
    file = Mp4File(PartFile(path, sync=sync), packets[0].header, "", NOON)
    for packet in packets:
        file.write(packet)
    file.finish()
    before, after = durable
    assert before[-1] == b"moov"
    assert before.count(b"moof") == 3
    assert after == [b"ftyp", b"free", b"mdat", b"moov"]


def test_a_large_size_is_no_problem(tmp_path: Path) -> None:
    size = Size(1920, 1080)
    packets = encoded(times(3), size=size)
    file = Mp4File(PartFile(tmp_path / "a.mp4"), packets[0].header, "", NOON)
    for packet in packets:
        file.write(packet)
    file.finish()
    assert watch(tmp_path / "a.mp4").size == size


def test_an_encoder_that_sends_its_parameters_only_with_the_pictures_will_do(
    tmp_path: Path,
) -> None:
    """As h264_v4l2m2m does: nothing is known of the stream before its first packet."""
    output = open_output("", "null")
    stream = output.add_stream(SOFTWARE, rate=Fraction(25))
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = 64, 48, "yuv420p"
    context.time_base, context.max_b_frames = Fraction(1, 25), 0
    output.start_encoding()
    assert not context.extradata
    header = Header("other", SMALL, 25, stream)
    file = Mp4File(PartFile(tmp_path / "a.mp4"), header, "", NOON)
    made: list[EncodedPicture] = []
    for number in range(6):
        shown = VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format="yuv420p")
        shown.pts, shown.time_base = number, context.time_base
        made += stream.encode(shown)
    for each in made + stream.encode(None):
        file.write(Packet(header, bytes(each), (each.pts or 0) * STEP_NS, each.is_keyframe))
    output.close()
    file.finish()
    assert watch(tmp_path / "a.mp4").pts_s == pytest.approx([n / 25 for n in range(6)])
