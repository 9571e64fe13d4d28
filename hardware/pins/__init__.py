"""What is wired to the GPIO pins: a lamp, a status LED, the shutter button, a fan."""

from hardware.pins.gpio import open_factory
from hardware.pins.indicate import indicate
from hardware.pins.off import switch_off
from hardware.pins.pins import Pins
from hardware.pins.press import Press
from vizy.pins import Meaning, PinsState, PinState
from vizy.settings.pins import PinSettings

__all__ = [
    "Meaning",
    "PinSettings",
    "PinState",
    "Pins",
    "PinsState",
    "Press",
    "indicate",
    "open_factory",
    "switch_off",
]
