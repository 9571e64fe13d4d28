"""`Stills`: takes stills one at a time and announces each only once it is safe on disk.

`take` and `keep` are called on the daemon's loop by whoever wants a picture; eight may wait, from
the request until the file is durable, and one more is refused. `run` is the one consumer: pixels
from the camera's thread, then encoding and writing on a thread of its own, so that neither the loop
nor the camera waits for the disk.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import simplejpeg

from hardware.camera.base import Frame
from hardware.captures.exif import exif_of, splice
from hardware.captures.library import CaptureLibrary, created
from hardware.captures.storage import StorageWatch
from hardware.memory import give_back
from hardware.store import StateStore
from vizy.errors import BusyError, DeviceTimeoutError, StorageError, VizyError
from vizy.files import write_durably
from vizy.state import USUAL_STILL_S, Capture, CaptureKind, CapturesState

MAX_WAITING = 8
LATEST = 24
MAKE = "Vizy"

_logger = logging.getLogger(__name__)
_QUALITY = 92
_SUBSAMPLING = "422"
_DEADLINE_S = 60.0

Writer = Callable[[Path, bytes], None]


@dataclass(eq=False, slots=True)
class _Order:
    """One picture that somebody waits for; ``frame`` is what to keep, None: take one."""

    waiter: asyncio.Future[Capture]
    kind: CaptureKind
    group: str
    frame: Frame | None


def _write(path: Path, data: bytes) -> None:
    write_durably(path, data)


class Stills:
    """The queue in front of the shutter.

    Args:
        capture: Gets the pixels from the camera.
        model: The camera's model, for EXIF.
        library: Takes up what was taken.
        storage: Says whether there is room.
        store: Announces.
        write: Makes a file durable; tests inject a disk that fails.
        now: The time of day.
        deadline_s: How long a caller waits, the queue included.
    """

    def __init__(
        self,
        capture: Callable[[], Awaitable[Frame]],
        model: Callable[[], str],
        library: CaptureLibrary,
        storage: StorageWatch,
        store: StateStore,
        *,
        write: Writer = _write,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._capture = capture
        self._model = model
        self._library = library
        self._storage = storage
        self._store = store
        self._write = write
        self._now = now
        self._deadline_s = deadline_s
        self._queue: asyncio.Queue[_Order] = asyncio.Queue(MAX_WAITING + 1)
        self._running = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vizy-captures")

    async def take(self, *, kind: CaptureKind = "still", group: str = "") -> Capture:
        """Take a still; return once it is durable.

        Args:
            kind: What it is taken for.
            group: The job that it belongs to; empty for none.

        Raises:
            BusyError: Eight wait already; nothing was queued.
            DiskFullError: Less free space than the floor, or the disk filled up.
            StorageError: The disk refused; nothing half written is left.
            DeviceError: The camera failed or did not answer in time.
        """
        return await self._order(kind, group, None)

    async def keep(self, frame: Frame, *, kind: CaptureKind, group: str) -> Capture:
        """Keep a picture that was taken already; as `take` in all else."""
        return await self._order(kind, group, frame)

    async def _order(self, kind: CaptureKind, group: str, frame: Frame | None) -> Capture:
        self._storage.check(self._store)
        if self._open > MAX_WAITING:
            raise BusyError(f"{MAX_WAITING} captures wait already: try again when one is done")
        waiter = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Order(waiter, kind, group, frame))
        self.publish()
        deadline_s = self._deadline_s + self._open * self._extra_s
        try:
            async with asyncio.timeout(deadline_s):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                raise
            raise DeviceTimeoutError(
                f"capture: not safe on disk within {deadline_s:g} s, its deadline"
            ) from None

    @property
    def _extra_s(self) -> float:
        """How much longer than usual a still may take, because its exposure is a long one."""
        return max(0.0, self._store.state.camera.still_limit_s - USUAL_STILL_S)

    @property
    def _open(self) -> int:
        """How many were asked for and are not safe yet, the one being taken included."""
        return self._queue.qsize() + self._running

    def publish(self) -> None:
        """Put what there is and how many wait into the state."""
        self._store.update(
            captures=CapturesState(
                count=len(self._library),
                waiting=self._open,
                latest=self._library.latest(LATEST),
            )
        )

    async def run(self) -> None:
        """Take what is asked for, one after the other, until cancelled."""
        while True:
            order = await self._queue.get()
            waiter = order.waiter
            if waiter.done():  # its caller has gone
                self.publish()
                continue
            self._running = 1
            try:
                capture = await self._take(order)
            except VizyError as error:
                self._running = 0
                self.publish()
                if not waiter.done():
                    waiter.set_exception(error)
            except asyncio.CancelledError:
                waiter.cancel()
                raise
            else:
                self._running = 0
                self.publish()
                if not waiter.done():
                    waiter.set_result(capture)

    def close(self) -> None:
        """Let go of the writing thread; callers that still wait are cancelled with their tasks."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _take(self, order: _Order) -> Capture:
        self._storage.check(self._store)
        frame = order.frame or await self._capture()
        age = timedelta(microseconds=(time.monotonic_ns() - frame.timestamp_ns) // 1000)
        taken = self._now() - age
        identity = self._library.new_id(taken)
        try:
            size_bytes = await asyncio.get_running_loop().run_in_executor(
                self._executor, self._keep, frame, taken, self._library.path(identity)
            )
        except StorageError as error:
            _logger.warning("a capture was lost: %s", error)
            self._storage.note(error)
            self._storage.publish(self._store)
            raise
        self._storage.note(None)
        capture = Capture(
            id=identity,
            created=created(identity),
            bytes=size_bytes,
            size=frame.size,
            kind=order.kind,
            group=order.group,
        )
        self._library.add(capture)
        self._storage.publish(self._store)
        return capture

    def _keep(self, frame: Frame, taken: datetime, path: Path) -> int:
        """Encode and write on the captures' thread; return the file's size once it is durable."""
        jpeg = simplejpeg.encode_jpeg(
            frame.pixels, quality=_QUALITY, colorspace="RGB", colorsubsampling=_SUBSAMPLING
        )
        exif = exif_of(frame, make=MAKE, model=self._model(), taken=taken.astimezone())
        data = splice(jpeg, exif)
        self._write(path, data)
        give_back()
        return len(data)
