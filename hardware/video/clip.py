"""`Clip`: one video of the live picture, from its first packet to the catalog; on the loop."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hardware.captures.comment import Origin, comment_of
from hardware.video.packet import Packet
from hardware.video.sources import Shelf
from hardware.video.writer import Mp4Writer, Written
from vizy.errors import StorageError
from vizy.state import Capture, CaptureKind

MEDIA_TYPE = "video/mp4"
_DEADLINE_S = 15.0

MakeWriter = Callable[..., Mp4Writer]


def created(taken: datetime) -> str:
    """Return a time as a capture has it: RFC 3339, UTC, milliseconds."""
    return taken.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clip:
    """A video that is being written.

    Args:
        shelf: Where it goes.
        first: Its first packet, a keyframe.
        kind: What it is.
        group: The job that makes it.
        make_writer: Makes what writes; tests inject a disk that fails.
        deadline_s: How long the disk may take at the end.
    """

    def __init__(
        self,
        shelf: Shelf,
        first: Packet,
        *,
        kind: CaptureKind,
        group: str,
        make_writer: MakeWriter = Mp4Writer,
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._shelf = shelf
        self._kind: CaptureKind = kind
        self._group = group
        self._deadline_s = deadline_s
        self.header = first.header
        self.began_ns = first.timestamp_ns
        age = timedelta(microseconds=(time.monotonic_ns() - first.timestamp_ns) // 1000)
        self._taken = datetime.now(UTC) - age
        self._identity = shelf.new_id(self._taken)
        self._part = shelf.part(self._identity, MEDIA_TYPE)
        self._writer = make_writer(self._part, comment_of(Origin(kind, group)), self._taken)
        self.put(first)

    @property
    def failure(self) -> StorageError | None:
        """What the disk said, once it refused."""
        return self._writer.failure

    @property
    def lost(self) -> int:
        """How many pictures were left out because the disk was too slow."""
        return self._writer.lost

    def put(self, packet: Packet) -> None:
        """Add a packet of the same header; never waits."""
        self._writer.put(packet)

    def end(self) -> None:
        """Let no more in; without `finish` it stays under its hidden name, whole."""
        self._writer.end()

    async def finish(self) -> Capture | None:
        """Finish the file and announce it.

        Returns:
            The capture; None when there is nothing to play.

        Raises:
            StorageError: The disk refused; what is whole was announced before. Or it did not end
                in time; what is there is found at the next start.
        """
        written = await self._close()
        capture = None
        if written.duration_s > 0:
            capture = await self._adopt(written)
        if written.failure is not None:
            raise written.failure
        return capture

    async def _close(self) -> Written:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.to_thread(self._writer.close)
        except TimeoutError:
            raise StorageError(
                f"{self._part} was not whole on disk within {self._deadline_s:g} s: "
                "what is there is kept at the next start"
            ) from None

    async def _adopt(self, written: Written) -> Capture:
        described = Capture(
            id=self._identity,
            created=created(self._taken),
            bytes=0,  # the shelf looks
            size=self.header.size,
            media_type=MEDIA_TYPE,
            kind=self._kind,
            group=self._group,
            duration_s=round(written.duration_s, 3),
        )
        return await self._shelf.adopt(self._part, described)
