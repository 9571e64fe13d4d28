"""`MovieJob`: an MP4 of the pictures that another job took, in their order.

On the daemon's loop, one task that only looks how far the `Assembly` is. A movie that is stopped or
fails leaves nothing: half of one is not what was asked for, and its pictures are still there.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

from hardware.captures.comment import Origin, comment_of
from hardware.jobs import Job, Progress
from hardware.video.assembly import Assembly
from hardware.video.clip import MEDIA_TYPE, created
from hardware.video.disk import PartFile
from hardware.video.sources import CheckRoom, Pictures, Shelf
from hardware.video.writer import OpenFile
from vizy.errors import NotFoundError, StorageError
from vizy.jobs import Movie
from vizy.state import Capture

_TURN_S = 0.25


class MovieJob(Job):
    """One movie.

    Args:
        spec: What was asked for.
        pictures: Finds the pictures.
        shelf: Where the movie goes.
        check_room: Says no when the disk is too full to go on.
        turn: Held while a movie is made: each takes 40 MB of memory and more.
        bitrate: In bits a second; 0: chosen by size and rate.
        open_file: Makes the file; tests inject a disk that fails.
        turn_s: How often it looks.
    """

    def __init__(
        self,
        spec: Movie,
        *,
        pictures: Pictures,
        shelf: Shelf,
        check_room: CheckRoom,
        turn: asyncio.Lock,
        bitrate: int = 0,
        open_file: OpenFile = PartFile,
        turn_s: float = _TURN_S,
    ) -> None:
        self._spec = spec
        self._pictures = pictures
        self._shelf = shelf
        self._check_room = check_room
        self._turn = turn
        self._bitrate = bitrate
        self._open_file = open_file
        self._turn_s = turn_s

    async def run(self, progress: Progress) -> None:
        while self._turn.locked():
            progress.is_waiting = True
            progress(0, None, "another movie is being made")
            if await self._pause(progress):
                return
        progress.is_waiting = False
        async with self._turn:  # without waiting, so the next look finds it held
            await self._make(progress)

    async def _make(self, progress: Progress) -> None:
        group = self._spec.group
        files = [path for _, path in await self._pictures(group)]
        if not files:
            raise NotFoundError(f"there is no picture of {group!r}: take some first")
        await self._check_room()
        taken = datetime.now(UTC)
        identity = self._shelf.new_id(taken)
        part = self._shelf.part(identity, MEDIA_TYPE, is_saved=False)
        assembly = Assembly(
            files,
            part,
            fps=self._spec.fps,
            comment=comment_of(Origin("movie", progress.id)),
            created=taken,
            bitrate=self._bitrate,
            open_file=self._open_file,
        )
        assembly.start()
        try:
            await self._follow(assembly, progress, len(files))
        finally:
            assembly.stop()
        if assembly.failure is not None:
            raise assembly.failure
        if assembly.size is None:
            if progress.stopping.is_set():
                return
            raise NotFoundError(f"none of the {len(files)} pictures of {group!r} can be read")
        capture = Capture(
            id=identity,
            created=created(taken),
            bytes=0,  # the shelf looks
            size=assembly.size,
            media_type=MEDIA_TYPE,
            kind="movie",
            group=progress.id,
            duration_s=round(assembly.duration_s, 3),
        )
        try:
            await self._shelf.adopt(part, capture)
        except StorageError:
            await asyncio.to_thread(_remove, part)
            raise

    async def _follow(self, assembly: Assembly, progress: Progress, total: int) -> None:
        """Say how far it is until it has ended."""
        while not assembly.has_ended:
            if progress.stopping.is_set():
                assembly.stop()
                await asyncio.sleep(self._turn_s)
            else:
                await self._check_room()
                await self._pause(progress)
            skipped = assembly.skipped
            detail = f"{skipped} pictures were missing or damaged" if skipped else ""
            progress(assembly.done, total, detail)

    async def _pause(self, progress: Progress) -> bool:
        """Wait a turn; tell whether somebody stopped it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._turn_s):
                await progress.stopping.wait()
        return progress.stopping.is_set()


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):  # the error that led here is the one to report
        part.unlink(missing_ok=True)
