"""`Pins`: lamp, status LED, shutter button and fan, and the one thread that owns them.

Runs on the daemon's loop; the `Board` and the functions named ``_on_thread_...`` run on the owner's
thread. Nothing here keeps the daemon from working: what cannot be opened is reported as not
available, and why.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

import msgspec

from hardware.pins.board import Board
from hardware.pins.gpio import PinFactory
from hardware.pins.illuminator import duty_of
from hardware.pins.led import PATTERNS
from hardware.pins.press import Press
from hardware.worker import DeviceWorker, Values, WorkerStatus
from vizy.controls import scalar
from vizy.errors import DeviceError, NotPossibleError, SettingsError, VizyError
from vizy.pins import Meaning, PinsState, PinState
from vizy.settings.pins import PinSettings

_logger = logging.getLogger(__name__)
_OPEN_DEADLINE_S = 10.0
_CLOSE_DEADLINE_S = 3.0
_NEVER_S = 1e6  # a stuck GPIO chip is no reason to end the daemon
_LEVEL, _MEANING = "IlluminatorLevel", "LedMeaning"
_MEANINGS = tuple(PATTERNS)  # a written value is a number


class Pins:
    """Everything on the GPIO pins.

    Args:
        settings: What is connected.
        open_chip: Opens the GPIO chip; on the owner's thread. Tests give a mock one.
        publish: Told the section on the loop whenever it has changed.
        on_press: Told of each press of the button, on the button's thread.
        clock: Monotonic seconds.

    Raises:
        SettingsError: The fan's temperatures are not in order.
    """

    def __init__(
        self,
        settings: PinSettings,
        open_chip: Callable[[], PinFactory],
        publish: Callable[[PinsState], object],
        on_press: Callable[[Press], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not settings.fan_off_c < settings.fan_on_c < settings.fan_full_c:
            raise SettingsError(
                f"pins.fan_off_c={settings.fan_off_c:g}, fan_on_c={settings.fan_on_c:g} and "
                f"fan_full_c={settings.fan_full_c:g} are refused: each must be above the one before"
            )
        self._settings = settings
        self._publish = publish
        self._state = PinsState()
        self._is_open = False
        self._board = Board(settings, open_chip, on_press, self._on_thread_duty, clock)
        self._worker = DeviceWorker(
            "pins",
            write=self._on_thread_write,
            idle=self._board.step,
            on_status=self._status,
            on_dead=_logger.error,
            watchdog_s=_NEVER_S,
        )

    @property
    def state(self) -> PinsState:
        """The section as it is now."""
        return self._state

    async def open(self) -> None:
        """Open what the settings name; what cannot be opened is in the state, with the reason."""
        settings = self._settings
        if settings.button_pin is None and not settings.outputs:
            return
        self._loop = asyncio.get_running_loop()
        self._worker.start()
        self._is_open = True
        try:
            opened = await self._worker.run(self._board.open, "open", _OPEN_DEADLINE_S)
        except DeviceError as error:
            opened = self._all_unavailable(str(error))
        self._change(opened)

    async def set_illuminator(self, level: float) -> PinsState:
        """Light the lamp; of several calls that wait the last one counts.

        Args:
            level: 0 to 1, in steps that look even.

        Returns:
            The section that holds it.

        Raises:
            InvalidValueError: The level is outside.
            NotPossibleError: There is no lamp.
            DeviceError: Its pin failed.
        """
        duty_of(level)
        self._check_ready("illuminator", self._state.illuminator)
        written = await self._worker.write({_LEVEL: float(level)})
        lamp = PinState(status="ready", value=written)
        self._change(msgspec.structs.replace(self._state, illuminator=lamp))
        return self._state

    async def show(self, meaning: Meaning) -> None:
        """Let the status LED say something; without one, nothing happens."""
        if self._state.led.status == "ready" and meaning != self._state.meaning:
            self._change(msgspec.structs.replace(self._state, meaning=meaning))
            with contextlib.suppress(DeviceError):  # it is logged, and an LED is no reason to fail
                await self._worker.write({_MEANING: _MEANINGS.index(meaning)})

    def feel(self, temp_c: float | None) -> None:
        """Tell the fan how warm the processor is; None when that could not be read."""
        self._board.feel(temp_c)

    async def close(self) -> bool:
        """Switch everything off and give the pins back.

        Returns:
            Whether the owner's thread ended in time.
        """
        if not self._is_open:
            return True
        self._is_open = False
        try:
            await self._worker.run(self._board.close, "close", _CLOSE_DEADLINE_S)
        except VizyError as error:
            _logger.warning("the pins were not switched off: %s", error)
        return await self._worker.close()

    def _change(self, state: PinsState) -> None:
        if state != self._state:
            self._state = state
            self._publish(state)

    def _change_fan(self, duty: float) -> None:
        fan = msgspec.structs.replace(self._state.fan, value=duty)
        self._change(msgspec.structs.replace(self._state, fan=fan))

    def _check_ready(self, name: str, pin: PinState) -> None:
        if pin.status == "unset":
            raise NotPossibleError(
                f"there is no {name}: set pins.{name}_pin to the pin it is wired to"
            )
        if pin.status == "unavailable":
            raise DeviceError(f"the {name} is not available: {pin.reason}")

    def _all_unavailable(self, reason: str) -> PinsState:
        settings = self._settings

        def state(is_set: bool) -> PinState:
            return PinState(status="unavailable", reason=reason) if is_set else PinState()

        return PinsState(
            illuminator=state(settings.illuminator_pin is not None),
            led=state(bool(settings.led_pins)),
            button=state(settings.button_pin is not None),
            fan=state(settings.fan_pin is not None),
        )

    def _status(self, status: WorkerStatus, reason: str) -> None:
        """Take no notice: the worker logs it, and each call that waits fails by itself."""

    def _on_thread_write(self, values: Values) -> float:
        """Write what is asked for; return the lamp's level."""
        if (meaning := values.get(_MEANING)) is not None:
            self._board.show(_MEANINGS[int(scalar(meaning))])
        level = values.get(_LEVEL)
        return 0.0 if level is None else self._board.light(scalar(level))

    def _on_thread_duty(self, duty: float) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._change_fan, duty)
