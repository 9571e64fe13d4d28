"""`LibraryThread`: the one thread that touches picamera2, so that every wait on it can end.

picamera2 has calls that wait without limit when a cable is loose. Here the camera's owner thread
asks, and waits only so long; a call that does not return leaves the thread marked as hung until it
does. Between calls the thread handles completed frames as they come, so that buffers go back to the
camera although nobody polls.
"""

import logging
import os
import queue
import selectors
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from vizy.errors import CameraError, DeviceTimeoutError, VizyError

_logger = logging.getLogger(__name__)
_MOST_WAITING = 64  # one call at a time and a release per buffer
_ONE = (1).to_bytes(8, "little")

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class LibraryHangsError(CameraError, DeviceTimeoutError):
    """The library has not returned in time: a camera that failed, and a time-out."""


class LibraryThread:
    """A thread that runs jobs in order, and a function whenever a descriptor is readable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # for what follows, and for the eventfd to be open
        self._has_ended = False
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_MOST_WAITING)
        self._late = ""
        self._watched: tuple[int, Callable[[], None]] | None = None  # the thread's
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="vizy-picamera2", daemon=True)
        self._thread.start()

    @property
    def late(self) -> str:
        """Name the call that has not returned in its time and still runs; empty if none does."""
        return self._late

    def ends_within(self, timeout_s: float) -> bool:
        """Wait for a thread that was closed; tell whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def call(self, job: Callable[[], T], what: str, timeout_s: float) -> T:
        """Run a job and return its result.

        Raises:
            LibraryHangsError: It has not returned in time; it may still do so later.
            CameraError: The library failed.
            VizyError: The job itself raised it.
        """
        if self._late:
            raise LibraryHangsError(f"the camera library does not return from '{self._late}'")
        future: Future[T] = Future()
        self._put((job, future))
        try:
            return future.result(timeout_s)
        except TimeoutError as error:
            if future.done():  # the library's own
                raise CameraError(f"{what} failed: {error or 'timed out'}") from error
            self._late = what
            future.add_done_callback(self._came_back)
            raise LibraryHangsError(
                f"{what}: the camera library has not returned within {timeout_s:g} s"
            ) from None
        except VizyError:
            raise
        except Exception as error:
            raise CameraError(f"{what} failed: {error or type(error).__name__}") from error

    def post(self, job: Callable[[], None]) -> None:
        """Run a job some time later, before the next `call`; a failure is only logged."""
        future: Future[None] = Future()
        future.add_done_callback(_log_failure)
        self._put((job, future))

    def watch(self, descriptor: int, when_readable: Callable[[], None]) -> None:
        """Call a function whenever the descriptor is readable; on this thread only."""
        self._watched = (descriptor, when_readable)
        self._selector.register(descriptor, selectors.EVENT_READ)

    def unwatch(self) -> None:
        """Let the descriptor go, before it is closed; on this thread only."""
        if self._watched is not None:
            self._selector.unregister(self._watched[0])
            self._watched = None

    def close(self, timeout_s: float) -> bool:
        """End the thread after the jobs that wait; tell whether it ended in time."""
        self._put(None)
        return self.ends_within(0 if self._late else timeout_s)

    def _came_back(self, _: "Future[Any]") -> None:
        _logger.warning("the camera library came back from '%s'", self._late)
        self._late = ""

    def _put(self, job: _Job | None) -> None:
        with self._lock:
            if self._has_ended:
                raise CameraError("the camera is being closed: open it again")
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                text = f"the camera library leaves {_MOST_WAITING} jobs waiting"
                raise LibraryHangsError(text) from None
            os.write(self._wake, _ONE)

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            with self._lock:
                self._has_ended = True
                self._selector.close()
                os.close(self._wake)

    def _turn(self) -> bool:
        """Wait for something to do and do it; tell whether there may be more."""
        readable = {key.fd for key, _ in self._selector.select()}
        if self._wake in readable:
            os.read(self._wake, 8)
            while not self._jobs.empty():
                item = self._jobs.get_nowait()
                if item is None:
                    return False
                _perform(*item)
        if self._watched is not None and self._watched[0] in readable:
            self._watched[1]()
        return True


def _perform(job: Callable[[], Any], future: "Future[Any]") -> None:
    try:
        future.set_result(job())
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is for who asked
        future.set_exception(error)


def _log_failure(future: "Future[None]") -> None:
    if (error := future.exception()) is not None:
        _logger.warning("a frame could not be given back to the camera: %s", error)
