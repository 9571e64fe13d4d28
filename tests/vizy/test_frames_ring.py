"""The frame ring: right bytes or a refusal, never a torn frame."""

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from vizy.errors import FrameOvertakenError, InvalidValueError, ProtocolError
from vizy.frames import FrameNotice, FrameReader, FrameWriter
from vizy.frames.wire import decode_notice, encode_notice

SLOTS = 4


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    ring = FrameWriter(100, slots=SLOTS)
    yield ring
    ring.close()


@pytest.fixture
def reader(writer: FrameWriter) -> Iterator[FrameReader]:
    ring = FrameReader(writer.fd)
    yield ring
    ring.close()


def write(writer: FrameWriter, fill: int, length: int = 50) -> FrameNotice:
    return writer.write(
        bytes([fill]) * length, width=8, height=4, format="JPEG", timestamp_ns=1000 + fill
    )


def test_a_reader_gets_what_was_written(writer: FrameWriter, reader: FrameReader) -> None:
    notice = write(writer, 7)
    assert notice == FrameNotice(1, 1007, 8, 4, 50, "JPEG")
    frame = reader.read(notice)
    assert (frame.sequence, frame.timestamp_ns, frame.width, frame.height) == (1, 1007, 8, 4)
    assert (frame.format, frame.data, frame.missed) == ("JPEG", b"\x07" * 50, 0)


def test_the_newest_frame_is_found_without_a_notice(
    writer: FrameWriter, reader: FrameReader
) -> None:
    assert reader.newest() is None
    for fill in range(11):
        write(writer, fill, length=fill)
    newest = reader.newest()
    assert newest is not None
    assert (newest.sequence, newest.data) == (11, b"\x0a" * 10)


def test_all_but_the_slot_about_to_be_reused_can_be_read(
    writer: FrameWriter, reader: FrameReader
) -> None:
    notices = [write(writer, fill) for fill in range(9)]
    for notice in notices[-SLOTS + 1 :]:
        assert reader.read(notice).data == bytes([notice.sequence - 1]) * 50
    for notice in notices[: -SLOTS + 1]:
        with pytest.raises(FrameOvertakenError, match=f"frame {notice.sequence} was overtaken"):
            reader.read(notice)


def test_a_ring_that_follows_another_numbers_on(writer: FrameWriter) -> None:
    write(writer, 1)
    follower = FrameWriter(200, sequence=writer.sequence)
    assert write(follower, 2, length=200).sequence == 2
    follower.close()


def test_a_frame_larger_than_a_slot_is_refused_and_spoils_nothing(
    writer: FrameWriter, reader: FrameReader
) -> None:
    kept = write(writer, 1)
    with pytest.raises(InvalidValueError, match="101 bytes is above 100 bytes"):
        write(writer, 2, length=101)
    assert reader.read(kept).data == b"\x01" * 50
    assert write(writer, 3, length=100).sequence == 2


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="too small"):
        FrameWriter(100, slots=2)


class LappingMemory:
    """The reader's memory, in which a writer writes on just when the reader looks."""

    def __init__(self, memory: mmap.mmap, writer: FrameWriter, look: int, frames: int) -> None:
        self._memory = memory
        self._writer = writer
        self._look = look
        self._frames = frames

    def __getitem__(self, piece: slice) -> bytes:
        self._look -= 1
        if self._look == 0:
            half = (piece.stop - piece.start) // 2
            first = self._memory[piece.start : piece.start + half]
            for _ in range(self._frames):
                write(self._writer, 99)
            return first + self._memory[piece.start + half : piece.stop]
        return self._memory[piece]

    def close(self) -> None:
        self._memory.close()


