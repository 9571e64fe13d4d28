"""`Packet`: one encoded picture, and `Header`: what a file must know to hold such packets.

Made on the encoder's thread, read on any. Immutable.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vizy.state import Size

if TYPE_CHECKING:  # a thread of its own imports the library when there is something to encode
    from hardware.video.library import OutputStream


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """One run of one encoder: packets of two runs do not fit into one file.

    Attributes:
        encoder: Its name.
        size: Of the pictures.
        fps: The wished rate; the real one is in the timestamps.
        stream: Carries what the encoder says of itself to the file.
    """

    encoder: str
    size: Size
    fps: float
    stream: "OutputStream"


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """One picture as H.264.

    Attributes:
        header: The run it belongs to; the first packet of a run is a keyframe.
        data: The bytes.
        timestamp_ns: The sensor's, CLOCK_MONOTONIC, to the microsecond; grows within a run.
        is_keyframe: Whether decoding can begin here.
    """

    header: Header
    data: bytes
    timestamp_ns: int
    is_keyframe: bool
