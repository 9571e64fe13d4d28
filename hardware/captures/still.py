"""`Stills`: takes stills one at a time and announces each only once it is safe on disk.

`take` and `keep` are called on the daemon's loop by whoever wants a picture; eight may wait, from
the request until the file is durable, and one more is refused. `run` is the one consumer: pixels
from the camera's thread, then encoding and writing on a thread of its own, so that neither the loop
nor the camera waits for the disk.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import simplejpeg

from hardware.camera.base import Frame
from hardware.camera.raw import RawStill
from hardware.captures.catalog import Catalog
from hardware.captures.comment import Origin
from hardware.captures.names import created
from hardware.captures.storage import StorageWatch
from hardware.memory import give_back
from hardware.store import StateStore
from vizy.controls import ControlValue
from vizy.errors import (
    BusyError,
    DeviceTimeoutError,
    InvalidValueError,
    StorageError,
    VizyError,
)
from vizy.files import write_durably
from vizy.state import USUAL_STILL_S, Capture, CaptureKind

MAX_WAITING = 8
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
    origin: Origin
    frame: Frame | None = None
    with_raw: bool = False


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is to be written; ``dng`` is empty when there are no raw data."""

    frame: Frame
    dng: bytes
    at: datetime
    origin: Origin
    controls: Mapping[str, ControlValue]


def _write(path: Path, data: bytes) -> None:
    write_durably(path, data)


class Stills:
    """The queue in front of the shutter.

    Args:
        capture: Gets the pixels from the camera.
        model: The camera's model, for EXIF.
        catalog: Takes up what was taken.
        storage: Says whether there is room.
        store: Announces how many wait, and knows the controls in force.
        capture_raw: Gets pixels and raw data from the camera; None: it never has any.
        write: Makes a file durable; tests inject a disk that fails.
        now: The time of day.
        deadline_s: How long a caller waits, the queue included.
    """

    def __init__(
        self,
        capture: Callable[[], Awaitable[Frame]],
        model: Callable[[], str],
        catalog: Catalog,
        storage: StorageWatch,
        store: StateStore,
        *,
        capture_raw: Callable[[], Awaitable[RawStill]] | None = None,
        write: Writer = _write,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._capture = capture
        self._model = model
        self._capture_raw = capture_raw
        self._catalog = catalog
        self._storage = storage
        self._store = store
        self._write = write
        self._now = now
        self._deadline_s = deadline_s
        self._queue: asyncio.Queue[_Order] = asyncio.Queue(MAX_WAITING + 1)
        self._running = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vizy-captures")

    async def take(
        self, *, kind: CaptureKind = "still", group: str = "", raw: bool = False
    ) -> Capture:
        """Take a still; return once it is durable.

        Args:
            kind: What it is taken for.
            group: The job that it belongs to; empty for none.
            raw: Keep the sensor's raw data beside it, as a DNG of the same exposure.

        Raises:
            InvalidValueError: Raw data are wished and this camera gives none.
            BusyError: Eight wait already; nothing was queued.
            DiskFullError: Less free space than the floor, or the disk filled up.
            StorageError: The disk refused; nothing half written is left.
            DeviceError: The camera failed or did not answer in time.
        """
        return await self._order(Origin(kind, group), with_raw=raw)

    async def keep(self, frame: Frame, *, kind: CaptureKind, group: str) -> Capture:
        """Keep a picture that was taken already; as `take` in all else."""
        return await self._order(Origin(kind, group), frame)

    async def _order(
        self, origin: Origin, frame: Frame | None = None, *, with_raw: bool = False
    ) -> Capture:
        await self._storage.ensure(self._store)
        if self._open > MAX_WAITING:
            raise BusyError(f"{MAX_WAITING} captures wait already: try again when one is done")
        waiter = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Order(waiter, origin, frame, with_raw))
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
        """Put how many wait into the state."""
        self._store.change("captures", waiting=self._open)

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
        await self._storage.ensure(self._store)
        frame, dng = await self._shoot(order)
        age = timedelta(microseconds=(time.monotonic_ns() - frame.timestamp_ns) // 1000)
        taken = _Taken(frame, dng, self._now() - age, order.origin, self._store.state.controls)
        identity = self._catalog.new_id(taken.at)
        try:
            size_bytes = await asyncio.get_running_loop().run_in_executor(
                self._executor, self._keep, taken, identity
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
            kind=order.origin.kind,
            group=order.origin.group,
            raw_bytes=len(dng),
        )
        await self._catalog.add(capture)
        self._storage.publish(self._store)
        return capture

    async def _shoot(self, order: _Order) -> tuple[Frame, bytes]:
        """Return the picture and its DNG, which is empty unless it is wished."""
        if order.frame is not None:
            return order.frame, b""
        if not order.with_raw:
            return await self._capture(), b""
        if self._capture_raw is None:
            raise InvalidValueError("raw=true: there are no raw data here: take a still without")
        raw = await self._capture_raw()
        return raw.frame, raw.dng

    def _keep(self, taken: _Taken, identity: str) -> int:
        """Encode and write on the captures' thread; return the JPEG's size once all is durable.

        The DNG goes first: where there is a JPEG, the capture is whole.
        """
        from hardware.captures.exif import exif_of, splice  # Pillow: 2 MB, with the first picture

        frame = taken.frame
        jpeg = simplejpeg.encode_jpeg(
            frame.pixels, quality=_QUALITY, colorspace="RGB", colorsubsampling=_SUBSAMPLING
        )
        exif = exif_of(
            frame,
            make=MAKE,
            model=self._model(),
            taken=taken.at.astimezone(),
            origin=taken.origin,
            controls=taken.controls,
        )
        data = splice(jpeg, exif)
        raw_path = self._catalog.files.raw(identity)
        if taken.dng:
            self._write(raw_path, taken.dng)
        try:
            self._write(self._catalog.path(identity), data)
        except StorageError:
            if taken.dng:
                with contextlib.suppress(OSError):  # the error that led here is the one to report
                    raw_path.unlink()
            raise
        give_back()
        return len(data)
