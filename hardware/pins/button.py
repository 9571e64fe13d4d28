"""`ShutterButton`: watches the button and tells of presses on a thread of its own.

gpiozero's thread only notes an edge and goes on; the callback may take its time without an edge
being missed.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from hardware.pins.gpio import Input, PinFactory, open_input
from hardware.pins.press import Press, PressDetector

_logger = logging.getLogger(__name__)
_MOST_EDGES = 64
_JOIN_S = 1.0


class ShutterButton:
    """One button between a pin and ground.

    Args:
        factory: The GPIO chip.
        pin: Its number.
        on_press: Told of each press, on the button's thread.
        debounce_s: How long the contact must be still to count.
        hold_s: From where on a press is a long one.
        clock: Monotonic seconds.

    Raises:
        DeviceError: The pin cannot be watched.
    """

    def __init__(
        self,
        factory: PinFactory,
        pin: int,
        on_press: Callable[[Press], None],
        *,
        debounce_s: float,
        hold_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_press = on_press
        self._clock = clock
        self._detector = PressDetector(debounce_s, hold_s)
        self._news = threading.Condition()
        self._edges: deque[tuple[bool, float]] = deque(maxlen=_MOST_EDGES)  # drops the oldest
        self._is_closed = False
        self._input: Input = open_input(factory, pin, self._note)
        self._thread = threading.Thread(target=self._own, name="vizy-button", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; a callback that is still running is waited for a moment."""
        self._input.close()
        with self._news:
            self._is_closed = True
            self._news.notify()
        self._thread.join(_JOIN_S)

    def _note(self, is_pressed: bool) -> None:
        """Take an edge; on gpiozero's thread."""
        with self._news:
            self._edges.append((is_pressed, self._clock()))
            self._news.notify()

    def _own(self) -> None:
        while (edges := self._wait()) is not None:
            for is_pressed, at in edges:
                self._tell(self._detector.edge(is_pressed, at))
            self._tell(self._detector.advance(self._clock()))

    def _wait(self) -> list[tuple[bool, float]] | None:
        """Return the edges that came; none once time has decided; None at the end."""
        with self._news:
            if not self._edges and not self._is_closed:
                due_s = self._detector.due_s(self._clock())
                self._news.wait(min(due_s, threading.TIMEOUT_MAX))
            if self._is_closed:
                return None
            edges = list(self._edges)
            self._edges.clear()
            return edges

    def _tell(self, presses: list[Press]) -> None:
        for press in presses:
            try:
                self._on_press(press)
            except Exception:
                _logger.exception("a %s press of the button came to nothing", press)
