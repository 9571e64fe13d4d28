"""`Illuminator`: a lamp whose level looks even to the eye. On the thread that owns the pins."""

from hardware.pins.gpio import Output
from vizy.errors import InvalidValueError

_GAMMA = 2.2


def duty_of(level: float) -> float:
    """Return the share of time the lamp is on for a level that the eye sees as even steps.

    Args:
        level: 0 to 1.

    Raises:
        InvalidValueError: It is outside.
    """
    if not 0 <= level <= 1:
        raise InvalidValueError(f"level={level} is refused: the illuminator takes 0 to 1")
    return level**_GAMMA


class Illuminator:
    """One lamp; off until it is told otherwise."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.level = 0.0

    def set(self, level: float) -> None:
        """Light it.

        Args:
            level: 0 to 1, as the eye sees it.
        """
        self._output.value = duty_of(level)
        self.level = level

    def close(self) -> None:
        """Switch it off and give the pin back."""
        self._output.value = 0
        self._output.close()
