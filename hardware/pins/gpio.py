"""The only file that touches gpiozero: opening the GPIO chip, an output, an input.

gpiozero is optional (extra ``pi``) and has no types, so it is imported when the first pin is needed
and behind three small protocols. All calls are made on the thread that owns the pins; the handlers
of an input run on a thread of gpiozero's or lgpio's.

lgpio keeps a named pipe in its working folder and makes that folder the process's own, so it is
given one that can be written (``LG_WD``); paths in the daemon are absolute and do not mind.
"""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from vizy.errors import DeviceError

T = TypeVar("T")


class PinFactory(Protocol):
    """gpiozero's access to a GPIO chip, real or mock."""

    def close(self) -> None:
        """Give every pin back."""
        ...


class Output(Protocol):
    """A pin that is driven: 0 is off, 1 is on; between them with pulse-width modulation only."""

    value: float

    def close(self) -> None:
        """Give the pin back; it becomes an input."""
        ...


class Input(Protocol):
    """A pin that is watched."""

    def close(self) -> None:
        """Stop watching it."""
        ...


def open_factory(scratch: Path) -> PinFactory:
    """Open the GPIO chip through lgpio.

    Args:
        scratch: A folder that can be written, for lgpio's pipe.

    Raises:
        DeviceError: gpiozero or lgpio is not installed, or there is no GPIO chip that this user
            may open; the text says which.
    """
    os.environ.setdefault("LG_WD", str(scratch))
    try:
        lgpio = importlib.import_module("gpiozero.pins.lgpio")
    except ImportError as error:
        raise DeviceError(f"{error}: install python3-gpiozero and python3-lgpio") from error
    return _checked("the GPIO chip cannot be opened", lgpio.LGPIOFactory)


def open_output(factory: PinFactory, pin: int, *, active_low: bool = False) -> Output:
    """Drive a pin on or off; it is off at first.

    Raises:
        DeviceError: The pin does not exist or is in use.
    """
    return _checked(
        f"GPIO{pin} cannot be driven",
        lambda: _gpiozero().DigitalOutputDevice(
            pin, active_high=not active_low, initial_value=False, pin_factory=factory
        ),
    )


def open_pwm(
    factory: PinFactory, pin: int, *, frequency_hz: int, active_low: bool = False
) -> Output:
    """Drive a pin with pulse-width modulation; it is off at first.

    Raises:
        DeviceError: The pin does not exist, is in use or cannot do it.
    """
    return _checked(
        f"GPIO{pin} cannot be driven",
        lambda: _gpiozero().PWMOutputDevice(
            pin,
            active_high=not active_low,
            initial_value=0,
            frequency=frequency_hz,
            pin_factory=factory,
        ),
    )


def open_input(factory: PinFactory, pin: int, on_edge: Callable[[bool], None]) -> Input:
    """Watch a pin that a contact pulls to ground.

    Args:
        on_edge: Told at each edge whether the contact is closed, on a foreign thread; it must
            return at once. Contacts bounce: so does this.

    Raises:
        DeviceError: The pin does not exist or is in use.
    """

    def watch() -> Any:
        device = _gpiozero().DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
        device.when_activated = lambda: on_edge(True)
        device.when_deactivated = lambda: on_edge(False)
        return device

    return _checked(f"GPIO{pin} cannot be watched", watch)


def _gpiozero() -> Any:
    return importlib.import_module("gpiozero")


def _checked(what: str, call: Callable[[], T]) -> T:
    try:
        return call()
    except Exception as error:  # gpiozero, lgpio and the kernel each raise their own
        raise DeviceError(f"{what}: {error}") from error
