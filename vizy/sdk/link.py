"""`Link`: the way from the SDK to one Vizy. Two are there: `vizy.sdk.local` and `vizy.sdk.http`.

Used on one asyncio loop, by the classes of `vizy.sdk.aio` alone. Each raises the same errors.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from vizy.frames import Frame
from vizy.messages import Call
from vizy.sdk.picture import Picture
from vizy.state import Capture, DeviceState

R = TypeVar("R")
Part = Literal["file", "raw", "thumbnail"]
OnAway = Callable[[str], None]
CALL_S = 20.0


class Link(ABC):
    """A way to one Vizy. Making one connects to nothing; what is open ends with `close`.

    Attributes:
        place: Where it leads, as `Vizy` takes it.
    """

    place: str

    @abstractmethod
    async def call(self, request: Call[R], *, timeout_s: float = CALL_S) -> R:
        """Make a call and return its answer.

        Raises:
            DeviceAwayError: Nobody is there.
            DeviceTimeoutError: No answer in time; whether the call was done is not known.
            VizyError: It was refused, as the class that was raised.
        """

    @abstractmethod
    async def do(self, request: Call[Any], *, timeout_s: float = CALL_S) -> None:
        """Make a call whose answer is of no interest; raises as `call` does."""

    @abstractmethod
    async def capture(self, capture_id: str) -> Capture:
        """Return one capture.

        Raises:
            NotFoundError: There is none of that id.
        """

    @abstractmethod
    async def path(self, capture_id: str, part: Part) -> Path | None:
        """Return where a part of a capture is on this machine; None: it is on another.

        Raises:
            NotFoundError: There is no such capture, or no raw data beside it.
        """

    @abstractmethod
    def read(self, capture_id: str, part: Part, start: int = 0) -> AsyncGenerator[bytes, None]:
        """Return a part of a capture from a byte on, piece by piece.

        Raises:
            NotFoundError: There is no such capture, or no raw data beside it.
            StorageError: It cannot be read.
        """

    @abstractmethod
    async def snapshot(self, *, width: int | None, quality: int | None) -> Picture:
        """Return a frame that was taken after this was called."""

    @abstractmethod
    def frames(self, *, width: int | None, quality: int | None) -> AsyncGenerator[Picture, None]:
        """Return live pictures, each the newest; it ends with a `DeviceAwayError`."""

    @abstractmethod
    def raw_frames(self) -> AsyncGenerator[Frame, None]:
        """Return live frames as pixels, each the newest; it ends with a `DeviceAwayError`.

        Raises:
            InvalidValueError: Over this link there are none.
        """

    @abstractmethod
    def follow(self, on_away: OnAway) -> AsyncGenerator[DeviceState, None]:
        """Return the state, and the newest whenever it has changed; never ends by itself.

        Args:
            on_away: Called with the reason when the connection is lost; it is tried again.

        Raises:
            VizyError: It is refused, for example for want of a token.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything."""
