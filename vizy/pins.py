"""The section ``pins`` of the state. Immutable, used on any thread, no I/O."""

from typing import Literal

import msgspec

PinStatus = Literal["unset", "ready", "unavailable"]
Meaning = Literal["off", "booting", "running", "client", "error"]


class PinState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing on the pins.

    Attributes:
        status: ``unset`` where the settings name no pin for it.
        reason: Why it is not available.
        value: 0 to 1: the lamp's level, the fan's duty; None where there is none.
    """

    status: PinStatus = "unset"
    reason: str = ""
    value: float | None = None


class PinsState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything on the pins, and what the status LED says."""

    illuminator: PinState = PinState()
    led: PinState = PinState()
    meaning: Meaning = "off"
    button: PinState = PinState()
    fan: PinState = PinState()
