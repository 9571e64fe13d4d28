"""The frame ring: the newest frames in shared memory, one writer, any number of readers.

The writer belongs to the one thread that makes the frames; a reader belongs to whoever made it, in
any process. No lock is shared and the writer never waits: a reader that is too slow is told so, and
never gets a torn frame for a whole one.

Layout, little-endian: a header (magic, version, slots, bytes per slot, number of the newest frame),
then the slots. Frame n lies in slot n % slots: the notice of `vizy.frames.wire` and, 64 bytes from
the slot's start, the data. The kernel gives memory only to what is written.
The frame's number in its slot is written last. It is cleared one frame before the slot is reused:
between the clearing and the first new byte lie a whole frame period and a system call, so a reader
on another core whose second look still finds the number has copied an untouched frame, on weakly
ordered processors too.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import struct
from collections.abc import Callable
from typing import TypeVar

import msgspec

from vizy.errors import FrameOvertakenError, InvalidValueError, ProtocolError
from vizy.frames.frame import Frame, FrameView
from vizy.frames.wire import NOTICE_BYTES, FrameNotice, decode_notice, encode_notice, notice_length

_HEADER = struct.Struct("<8sIIQQ")
_NUMBER = struct.Struct("<Q")
_MAGIC = b"VIZYRING"
_VERSION = 2
_NEWEST_AT = _HEADER.size - _NUMBER.size
_ALIGN = 64
_DATA_AT = _ALIGN  # from the start of a slot: pixels lie as processors like them
_F_SEAL_FUTURE_WRITE = 0x0010  # Source: linux/fcntl.h, since 5.1; Python has no name for it
_ATTEMPTS = 4

T = TypeVar("T")


class FrameWriter:
    """Puts frames into a new ring; used by one thread.

    Args:
        slot_bytes: The largest frame that can be written, in bytes.
        slots: How many frames the ring keeps, at least 3.
        sequence: The number of the frame before the first; that of the ring which this one follows.

    Attributes:
        fd: The memory's descriptor, to be handed to readers. It is sealed: nobody can resize it or
            map it for writing any more.
        slot_bytes: As it was given.
        sequence: The number of the newest frame.

    Raises:
        OSError: There is no memory for it.
    """

    def __init__(self, slot_bytes: int, slots: int = 8, *, sequence: int = 0) -> None:
        if slots < 3 or slot_bytes < 1:
            raise InvalidValueError(f"a ring of {slots} slots of {slot_bytes} bytes is too small")
        self._slots = slots
        self.slot_bytes = slot_bytes
        self.sequence = sequence
        size = _slot_at(slots, slot_bytes)
        self.fd = os.memfd_create("vizy-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self.fd, size)
            self._memory = mmap.mmap(self.fd, size)
        except OSError:
            os.close(self.fd)
            raise
        _HEADER.pack_into(self._memory, 0, _MAGIC, _VERSION, slots, slot_bytes, 0)
        _seal(self.fd)

    def write(
        self,
        data: bytes | memoryview,
        *,
        width: int,
        height: int,
        format: str,  # noqa: A002 -- the field's own name for it
        timestamp_ns: int,
    ) -> FrameNotice:
        """Put an encoded frame into the next slot; never waits for a reader.

        Args:
            data: The encoded frame.
            width: In pixels.
            height: In pixels.
            format: Up to four ASCII letters.
            timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.

        Returns:
            The notice to publish.

        Raises:
            InvalidValueError: The frame is larger than a slot; nothing was written.
        """

        def copy(slot: memoryview) -> None:
            slot[:] = data

        notice = FrameNotice(self.sequence + 1, timestamp_ns, width, height, len(data), format)
        return self.fill(notice, copy)

    def fill(self, notice: FrameNotice, fill: Callable[[memoryview], None]) -> FrameNotice:
        """Let somebody put a frame straight into the next slot; never waits for a reader.

        Args:
            notice: What the frame will be; it gets the next number, whatever it has.
            fill: Writes the whole frame into the memory it is given, and keeps no hold of it.

        Returns:
            The notice to publish.

        Raises:
            InvalidValueError: The frame is larger than a slot; nothing was written.
        """
        if notice.length > self.slot_bytes:
            raise InvalidValueError(
                f"a frame of {notice.length} bytes is above {self.slot_bytes} bytes, the ring's "
                "slot: lower the quality or the size"
            )
        self.sequence += 1
        notice = msgspec.structs.replace(notice, sequence=self.sequence)
        self._number(self.sequence + 1, 0)
        at = self._at(self.sequence)
        self._number(self.sequence, 0)
        self._memory[at + _NUMBER.size : at + NOTICE_BYTES] = encode_notice(notice)[_NUMBER.size :]
        start = at + _DATA_AT
        with (
            memoryview(self._memory) as whole,
            whole[start : start + notice.length] as slot,
        ):
            fill(slot)
        self._number(self.sequence, self.sequence)
        _NUMBER.pack_into(self._memory, _NEWEST_AT, self.sequence)
        return notice

    def close(self) -> None:
        """Let go of the memory; readers keep what they have mapped."""
        self._memory.close()
        os.close(self.fd)

    def _at(self, sequence: int) -> int:
        return _slot_at(sequence % self._slots, self.slot_bytes)

    def _number(self, sequence: int, value: int) -> None:
        _NUMBER.pack_into(self._memory, self._at(sequence), value)


class FrameReader:
    """Finds frames in a ring, to be copied or looked at in place; used by one thread or loop.

    Args:
        fd: The memory's descriptor; it stays the caller's and may be closed afterwards.

    Raises:
        ProtocolError: It is not a ring of this version, or it is smaller than it says.
    """

    def __init__(self, fd: int) -> None:
        try:
            size = os.fstat(fd).st_size
            self._memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise ProtocolError(f"the frame ring cannot be mapped: {error}") from error
        try:
            self._slots, self._slot_bytes = _read_header(self._memory, size)
        except ProtocolError:
            self._memory.close()
            raise

    def read(self, notice: FrameNotice) -> Frame:
        """Copy the frame that a notice tells of.

        Raises:
            FrameOvertakenError: The writer has reused its slot, or was about to.
            ProtocolError: The slot holds what no writer of ours writes.
        """
        return self._copy(notice.sequence)

    def newest(self) -> Frame | None:
        """Copy the newest frame; None before the first.

        Raises:
            FrameOvertakenError: The writer lapped every attempt.
            ProtocolError: The slot holds what no writer of ours writes.
        """
        return self._newest(self._copy)

    def view_newest(self) -> FrameView | None:
        """Return the newest frame where it lies, without a copy; None before the first.

        Raises:
            FrameOvertakenError: The writer lapped every attempt.
            ProtocolError: The slot holds what no writer of ours writes.
        """
        return self._newest(self._view)

    def close(self) -> None:
        """Unmap the memory; it stays for as long as a view of it is held."""
        with contextlib.suppress(BufferError):  # the last view unmaps it
            self._memory.close()

    def _newest(self, take: Callable[[int], T]) -> T | None:
        for _ in range(_ATTEMPTS):
            (sequence,) = _NUMBER.unpack_from(self._memory, _NEWEST_AT)
            if sequence == 0:
                return None
            with contextlib.suppress(FrameOvertakenError):
                return take(sequence)
        raise FrameOvertakenError(f"the newest frame was overtaken {_ATTEMPTS} times in a row")

    def _copy(self, sequence: int) -> Frame:
        at = self._at(sequence)
        packet = self._memory[at : at + NOTICE_BYTES]
        _check_number(packet, sequence)
        length = notice_length(packet)
        start = at + _DATA_AT
        data = self._memory[start : start + min(length, self._slot_bytes)]
        _check_number(self._memory[at : at + _NUMBER.size], sequence)
        return Frame.of(self._check_notice(packet), data)

    def _view(self, sequence: int) -> FrameView:
        at = self._at(sequence)
        packet = self._memory[at : at + NOTICE_BYTES]
        _check_number(packet, sequence)
        memory = memoryview(self._memory)
        number = memory[at : at + _NUMBER.size]
        _check_number(number, sequence)  # so the packet is not torn either
        notice = self._check_notice(packet)
        start = at + _DATA_AT
        return FrameView(notice, memory[start : start + notice.length], number)

    def _at(self, sequence: int) -> int:
        return _slot_at(sequence % self._slots, self._slot_bytes)

    def _check_notice(self, packet: bytes) -> FrameNotice:
        notice = decode_notice(packet)
        if notice.length > self._slot_bytes:
            raise ProtocolError(f"a frame of {notice.length} bytes in a slot of {self._slot_bytes}")
        return notice


def _check_number(packet: bytes | memoryview, sequence: int) -> None:
    (found,) = _NUMBER.unpack_from(packet)
    if found != sequence:
        raise FrameOvertakenError(f"frame {sequence} was overtaken: its slot is reused")


def _slot_at(index: int, slot_bytes: int) -> int:
    whole = _DATA_AT + slot_bytes
    whole += -whole % _ALIGN
    return _ALIGN + index * whole


def _read_header(memory: mmap.mmap, size: int) -> tuple[int, int]:
    if size < _HEADER.size:
        raise ProtocolError(f"a frame ring of {size} bytes has no header")
    magic, version, slots, slot_bytes, _ = _HEADER.unpack_from(memory)
    if magic != _MAGIC or version != _VERSION:
        raise ProtocolError(f"not a frame ring of version {_VERSION}: {magic!r}, {version}")
    if slots < 1 or _slot_at(slots, slot_bytes) > size:
        raise ProtocolError(f"a frame ring of {size} bytes cannot hold {slots} x {slot_bytes}")
    return slots, slot_bytes


def _seal(fd: int) -> None:
    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
    try:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals | _F_SEAL_FUTURE_WRITE)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a kernel before 5.1 does not know the last one
            raise
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
