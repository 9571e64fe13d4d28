"""What videos ask of the rest of the daemon; `CameraDevice` and the captures' catalog do it.

On the daemon's loop, except `LivePicture`'s sinks, which the camera's thread calls.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hardware.taps import FrameSink
from vizy.state import Capture

CheckRoom = Callable[[], Awaitable[None]]
"""Raises `DiskFullError` or `StorageError` when nothing more may be written."""

Pictures = Callable[[str], Awaitable[list[tuple[str, Path]]]]
"""The ids and files of a group's pictures, in the order they were taken."""


class LivePicture(Protocol):
    """The live frames."""

    def attach(self, name: str, sink: FrameSink, *, uninterrupted: str = "") -> None:
        """Give all frames to a sink; ``uninterrupted`` says why no still may stop them."""
        ...

    def detach(self, name: str) -> None:
        """Give no more frames to the sink of that name."""
        ...


class Shelf(Protocol):
    """Where finished videos go."""

    def new_id(self, taken: datetime) -> str:
        """Return an id that no capture has."""
        ...

    def part(self, identity: str, media_type: str, *, is_saved: bool = True) -> Path:
        """Return the hidden name under which a capture is written.

        ``is_saved`` says whether the next start saves what a kill left of it, or deletes it.
        """
        ...

    async def adopt(self, part: Path, capture: Capture) -> Capture:
        """Give the file its name, durably, and announce it."""
        ...
