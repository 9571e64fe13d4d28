"""`Board`: the things on the pins, opened, driven and switched off on the thread that owns them.

`hardware.pins.pins.Pins` calls it; nothing here knows of an event loop. What cannot be opened is
reported and stops nothing else.
"""

import atexit
import logging
import math
import time
from collections.abc import Callable

from hardware.pins.button import ShutterButton
from hardware.pins.fan import Fan, FanCurve
from hardware.pins.gpio import Output, PinFactory, open_output, open_pwm
from hardware.pins.illuminator import Illuminator
from hardware.pins.led import StatusLed
from hardware.pins.press import Press
from vizy.errors import DeviceError
from vizy.pins import Meaning, PinsState, PinState
from vizy.settings.pins import PinSettings

_logger = logging.getLogger(__name__)
_FAN_INTERVAL_S = 1.0


class Board:
    """Lamp, status LED, shutter button and fan.

    Args:
        settings: What is connected.
        open_chip: Opens the GPIO chip.
        on_press: Told of each press of the button, on the button's thread.
        on_duty: Told when the fan's duty changes, on the owner's thread.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        settings: PinSettings,
        open_chip: Callable[[], PinFactory],
        on_press: Callable[[Press], None],
        on_duty: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._open_chip = open_chip
        self._on_press = on_press
        self._on_duty = on_duty
        self._clock = clock
        self._factory: PinFactory | None = None
        self._lamp: Illuminator | None = None
        self._led: StatusLed | None = None
        self._button: ShutterButton | None = None
        self._fan: Fan | None = None
        self._temp: tuple[float | None, float] | None = None
        self._is_fault_told = False

    def open(self) -> PinsState:
        """Open what the settings name.

        Returns:
            What is available, and why not where it is not.

        Raises:
            DeviceError: There is no GPIO chip, or nothing to reach it with.
        """
        settings = self._settings
        self._factory = self._open_chip()
        atexit.register(self.close)  # the last resort of a process that ends unasked
        return PinsState(
            illuminator=self._try(settings.illuminator_pin, self._open_lamp),
            led=self._try(settings.led_pins or None, self._open_led),
            button=self._try(settings.button_pin, self._open_button),
            fan=self._try(settings.fan_pin, self._open_fan),
            meaning="booting" if self._led is not None else "off",
        )

    def light(self, level: float) -> float:
        """Set the lamp's level, 0 to 1; return it.

        Raises:
            DeviceError: The pin failed.
        """
        if self._lamp is None:
            raise DeviceError("the illuminator is being closed")
        try:
            self._lamp.set(level)
        except Exception as error:  # gpiozero, lgpio and the kernel each raise their own
            raise DeviceError(f"the illuminator failed: {error}") from error
        return self._lamp.level

    def show(self, meaning: Meaning) -> None:
        """Let the status LED say something, from the next `step` on."""
        if self._led is not None:
            self._led.show(meaning)

    def feel(self, temp_c: float | None) -> None:
        """Tell the fan a temperature for its next step; on any thread."""
        self._temp = (temp_c, self._clock())

    def step(self) -> float:
        """Do what is due.

        Returns:
            In how many seconds it wants to be called again; infinity for after the next change.
        """
        due_s = math.inf
        try:
            if self._led is not None:
                due_s = self._led.step(self._clock())
            if self._fan is not None:
                self._turn(self._fan)
                due_s = min(due_s, _FAN_INTERVAL_S)
        except Exception:
            if not self._is_fault_told:
                _logger.exception("the pins failed; tried again every second")
                self._is_fault_told = True
            due_s = _FAN_INTERVAL_S
        return due_s

    def close(self) -> None:
        """Switch everything off and give the pins back; on whichever thread is left."""
        atexit.unregister(self.close)
        parts = (self._lamp, self._led, self._button, self._fan, self._factory)
        self._lamp = self._led = self._button = self._fan = self._factory = None
        for part in parts:
            if part is not None:
                _end(part.close)

    def _turn(self, fan: Fan) -> None:
        if (temp := self._temp) is not None:
            fan.feel(*temp)
        before = fan.duty
        if fan.step(self._clock()) != before:
            self._on_duty(fan.duty)

    def _try(self, pin: object, open_it: Callable[[PinFactory], PinState]) -> PinState:
        assert self._factory is not None
        if pin is None:
            return PinState()
        try:
            return open_it(self._factory)
        except DeviceError as error:
            _logger.warning("not available: %s", error)
            return PinState(status="unavailable", reason=str(error))

    def _open_lamp(self, factory: PinFactory) -> PinState:
        settings = self._settings
        assert settings.illuminator_pin is not None
        output = open_pwm(
            factory,
            settings.illuminator_pin,
            frequency_hz=settings.illuminator_hz,
            active_low=settings.illuminator_active_low,
        )
        self._lamp = Illuminator(output)
        return PinState(status="ready", value=0.0)

    def _open_led(self, factory: PinFactory) -> PinState:
        outputs: list[Output] = []
        try:
            for pin in self._settings.led_pins:
                outputs.append(open_output(factory, pin, active_low=self._settings.led_active_low))
        except DeviceError:
            for output in outputs:
                output.close()
            raise
        self._led = StatusLed(outputs)
        self._led.show("booting")
        return PinState(status="ready")

    def _open_button(self, factory: PinFactory) -> PinState:
        settings = self._settings
        assert settings.button_pin is not None
        self._button = ShutterButton(
            factory,
            settings.button_pin,
            self._on_press,
            debounce_s=settings.button_debounce_s,
            hold_s=settings.button_hold_s,
        )
        return PinState(status="ready")

    def _open_fan(self, factory: PinFactory) -> PinState:
        settings = self._settings
        assert settings.fan_pin is not None
        output = open_pwm(factory, settings.fan_pin, frequency_hz=settings.fan_hz)
        curve = FanCurve(
            on_c=settings.fan_on_c,
            off_c=settings.fan_off_c,
            full_c=settings.fan_full_c,
            least=settings.fan_least,
        )
        self._fan = Fan(output, curve, self._clock())
        return PinState(status="ready", value=0.0)


def _end(close: Callable[[], None]) -> None:
    try:
        close()
    except Exception:
        _logger.exception("a pin could not be switched off")
