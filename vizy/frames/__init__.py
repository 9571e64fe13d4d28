"""The frame path: rings in shared memory, and the socket that hands them out."""

from vizy.frames.client import FrameClient
from vizy.frames.feed import FrameFeed
from vizy.frames.frame import Frame, FrameView
from vizy.frames.ring import FrameReader, FrameWriter
from vizy.frames.server import Feeds, FrameServer
from vizy.frames.wire import FrameNotice, Hello

__all__ = [
    "Feeds",
    "Frame",
    "FrameClient",
    "FrameFeed",
    "FrameNotice",
    "FrameReader",
    "FrameServer",
    "FrameView",
    "FrameWriter",
    "Hello",
]
