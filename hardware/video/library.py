"""What is used of PyAV to write, with all its types: the library's own leave some open.

Importing this imports the library, about 20 MB: the threads that need it do.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame


class EncodedPicture(Protocol):
    """A packet that an encoder made."""

    pts: int | None
    size: int
    is_keyframe: bool

    def __bytes__(self) -> bytes: ...


class OutputStream(Protocol):
    """A video in a container that is written."""

    time_base: Fraction

    @property
    def codec_context(self) -> VideoCodecContext:
        """The encoder."""
        ...

    def encode(self, frame: VideoFrame | None) -> list[EncodedPicture]:
        """Return what is ready after a picture; None: what is left."""
        ...


class Output(Protocol):
    """A container that is written."""

    metadata: dict[str, str]

    def add_stream(self, codec_name: str, *, rate: Fraction) -> OutputStream:
        """Add a stream with an encoder of its own."""
        ...

    def add_stream_from_template(self, template: OutputStream) -> OutputStream:
        """Add a stream for packets that another one's encoder makes."""
        ...

    def start_encoding(self) -> None:
        """Open the encoders."""
        ...

    def mux_one(self, packet: object) -> None:
        """Add a packet of PyAV's."""
        ...

    def close(self) -> None:
        """Write what belongs at the end."""
        ...


def open_output(file: object, kind: str, options: Mapping[str, str] | None = None) -> Output:
    """Open a container of a kind on something that has ``write``; some kinds need no file."""
    return cast("Output", av.open(file, "w", format=kind, options=dict(options or {})))
