"""`MovementWatcher`: looks for movement in the live frames, on a thread of its own.

The camera's thread offers; the newest frame waits and takes the place of one that still does. Ten
frames a second are looked at, however many come: nothing that matters is over sooner, and a small
Pi has other work.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable

from hardware.camera.base import Frame
from hardware.video.movement import MovementDetector

_logger = logging.getLogger(__name__)
_INTERVAL_NS = 95_000_000  # a little under the tenth of a second between frames of 10/s


class MovementWatcher:
    """Tells when something moved; made on the loop that is told.

    Args:
        detector: Judges.
        on_movement: Told on the loop the timestamp of each frame in which something moves.
        on_dead: Told on the loop when it cannot go on.
    """

    def __init__(
        self,
        detector: MovementDetector,
        on_movement: Callable[[int], None],
        on_dead: Callable[[str], None],
    ) -> None:
        self._detector = detector
        self._on_movement = on_movement
        self._on_dead = on_dead
        self._loop = asyncio.get_running_loop()
        self._slot: Frame | None = None
        self._has_ended = False
        self._looked_ns: int | None = None
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="vizy-movement", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Take the newest frame; from the camera's thread."""
        last = self._looked_ns
        if last is not None and 0 <= frame.timestamp_ns - last < _INTERVAL_NS:
            return
        self._looked_ns = frame.timestamp_ns
        with self._turn:
            self._slot = frame
            self._turn.notify()

    def end(self) -> None:
        """Look no more; the thread ends by itself."""
        with self._turn:
            self._has_ended = True
            self._turn.notify()

    def _run(self) -> None:
        try:
            while (frame := self._take()) is not None:
                if self._detector.look(frame.pixels, frame.timestamp_ns):
                    self._tell(self._on_movement, frame.timestamp_ns)
                del frame  # not kept while the next one is waited for
        except Exception as error:
            _logger.exception("the watch for movement broke")
            self._tell(self._on_dead, f"the watch for movement broke, see the log: {error!r}")

    def _take(self) -> Frame | None:
        with self._turn:
            self._turn.wait_for(lambda: self._has_ended or self._slot is not None)
            frame, self._slot = self._slot, None
            return None if self._has_ended else frame

    def _tell(self, call: Callable[..., None], word: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody is left to be told
            self._loop.call_soon_threadsafe(call, word)