@pytest.mark.parametrize("frames", range(1, 2 * SLOTS + 1))
@pytest.mark.parametrize("look", [1, 2, 3])
def test_a_writer_that_laps_the_reader_mid_copy_never_tears_a_frame(
    writer: FrameWriter, reader: FrameReader, look: int, frames: int
) -> None:
    notice = write(writer, 1)
    memory: Any = LappingMemory(reader._memory, writer, look, frames)
    reader._memory = memory
    try:
        data = reader.read(notice).data
    except FrameOvertakenError:
        assert frames >= SLOTS - 1
    else:
        assert data == b"\x01" * 50
        assert frames < SLOTS - 1 or look == 3


def test_a_fill_that_fails_leaves_no_frame_to_read(
    writer: FrameWriter, reader: FrameReader
) -> None:
    kept = write(writer, 1)

    def fail(slot: memoryview) -> None:
        slot[0] = 9
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        writer.fill(kept, fail)
    newest = reader.newest()
    assert newest is not None
    assert (newest.sequence, newest.data) == (1, b"\x01" * 50)
    assert write(writer, 3).sequence == 3


def test_a_writer_that_died_mid_frame_leaves_no_frame_to_read(
    writer: FrameWriter, reader: FrameReader
) -> None:
    notices = [write(writer, fill) for fill in range(SLOTS)]
    # Up to the first new byte, a dying writer has cleared the slot and written nothing else.
    writer._number(notices[-1].sequence + 1, 0)
    with pytest.raises(FrameOvertakenError):
        reader.read(notices[0])
    assert reader.read(notices[-1]).data == b"\x03" * 50


def test_a_reader_can_neither_write_nor_resize(writer: FrameWriter) -> None:
    with pytest.raises(PermissionError):
        mmap.mmap(writer.fd, 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    for size in (0, 1 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(writer.fd, size)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"short", "no header"),
        (bytes(200), "not a frame ring"),
        (b"VIZYRING\x01\0\0\0".ljust(200, b"\0"), "not a frame ring of version 2"),
        (b"VIZYRING\x02\0\0\0\xff\xff\xff\xff\xff\xff".ljust(200, b"\0"), "cannot hold"),
        (b"VIZYRING\x02\0\0\0".ljust(200, b"\0"), "cannot hold"),
    ],
)
def test_memory_that_is_no_ring_is_refused(content: bytes, text: str) -> None:
    fd = os.memfd_create("not-a-ring")
    try:
        os.write(fd, content)
        with pytest.raises(ProtocolError, match=text):
            FrameReader(fd)
    finally:
        os.close(fd)


def test_an_empty_descriptor_is_refused() -> None:
    fd = os.memfd_create("empty")
    try:
        with pytest.raises(ProtocolError, match="cannot be mapped"):
            FrameReader(fd)
    finally:
        os.close(fd)


def test_a_slot_that_claims_more_than_it_holds_is_refused() -> None:
    ring = FrameWriter(100, slots=3)
    reader = FrameReader(ring.fd)
    try:
        notice = write(ring, 1)
        at = ring._at(notice.sequence)
        lie = FrameNotice(notice.sequence, 0, 8, 4, 2**32 - 1, "JPEG")
        ring._memory[at : at + len(encode_notice(lie))] = encode_notice(lie)
        with pytest.raises(ProtocolError, match="in a slot of 100"):
            reader.read(notice)
    finally:
        reader.close()
        ring.close()


def test_notices_survive_the_wire_and_bad_ones_are_refused() -> None:
    notice = FrameNotice(2**63, 2**62, 640, 480, 12345, "RGB3", 1920)
    packet = encode_notice(notice)
    assert decode_notice(packet) == notice
    for bad in (packet[:-1], packet + b"x", packet[:-4] + b"\xff\xff\xff\xff"):
        with pytest.raises(ProtocolError):
            decode_notice(bad)


def test_another_process_reads_the_right_bytes(writer: FrameWriter) -> None:
    write(writer, 65)
    script = (
        "import sys; from vizy.frames import FrameReader\n"
        "frame = FrameReader(int(sys.argv[1])).newest()\n"
        "sys.stdout.buffer.write(frame.data)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(writer.fd)],
        pass_fds=[writer.fd],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == b"A" * 50
