"""`Studio`: what every video of the live picture is made with; one per daemon."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.video.clip import MakeWriter
from hardware.video.encoders import Encoders
from hardware.video.feed import VideoFeed
from hardware.video.sources import CheckRoom, LivePicture, Shelf
from hardware.video.writer import Mp4Writer


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Camera, encoder and shelf.

    Attributes:
        live: The live frames.
        shelf: Where videos go.
        encoders: Open the encoder.
        check_room: Says no when the disk is too full to go on.
        fps: The wished rate of the live picture.
        bitrate: In bits a second; 0: chosen by size and rate.
        keyframe_s: From one keyframe to the next.
        make_writer: Makes what writes a file.
        clock: Seconds that only pass.
    """

    live: LivePicture
    shelf: Shelf
    encoders: Encoders
    check_room: CheckRoom
    fps: float
    bitrate: int = 0
    keyframe_s: float = 1.0
    make_writer: MakeWriter = Mp4Writer
    clock: Callable[[], float] = time.monotonic

    def feed(self, bitrate: int | None = None) -> VideoFeed:
        """Return what encodes frames, not started; a bitrate of None is the studio's."""
        return VideoFeed(
            self.encoders,
            fps=self.fps,
            bitrate=bitrate or self.bitrate,
            keyframe_s=self.keyframe_s,
        )
