"""`PressDetector`: short and long presses out of the edges of a bouncing contact.

No I/O, no thread, no clock: edges and time are given. Edges may be given late, as long as they are
in order: what counts is when they were.
"""

import math
from typing import Literal

Press = Literal["short", "long"]


class PressDetector:
    """One button.

    Args:
        debounce_s: The contact counts as closed or open once it has been so for so long.
        hold_s: A press that lasts so long is a long one, told while it lasts; a shorter one is
            told when the button is let go.
    """

    def __init__(self, debounce_s: float, hold_s: float) -> None:
        self._debounce_s = debounce_s
        self._hold_s = hold_s
        self._is_closed = False  # as the last edge said
        self._edge_at = -math.inf
        self._pressed_at: float | None = None  # once it is settled that it is pressed
        self._is_told = False

    def edge(self, is_closed: bool, at: float) -> list[Press]:
        """Take an edge.

        Args:
            is_closed: The contact from now on.
            at: When it was, in monotonic seconds.

        Returns:
            The presses that have become sure by then.
        """
        found = self.advance(at)
        self._is_closed = is_closed
        self._edge_at = at
        return found

    def advance(self, now: float) -> list[Press]:
        """Let time pass.

        Returns:
            The presses that have become sure by now.
        """
        found: list[Press] = []
        settled_at = self._edge_at + self._debounce_s
        is_settled = now >= settled_at
        if self._is_closed and self._pressed_at is None and is_settled:
            self._pressed_at = self._edge_at
            self._is_told = False
        if self._pressed_at is None:
            return found
        held_until = now if self._is_closed else self._edge_at
        if not self._is_told and held_until >= self._pressed_at + self._hold_s:
            self._is_told = True
            found.append("long")
        if not self._is_closed and is_settled:
            if not self._is_told:
                found.append("short")
            self._pressed_at = None
        return found

    def due_s(self, now: float) -> float:
        """Return in how many seconds time alone may decide something; infinity for never."""
        is_pressed = self._pressed_at is not None
        waits: list[float] = []
        if self._is_closed != is_pressed:
            waits.append(self._edge_at + self._debounce_s)
        if self._pressed_at is not None and self._is_closed and not self._is_told:
            waits.append(self._pressed_at + self._hold_s)
        return max(min(waits, default=math.inf) - now, 0.0)
