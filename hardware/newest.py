"""`NewestFrame`: a thread that works on frames offered by the camera's thread, always the newest.

One frame waits at most and a newer one takes its place: work that is too slow skips frames, never
falls behind, and never holds the camera up. With nothing offered it does nothing.
"""

import logging
import threading
import time
from collections.abc import Callable

from hardware.camera.base import Frame

_logger = logging.getLogger(__name__)


class NewestFrame:
    """Runs one piece of work on a thread of its own.

    Args:
        name: Of the work, for the thread and for texts.
        work: What is done with a frame; on this thread.
        on_dead: Called on this thread when the work raised, and is not done any more.
    """

    def __init__(
        self, name: str, work: Callable[[Frame], None], on_dead: Callable[[str], None]
    ) -> None:
        self._name = name
        self._work = work
        self._on_dead = on_dead
        self._waiting: Frame | None = None
        self._is_closed = False
        self._began: float | None = None  # the thread's
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"vizy-{name}", daemon=True)

    @property
    def busy_s(self) -> float:
        """For how long it works on one frame by now; 0 between frames. On any thread."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Take a frame, in place of one that still waits; from the camera's thread, never waits."""
        with self._turn:
            self._waiting = frame
            self._turn.notify()

    def close(self, timeout_s: float = 1.0) -> bool:
        """Stop the thread after the frame it works on; tell whether it ended in time."""
        with self._turn:
            self._is_closed = True
            self._turn.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (frame := self._take()) is not None:
                self._began = time.monotonic()
                self._work(frame)
                self._began = None
                del frame  # not kept while the next one is waited for
        except Exception as error:
            _logger.exception("the %s died", self._name)
            self._on_dead(f"the {self._name} died: {error}")

    def _take(self) -> Frame | None:
        with self._turn:
            self._turn.wait_for(lambda: self._is_closed or self._waiting is not None)
            frame, self._waiting = self._waiting, None
            return None if self._is_closed else frame
