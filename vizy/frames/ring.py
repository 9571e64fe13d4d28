"""The frame ring: the newest frames in shared memory, one writer, any number of readers.

The writer belongs to the encoder thread; a reader belongs to whoever made it, in any process. No
lock is shared and the writer never waits: a reader that is too slow is told so, and never gets a
torn frame.

Layout, little-endian: a header (magic, version, slots, bytes per slot, number of the newest frame),
then the slots. Frame n lies in slot n % slots: the notice of `vizy.frames.wire` and then the data.
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

from msgspec import Struct

from vizy.errors import FrameOvertakenError, InvalidValueError, ProtocolError
from vizy.frames.wire import NOTICE_BYTES, FrameNotice, decode_notice, encode_notice, notice_length

_HEADER = struct.Struct("<8sIIQQ")
_NUMBER = struct.Struct("<Q")
_MAGIC = b"VIZYRING"
_VERSION = 1
_NEWEST_AT = _HEADER.size - _NUMBER.size
_ALIGN = 64
_F_SEAL_FUTURE_WRITE = 0x0010  # Source: linux/fcntl.h, since 5.1; Python has no name for it
_ATTEMPTS = 4


class Frame(Struct, frozen=True):
    """One frame, copied out of the ring.

    Attributes:
        sequence: Number of the frame in its ring, from 1.
        timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
        width: In pixels.
        height: In pixels.
        format: Four letters, for example ``JPEG``.
        data: The whole frame; the reader's own.
        missed: How many frames were skipped since the one before.
    """

    sequence: int
    timestamp_ns: int
    width: int
    height: int
    format: str
    data: bytes
    missed: int = 0


class FrameWriter:
    """Puts frames into a new ring; used by one thread.

    Args:
        slot_bytes: The largest frame that can be written, in bytes.
        slots: How many frames the ring keeps, at least 3.

    Attributes:
        fd: The memory's descriptor, to be handed to readers. It is sealed: nobody can resize it or
            map it for writing any more.

    Raises:
        OSError: There is no memory for it.
    """

    def __init__(self, slot_bytes: int, slots: int = 8) -> None:
        if slots < 3 or slot_bytes < 1:
            raise InvalidValueError(f"a ring of {slots} slots of {slot_bytes} bytes is too small")
        self._slots = slots
        self._slot_bytes = slot_bytes
        self._sequence = 0
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
        """Put a frame into the next slot; never waits for a reader.

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
        length = len(data)
        if length > self._slot_bytes:
            raise InvalidValueError(
                f"a frame of {length} bytes is above {self._slot_bytes} bytes, the ring's slot: "
                "lower the quality or the size"
            )
        self._sequence += 1
        notice = FrameNotice(self._sequence, timestamp_ns, width, height, length, format)
        packet = encode_notice(notice)
        self._number(self._sequence + 1, 0)
        at = self._at(self._sequence)
        end = at + NOTICE_BYTES
        self._number(self._sequence, 0)
        self._memory[at + _NUMBER.size : end] = packet[_NUMBER.size :]
        self._memory[end : end + length] = data
        self._number(self._sequence, self._sequence)
        _NUMBER.pack_into(self._memory, _NEWEST_AT, self._sequence)
        return notice

    def close(self) -> None:
        """Let go of the memory; readers keep what they have mapped."""
        self._memory.close()
        os.close(self.fd)

    def _at(self, sequence: int) -> int:
        return _slot_at(sequence % self._slots, self._slot_bytes)

    def _number(self, sequence: int, value: int) -> None:
        _NUMBER.pack_into(self._memory, self._at(sequence), value)


class FrameReader:
    """Copies frames out of a ring; used by one thread or loop.

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
        for _ in range(_ATTEMPTS):
            (sequence,) = _NUMBER.unpack_from(self._memory, _NEWEST_AT)
            if sequence == 0:
                return None
            with contextlib.suppress(FrameOvertakenError):
                return self._copy(sequence)
        raise FrameOvertakenError(f"the newest frame was overtaken {_ATTEMPTS} times in a row")

    def close(self) -> None:
        """Unmap the memory."""
        self._memory.close()

    def _copy(self, sequence: int) -> Frame:
        at = _slot_at(sequence % self._slots, self._slot_bytes)
        end = at + NOTICE_BYTES
        packet = self._memory[at:end]
        self._check_number(packet, sequence)
        length = notice_length(packet)
        data = self._memory[end : end + min(length, self._slot_bytes)]
        self._check_number(self._memory[at:end], sequence)
        if length > self._slot_bytes:
            raise ProtocolError(f"a frame of {length} bytes in a slot of {self._slot_bytes}")
        found = decode_notice(packet)
        return Frame(sequence, found.timestamp_ns, found.width, found.height, found.format, data)

    @staticmethod
    def _check_number(packet: bytes, sequence: int) -> None:
        (found,) = _NUMBER.unpack_from(packet)
        if found != sequence:
            raise FrameOvertakenError(f"frame {sequence} was overtaken: its slot is reused")


def _slot_at(index: int, slot_bytes: int) -> int:
    stride = NOTICE_BYTES + slot_bytes
    stride += -stride % _ALIGN
    return _ALIGN + index * stride


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
