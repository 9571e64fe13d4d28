"""The section ``pins`` of the settings: what is wired to which GPIO. Immutable, no I/O.

Numbers are Broadcom's, as in GPIO18, not those of the header. A pin that is not given is not used.
"""

from typing import Annotated

from msgspec import Meta, Struct

_Pin = Annotated[int, Meta(ge=0, le=27)]
_Celsius = Annotated[float, Meta(ge=0, le=120)]
_Share = Annotated[float, Meta(ge=0, le=1)]


class PinSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is connected.

    Attributes:
        illuminator_pin: Switches a lamp through a transistor.
        illuminator_hz: Frequency of its pulse-width modulation; a multiple of the picture's rate
            flickers least.
        illuminator_active_low: Whether a low pin lights it.
        led_pin: A status LED of one colour.
        led_red_pin: With the next two: a status LED of three colours, in place of ``led_pin``.
        led_green_pin: See ``led_red_pin``.
        led_blue_pin: See ``led_red_pin``.
        led_active_low: Whether a low pin lights it.
        button_pin: The shutter button, to ground.
        button_debounce_s: A contact counts once it has been still for so long.
        button_hold_s: From here on a press is a long one.
        fan_pin: Switches a fan through a transistor, or its PWM wire.
        fan_hz: Frequency of its pulse-width modulation.
        fan_on_c: The processor's temperature at which the fan starts ...
        fan_off_c: ... at which it stops ...
        fan_full_c: ... and at which it runs at full speed.
        fan_least: The lowest duty that starts it, 0 to 1.
    """

    illuminator_pin: _Pin | None = None
    illuminator_hz: Annotated[int, Meta(ge=50, le=10_000)] = 1000
    illuminator_active_low: bool = False
    led_pin: _Pin | None = None
    led_red_pin: _Pin | None = None
    led_green_pin: _Pin | None = None
    led_blue_pin: _Pin | None = None
    led_active_low: bool = False
    button_pin: _Pin | None = None
    button_debounce_s: Annotated[float, Meta(ge=0.001, le=0.5)] = 0.03
    button_hold_s: Annotated[float, Meta(ge=0.2, le=10)] = 0.8
    fan_pin: _Pin | None = None
    fan_hz: Annotated[int, Meta(ge=10, le=10_000)] = 100
    fan_on_c: _Celsius = 62.0
    fan_off_c: _Celsius = 54.0
    fan_full_c: _Celsius = 76.0
    fan_least: _Share = 0.35

    @property
    def led_pins(self) -> tuple[int, ...]:
        """The status LED's pins: none, one, or red, green and blue."""
        colours = (self.led_red_pin, self.led_green_pin, self.led_blue_pin)
        given = tuple(pin for pin in colours if pin is not None)
        if len(given) == len(colours):
            return given
        return () if self.led_pin is None else (self.led_pin,)

    @property
    def outputs(self) -> tuple[tuple[int, bool], ...]:
        """Every pin that is driven, and whether it is on when low."""
        found = [(pin, self.led_active_low) for pin in self.led_pins]
        if self.illuminator_pin is not None:
            found.append((self.illuminator_pin, self.illuminator_active_low))
        if self.fan_pin is not None:
            found.append((self.fan_pin, False))
        return tuple(found)
