"""`FrameTaps`: the live frames, to everybody who wants them, by name.

The loop attaches and detaches, the camera's thread offers. The two share one thing: a tuple that
the loop replaces and the thread only iterates over. A frame is shared by all that get it, so its
pixels are made read-only here; its memory is free again once the last of them has let go of it.
"""

import threading
from typing import Protocol

from hardware.camera.base import Frame


class FrameSink(Protocol):
    """Where live frames go; `hardware.stream.LiveStream` is one."""

    def offer(self, frame: Frame) -> None:
        """Take the newest frame; called on the camera's thread, never waits, never raises."""
        ...


class FirstFrame:
    """A sink that only tells whether frames come.

    Attributes:
        seen: Set by the camera's thread with the first one.
    """

    def __init__(self) -> None:
        self.seen = threading.Event()

    def offer(self, frame: Frame) -> None:
        """Note that one came."""
        self.seen.set()


class FrameTaps:
    """Who wants the live frames; there is no use for frames while it is false."""

    def __init__(self) -> None:
        self._sinks: dict[str, FrameSink] = {}
        self._offered: tuple[FrameSink, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._sinks)

    def attach(self, name: str, sink: FrameSink) -> None:
        """Give all frames from now on to a sink, in place of an earlier one of that name."""
        self._sinks[name] = sink
        self._offered = tuple(self._sinks.values())

    def detach(self, name: str) -> None:
        """Give no more frames to a sink; one may still be on its way."""
        self._sinks.pop(name, None)
        self._offered = tuple(self._sinks.values())

    def offer(self, frame: Frame) -> None:
        """Hand a frame to each sink; on the camera's thread."""
        frame.pixels.setflags(write=False)
        for sink in self._offered:
            sink.offer(frame)
