"""`Catalog`: all captures on disk, newest first, for the rest of the daemon.

Its methods run on the daemon's loop; SQLite and the folder are read and written on one thread of
its own, so the loop never waits for the disk. The folder is the truth and the rows are what is
known of it: a capture exists once its file is durable, and a row that cannot be written costs
nothing but what only the row knows. How many wait for the thread is bounded by who calls: 32 calls
a connection, one still and one video at a time.
"""

import asyncio
import logging
import os
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hardware.captures.folder import Folder, Salvage
from hardware.captures.ledger import Ledger, open_connection
from hardware.captures.names import Files, capture_id
from hardware.captures.rows import LATEST, Rows, Summary
from hardware.captures.schema import Connect
from hardware.store import StateStore
from vizy.errors import NotFoundError, ProtectedError, StorageError
from vizy.messages import CaptureFile, CaptureIndex, CapturePage, IndexCaptures, ListCaptures
from vizy.state import Capture

T = TypeVar("T")

_logger = logging.getLogger(__name__)
_DEADLINE_S = 30.0
_REMEMBERED_IDS = 1000


def _draw() -> str:
    return secrets.token_hex(2)


class Catalog:
    """The captures of one folder.

    Args:
        folder: Where the files and ``catalog.db`` are.
        store: Gets what there is: ``count``, ``latest`` and ``deleted`` of its ``captures``.
        fsync: Makes files durable, but those SQLite writes; tests inject a disk that fails.
        connect: Opens SQLite files; tests inject a disk that fails.
        deadline_s: How long a caller waits for the disk.

    Attributes:
        grown: Set when a capture was added; who looks after them clears it.
    """

    def __init__(
        self,
        folder: Path,
        store: StateStore,
        *,
        fsync: Callable[[int], None] = os.fsync,
        connect: Connect = open_connection,
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._store = store
        self._folder = Folder(folder, fsync)
        self._ledger = Ledger(self._folder, connect)
        self._deadline_s = deadline_s
        self.grown = asyncio.Event()
        self._summary = Summary()
        self._edits = 0
        self._given: deque[str] = deque(maxlen=_REMEMBERED_IDS)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vizy-catalog")

    @property
    def files(self) -> Files:
        """Where the files are."""
        return self._folder.files

    def __len__(self) -> int:
        return self._summary.count

    def latest(self, count: int = LATEST) -> tuple[Capture, ...]:
        """Return the newest captures, newest first, at most `LATEST`."""
        return self._summary.latest[:count]

    async def open(self, salvage: Salvage | None = None) -> None:
        """Make the folder and open the catalog; read what is new in the folder.

        As long as it takes: a catalog that was lost is made of all files.

        Args:
            salvage: Cuts an unfinished MP4 to what can be played and tells whether that is
                anything; None: unfinished videos are deleted. Called on the catalog's thread.

        Raises:
            StorageError: The folder cannot be made, read or written.
        """

        def open_() -> Summary:
            self._folder.open(salvage)
            self._ledger.open()
            return self._ledger.read(Rows.summary)

        self._announce(await asyncio.get_running_loop().run_in_executor(self._executor, open_))

    async def close(self) -> None:
        """Close the file and end the thread, once what was begun is done."""
        try:
            await self._on_thread(self._ledger.close)
        except StorageError as error:
            _logger.warning("the catalog is left to its next start: %s", error)
            self._executor.shutdown(wait=False, cancel_futures=True)
        else:
            self._executor.shutdown()  # the thread is idle

    def new_id(self, taken: datetime, draw: Callable[[], str] = _draw) -> str:
        """Return an id that was not given lately: stills of one frame of a clip share their time.

        A file is never overwritten, should an id of long ago come again.
        """
        while (identity := capture_id(taken, draw())) in self._given:
            pass
        self._given.append(identity)
        return identity

    def path(self, identity: str, media_type: str = "image/jpeg") -> Path:
        """Return the file of a capture that exists or is about to."""
        return self.files.main(identity, media_type)

    def part(self, identity: str, media_type: str, *, is_saved: bool = True) -> Path:
        """Return the hidden name to write a file under until it is finished.

        Args:
            identity: The capture's.
            media_type: Its type.
            is_saved: Whether the next start saves what a kill left of it, or deletes it.
        """
        return self.files.part(identity, media_type, is_saved=is_saved)

    async def add(self, capture: Capture) -> None:
        """Take up a capture whose files are durable, and announce it.

        Raises:
            StorageError: The folder is not there, or the disk does not answer. Its files are whole:
                the next start takes them up.
        """
        await self._change(lambda rows: rows.put(capture))
        self.grown.set()

    async def adopt(self, part: Path, capture: Capture) -> Capture:
        """Make a finished file durable, give it its final name, take it up and announce it.

        What was begun is ended, also when the caller has gone by then.

        Args:
            part: As `part` named it; closed.
            capture: What it is; ``bytes`` is taken from the file.

        Returns:
            The capture as it is announced.

        Raises:
            DiskFullError: No space.
            StorageError: The disk refused. The file keeps its temporary name, so that the next
                start may save it.
        """
        loop = asyncio.get_running_loop()

        def adopt() -> Capture:
            size_bytes = self._folder.keep(part, capture)
            adopted = msgspec.structs.replace(capture, bytes=size_bytes)
            asyncio.run_coroutine_threadsafe(self.add(adopted), loop).result()
            return adopted

        return await asyncio.to_thread(adopt)

    async def get(self, identity: str) -> CaptureFile:
        """Return a capture and its files.

        Raises:
            NotFoundError: There is none of that id; nothing but known ids leads to a file.
            StorageError: The folder is not there, or the disk does not answer.
        """
        capture = await self._read(lambda rows: rows.get(identity))
        if capture is None:
            raise NotFoundError(f"there is no capture {identity[:80]!r}: list them to see the ids")
        raw = str(self.files.raw(identity)) if capture.raw_bytes else None
        return CaptureFile(capture, str(self.path(identity, capture.media_type)), raw)

    async def page(self, asked: ListCaptures) -> CapturePage:
        """Return a page of captures, newest first.

        Raises:
            InvalidValueError: A time cannot be understood.
            StorageError: The folder is not there, or the disk does not answer.
        """
        return await self._read(lambda rows: rows.page(asked))

    async def index(self, asked: IndexCaptures) -> CaptureIndex:
        """Return many captures in few bytes, newest first.

        Raises:
            InvalidValueError: A time cannot be understood.
            StorageError: The folder is not there, or the disk does not answer.
        """
        return await self._read(lambda rows: rows.index(asked))

    async def pictures(self, group: str) -> list[tuple[str, Path]]:
        """Return the ids and files of the pictures that a job took, oldest first.

        Raises:
            StorageError: The folder is not there, or the disk does not answer.
        """
        ids = await self._read(lambda rows: rows.pictures(group))
        return [(identity, self.path(identity)) for identity in ids]

    async def update(
        self,
        ids: Sequence[str],
        *,
        protected: bool | None = None,
        tags: Sequence[str] | None = None,
    ) -> tuple[Capture, ...]:
        """Protect, unprotect or tag captures, all or none; None leaves as it is.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            StorageError: The folder is not there, or the disk does not answer.
        """
        ids = tuple(dict.fromkeys(ids))

        def update(rows: Rows) -> tuple[Capture, ...]:
            _all(rows, ids)
            if protected is not None:
                rows.protect(ids, protected)
            if tags is not None:
                rows.tag(ids, tuple(dict.fromkeys(tags)))
            found = _all(rows, ids)
            if protected is not None:
                self._folder.protect(found, protected)
            return found

        self._edits += 1
        return await self._change(update)

    async def delete(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Take captures out of all lists, all or none; their files stay for `restore`.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            ProtectedError: Some are protected; nothing was done.
            StorageError: The folder is not there, or the disk does not answer.
        """
        ids = tuple(dict.fromkeys(ids))

        def delete(rows: Rows) -> tuple[Capture, ...]:
            found = _all(rows, ids)
            if held := [capture.id for capture in found if capture.protected]:
                raise ProtectedError(
                    f"protected: {', '.join(held)}: nothing was deleted; unprotect or leave out"
                )
            rows.delete(ids, True)
            return found

        self._edits += 1
        return await self._change(delete)

    async def restore(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Bring deleted captures back, all or none; one that was not deleted stays as it is.

        Raises:
            NotFoundError: One is gone for good; nothing was done.
            StorageError: The folder is not there, or the disk does not answer.
        """
        ids = tuple(dict.fromkeys(ids))

        def restore(rows: Rows) -> tuple[Capture, ...]:
            found = _all(rows, ids, deleted=None)
            rows.delete(ids, False)
            return found

        self._edits += 1
        return await self._change(restore)

    async def deleted(self) -> tuple[str, ...]:
        """Return the ids of what can be restored, oldest first."""
        return await self._read(Rows.deleted)

    async def purge(self, ids: Sequence[str], *, deleted: bool) -> tuple[Capture, ...]:
        """Delete captures and their files for good.

        The files go first: a row whose file is gone is forgotten at the next start.

        Args:
            ids: What may go; what was protected, deleted or restored meanwhile stays.
            deleted: Whether it is what was deleted before, or what was not.

        Returns:
            What went.

        Raises:
            StorageError: The disk refused; some may have gone.
        """

        def purge(rows: Rows) -> tuple[list[Capture], StorageError | None]:
            found = rows.find(ids, deleted=deleted).values()
            removed, failure = self._folder.remove(each for each in found if not each.protected)
            rows.forget([capture.id for capture in removed])
            return removed, failure

        removed, failure = await self._change(purge)
        if failure is not None:
            raise failure
        return tuple(removed)

    async def ask(self, question: Callable[[Rows], T]) -> T:
        """Read the rows in a way that only the keeper of the rules needs."""
        return await self._read(question)

    async def tell(self, change: Callable[[Rows], T]) -> T:
        """Write the rows in such a way."""
        return await self._change(change)

    async def _read(self, job: Callable[[Rows], T]) -> T:
        def read() -> T:
            before = self._ledger.renewals
            result = self._ledger.read(job)
            if self._ledger.renewals != before:
                self._on_thread_announce(loop)
            return result

        loop = asyncio.get_running_loop()
        return await self._on_thread(read)

    async def _change(self, job: Callable[[Rows], T]) -> T:
        """Change rows, then announce what there is, also when the caller has gone by then."""

        def change() -> T:
            result = self._ledger.write(job)
            self._on_thread_announce(loop)
            return result

        loop = asyncio.get_running_loop()
        return await self._on_thread(change)

    async def _on_thread(self, job: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._executor, job)
        future.add_done_callback(_take_note)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(future)
        except TimeoutError:
            raise StorageError(
                f"{self.files.folder}: the disk has not answered within {self._deadline_s:g} s"
            ) from None

    def _on_thread_announce(self, loop: asyncio.AbstractEventLoop) -> None:
        summary = self._ledger.read(Rows.summary)
        loop.call_soon_threadsafe(self._announce, summary)

    def _announce(self, summary: Summary) -> None:
        self._summary = summary
        self._store.change(
            "captures",
            count=summary.count,
            latest=summary.latest,
            deleted=summary.deleted,
            edits=self._edits,
        )


def _all(rows: Rows, ids: Sequence[str], *, deleted: bool | None = False) -> tuple[Capture, ...]:
    """Return the captures of all the ids.

    Raises:
        NotFoundError: One is missing.
    """
    found = rows.find(ids, deleted=deleted)
    if missing := [identity[:80] for identity in ids if identity not in found]:
        text = ", ".join(missing[:10])
        raise NotFoundError(f"there is no capture {text}: nothing was done; list them again")
    return tuple(found[identity] for identity in ids)


def _take_note(future: "asyncio.Future[Any]") -> None:
    """Look at how it ended: perhaps nobody waits for it any more."""
    if not future.cancelled():
        future.exception()
