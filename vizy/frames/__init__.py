"""The frame path: rings in shared memory, and the socket that hands them out."""

from vizy.frames.client import FrameClient
from vizy.frames.ring import Frame, FrameReader, FrameWriter
from vizy.frames.server import FrameServer
from vizy.frames.wire import FrameNotice

__all__ = ["Frame", "FrameClient", "FrameNotice", "FrameReader", "FrameServer", "FrameWriter"]
