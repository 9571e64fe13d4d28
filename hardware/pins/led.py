"""`StatusLed`: what the device does, readable from across the room.

On the thread that owns the pins, which calls `step` when it is due: the LED has no thread.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from hardware.pins.gpio import Output
from vizy.pins import Meaning

Colour = tuple[int, int, int]
_DARK: Colour = (0, 0, 0)
_RED: Colour = (1, 0, 0)
_GREEN: Colour = (0, 1, 0)
_YELLOW: Colour = (1, 1, 0)
_MAGENTA: Colour = (1, 0, 1)


class Step(NamedTuple):
    """A moment of a pattern: an LED of one colour is lit or not, one of three has a colour."""

    is_lit: bool
    colour: Colour
    seconds: float


PATTERNS: dict[Meaning, tuple[Step, ...]] = {
    "off": (Step(False, _DARK, math.inf),),
    "booting": (Step(True, _YELLOW, 1.0), Step(False, _DARK, 1.0)),
    "running": (Step(True, _GREEN, math.inf),),
    "client": (
        Step(True, _GREEN, 2.6),
        Step(False, _MAGENTA, 0.12),
        Step(True, _GREEN, 0.16),
        Step(False, _MAGENTA, 0.12),
    ),
    "error": (Step(True, _RED, 0.12), Step(False, _DARK, 0.12)),
}


class StatusLed:
    """One LED of one or three colours.

    Args:
        outputs: One, or red, green and blue.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        assert len(outputs) in (1, len(_DARK))
        self._outputs = tuple(outputs)
        self.meaning: Meaning = "off"
        self._position = 0
        self._until = -math.inf

    def show(self, meaning: Meaning) -> None:
        """Start another pattern at the next step; the one that is shown already goes on."""
        if meaning != self.meaning:
            self.meaning = meaning
            self._position = -1
            self._until = -math.inf

    def step(self, now: float) -> float:
        """Do what is due.

        Args:
            now: Monotonic seconds.

        Returns:
            In how many seconds the next step is due; infinity for never.
        """
        if now >= self._until:
            pattern = PATTERNS[self.meaning]
            self._position = (self._position + 1) % len(pattern)
            step = pattern[self._position]
            self._light(step)
            self._until = now + step.seconds
        return self._until - now

    def close(self) -> None:
        """Switch it off and give the pins back."""
        for output in self._outputs:
            output.value = 0
            output.close()

    def _light(self, step: Step) -> None:
        values = (int(step.is_lit),) if len(self._outputs) == 1 else step.colour
        for output, value in zip(self._outputs, values, strict=True):
            output.value = value
