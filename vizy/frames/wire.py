"""What goes over ``frames.sock``: one hello, one answer, then a notice for each frame.

A notice that carries a descriptor begins a new ring: the first one does, and each one after the
frames have changed so much that the old ring does not fit any more. Pure encoding and decoding, no
I/O, any thread. Each message is one packet of a SOCK_SEQPACKET socket, so none is ever cut or
joined.
"""

import struct
from typing import Annotated

import msgspec

from vizy.errors import ProtocolError, WireError

ENCODED, RAW = "encoded", "raw"
MAX_HELLO_BYTES = 1024
MAX_ANSWER_BYTES = 4096
_NOTICE = struct.Struct("<QQIIII4s")
NOTICE_BYTES = _NOTICE.size


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reader sends first: the stream it wants.

    Attributes:
        stream: Its name.
        width: Of the encoded picture, in pixels; None and anything wider: as the camera gives it.
        quality: JPEG's; None: as it is set in the settings.
    """

    stream: str
    width: Annotated[int, msgspec.Meta(ge=16, le=8192)] | None = None
    quality: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the server answers: why it refuses, or nothing."""

    error: WireError | None = None


class FrameNotice(msgspec.Struct, frozen=True):
    """A frame is in the ring.

    Attributes:
        sequence: Number of the frame in its ring, from 1.
        timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
        width: In pixels.
        height: In pixels.
        length: Bytes of the frame.
        format: Four letters: ``JPEG``, or ``RGB3`` (as V4L2 calls it) for three bytes a pixel.
        stride: Bytes from one row to the next; 0 for what is encoded.
    """

    sequence: int
    timestamp_ns: int
    width: int
    height: int
    length: int
    format: str
    stride: int = 0


def decode_hello(packet: bytes) -> Hello:
    """Read a hello.

    Raises:
        ProtocolError: Too long, or not a hello; the text says what is wrong.
    """
    if len(packet) > MAX_HELLO_BYTES:
        raise ProtocolError(f"the hello is longer than {MAX_HELLO_BYTES} bytes")
    try:
        return msgspec.json.decode(packet, type=Hello)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the hello cannot be read: {error}") from error


def decode_answer(packet: bytes) -> Answer:
    """Read the server's answer to a hello.

    Raises:
        ProtocolError: It is not an answer.
    """
    try:
        return msgspec.json.decode(packet, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the answer to the hello cannot be read: {error}") from error


def encode_notice(notice: FrameNotice) -> bytes:
    """Return a notice as a packet."""
    return _NOTICE.pack(
        notice.sequence,
        notice.timestamp_ns,
        notice.width,
        notice.height,
        notice.length,
        notice.stride,
        notice.format.encode("ascii"),
    )


def decode_notice(packet: bytes | memoryview) -> FrameNotice:
    """Read a notice.

    Raises:
        ProtocolError: The packet has another size, or the format is not ASCII.
    """
    try:
        sequence, timestamp_ns, width, height, length, stride, name = _NOTICE.unpack(packet)
        format_ = name.decode("ascii").rstrip("\0")
    except (struct.error, UnicodeDecodeError) as error:
        raise ProtocolError(f"a notice of {len(packet)} bytes cannot be read: {error}") from error
    return FrameNotice(sequence, timestamp_ns, width, height, length, format_, stride)


def notice_length(packet: bytes) -> int:
    """Return the frame's length in bytes, from a packet of the right size that may be torn."""
    length: int = _NOTICE.unpack(packet)[4]
    return length
