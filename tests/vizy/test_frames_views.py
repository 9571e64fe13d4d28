"""Views: pixels where they lie, and whoever was overtaken knows it."""

from collections.abc import Iterator

import numpy as np
import pytest

from vizy.errors import FrameOvertakenError, InvalidValueError, ProtocolError
from vizy.frames import FrameNotice, FrameReader, FrameView, FrameWriter
from vizy.frames.wire import encode_notice

WIDTH, HEIGHT, SLOTS = 6, 4, 4
STRIDE = WIDTH * 3
RAW = FrameNotice(0, 5, WIDTH, HEIGHT, STRIDE * HEIGHT, "RGB3", STRIDE)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    ring = FrameWriter(RAW.length, SLOTS)
    yield ring
    ring.close()


@pytest.fixture
def reader(writer: FrameWriter) -> Iterator[FrameReader]:
    ring = FrameReader(writer.fd)
    yield ring
    ring.close()


def write(writer: FrameWriter, fill: int) -> None:
    def paint(slot: memoryview) -> None:
        slot[:] = bytes([fill]) * len(slot)

    writer.fill(RAW, paint)


def newest(reader: FrameReader) -> FrameView:
    view = reader.view_newest()
    assert view is not None
    return view


def test_a_view_is_the_shared_memory_itself_and_read_only(
    writer: FrameWriter, reader: FrameReader
) -> None:
    assert reader.view_newest() is None
    write(writer, 7)
    pixels = newest(reader).array()
    assert (pixels.shape, pixels.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    assert (pixels == 7).all()
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1
    start = writer._at(1) + 64
    writer._memory[start] = 99
    assert pixels[0, 0, 0] == 99, "it was a copy"


def test_rows_may_be_padded(reader: FrameReader, writer: FrameWriter) -> None:
    padded = FrameNotice(0, 5, 2, 3, 3 * 16, "RGB3", 16)

    def paint(slot: memoryview) -> None:
        slot[:] = bytes(range(48))

    writer.fill(padded, paint)
    assert newest(reader).array()[:, :, 0].tolist() == [[0, 3], [16, 19], [32, 35]]
    frame = reader.newest()
    assert frame is not None
    assert frame.array()[2, 1].tolist() == [35, 36, 37]


def test_a_view_stays_whole_for_two_frames_and_knows_when_it_was_overtaken(
    writer: FrameWriter, reader: FrameReader
) -> None:
    write(writer, 1)
    view = newest(reader)
    for fill in (2, 3):
        write(writer, fill)
        assert view.is_whole
        assert (view.array() == 1).all()
    write(writer, 4)
    assert not view.is_whole, "its slot is the next to be reused"
    assert (view.array() == 1).all(), "told before the first byte changed"
    with pytest.raises(FrameOvertakenError, match="frame 1 was overtaken"):
        view.copy()


def test_a_copy_of_a_view_stays_as_it_is(writer: FrameWriter, reader: FrameReader) -> None:
    write(writer, 1)
    frame = newest(reader).copy()
    for fill in range(2, 9):
        write(writer, fill)
    assert (frame.array() == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        frame.array()[0] = 1


def test_a_view_outlives_the_reader_and_gives_the_memory_back_when_it_goes(
    writer: FrameWriter,
) -> None:
    reader = FrameReader(writer.fd)
    write(writer, 3)
    view = newest(reader)
    pixels = view.array()
    reader.close()
    assert (pixels == 3).all()
    assert view.is_whole  # that nothing stays mapped is looked at after every test


def test_encoded_frames_have_no_pixels(reader: FrameReader, writer: FrameWriter) -> None:
    writer.write(b"jpeg", width=2, height=1, format="JPEG", timestamp_ns=1)
    with pytest.raises(InvalidValueError, match="JPEG has no pixels: decode it"):
        newest(reader).array()


def test_a_slot_that_claims_more_than_it_holds_gives_no_view(
    reader: FrameReader, writer: FrameWriter
) -> None:
    write(writer, 1)
    at = writer._at(1)
    lie = encode_notice(FrameNotice(1, 0, 8, 4, 2**32 - 1, "RGB3", 24))
    writer._memory[at : at + len(lie)] = lie
    with pytest.raises(ProtocolError, match="in a slot of"):
        reader.view_newest()
