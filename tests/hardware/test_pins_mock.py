"""The pins as a whole, on gpiozero's own mock of a GPIO chip."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from hardware.pins import (
    Meaning,
    Pins,
    PinSettings,
    PinsState,
    PinState,
    Press,
    indicate,
    open_factory,
    switch_off,
)
from hardware.pins.button import ShutterButton
from tests.hardware.states import first_store
from vizy.errors import DeviceError, InvalidValueError, NotPossibleError, SettingsError

LAMP, LED, BUTTON, FAN = 18, 17, 27, 13
ALL = PinSettings(
    illuminator_pin=LAMP,
    led_pin=LED,
    button_pin=BUTTON,
    fan_pin=FAN,
    button_debounce_s=0.005,
    button_hold_s=10.0,
)


class Bench:
    """Pins on a mock chip, and what they told."""

    def __init__(self, settings: PinSettings = ALL, pin_class: type[MockPin] = MockPWMPin) -> None:
        self.chip = MockFactory(pin_class=pin_class)
        self.told: list[PinsState] = []
        self.presses: list[tuple[Press, str]] = []
        self.pressed = threading.Semaphore(0)
        self.news = asyncio.Event()
        self.pins = Pins(settings, lambda: self.chip, self.tell, self.press)

    def tell(self, state: PinsState) -> None:
        self.told.append(state)
        self.news.set()

    def press(self, press: Press) -> None:
        self.presses.append((press, threading.current_thread().name))
        self.pressed.release()

    def level(self, pin: int) -> float:
        return self.chip.pin(pin).state

    def written(self, pin: int) -> list[float]:
        return [state.state for state in self.chip.pin(pin).states]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not is_so():  # noqa: ASYNC110 -- a mock pin tells nobody
                await asyncio.sleep(0.005)


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def build(*arguments: Any) -> Bench:
        benches.append(Bench(*arguments))
        return benches[-1]

    yield build
    for bench in benches:
        assert await bench.pins.close()


async def test_all_pins_open_and_the_lamp_is_off(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    state = bench.pins.state
    assert state == bench.told[-1]
    assert [pin.status for pin in (state.illuminator, state.led, state.button, state.fan)] == [
        "ready"
    ] * 4
    assert state.illuminator.value == state.fan.value == 0
    assert bench.level(LAMP) == 0
    assert bench.chip.pin(LAMP).frequency == 1000


async def test_the_lamp_shines_with_a_corrected_duty(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    state = await bench.pins.set_illuminator(0.5)
    assert state.illuminator.value == bench.told[-1].illuminator.value == 0.5
    assert bench.level(LAMP) == pytest.approx(0.5**2.2)


async def test_of_many_levels_at_once_the_last_one_counts(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    await asyncio.gather(*(bench.pins.set_illuminator(step / 100) for step in range(101)))
    assert bench.level(LAMP) == 1
    assert bench.pins.state.illuminator.value == 1
    assert len(bench.written(LAMP)) < 50


async def test_a_lamp_that_is_on_when_low_starts_dark(make: Callable[..., Bench]) -> None:
    bench = make(PinSettings(illuminator_pin=LAMP, illuminator_active_low=True))
    await bench.pins.open()
    assert bench.level(LAMP) == 1
    await bench.pins.set_illuminator(1.0)
    assert bench.level(LAMP) == 0


async def test_a_level_outside_is_refused_and_changes_nothing(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    with pytest.raises(InvalidValueError, match="level=2"):
        await bench.pins.set_illuminator(2)
    assert bench.level(LAMP) == 0


async def test_everything_is_off_after_close(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    await bench.pins.set_illuminator(1.0)
    await bench.pins.show("running")
    for pin in (LAMP, LED):
        bench.chip.pin(pin).clear_states()
    await bench.pins.close()
    for pin in (LAMP, LED):
        assert bench.written(pin)[-1] == 0
        assert bench.chip.pin(pin).function == "input"


async def test_the_led_blinks_while_booting_and_is_steady_when_running(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    await bench.pins.open()
    assert bench.pins.state.meaning == "booting"
    await bench.until(lambda: bench.written(LED)[-2:] == [1, 0])
    await bench.pins.show("running")
    await bench.until(lambda: bench.level(LED) == 1)
    assert bench.told[-1].meaning == "running"


async def test_an_led_of_three_colours_is_green_when_all_is_well(
    make: Callable[..., Bench],
) -> None:
    bench = make(PinSettings(led_red_pin=5, led_green_pin=6, led_blue_pin=7))
    await bench.pins.open()
    await bench.pins.show("running")
    await bench.until(lambda: [bench.level(pin) for pin in (5, 6, 7)] == [0, 1, 0])


async def test_a_short_press_is_told_on_a_thread_of_its_own(make: Callable[..., Bench]) -> None:
    bench = make()
    await bench.pins.open()
    bench.chip.pin(BUTTON).drive_low()
    await asyncio.sleep(0.02)  # longer than the debounce time
    bench.chip.pin(BUTTON).drive_high()
    assert await asyncio.to_thread(bench.pressed.acquire, timeout=20)
    assert bench.presses == [("short", "vizy-button")]


async def test_a_long_press_is_told_while_the_button_is_down(make: Callable[..., Bench]) -> None:
    bench = make(PinSettings(button_pin=BUTTON, button_debounce_s=0.005, button_hold_s=0.2))
    await bench.pins.open()
    bench.chip.pin(BUTTON).drive_low()
    assert await asyncio.to_thread(bench.pressed.acquire, timeout=20)
    assert bench.presses == [("long", "vizy-button")]


def test_a_callback_that_takes_its_time_blocks_nobody_and_no_press_is_lost() -> None:
    chip = MockFactory(pin_class=MockPWMPin)
    gate, told, entered = threading.Event(), list[Press](), threading.Semaphore(0)

    def slow(press: Press) -> None:
        told.append(press)
        entered.release()
        assert gate.wait(30)

    button = ShutterButton(chip, BUTTON, slow, debounce_s=0.005, hold_s=30)
    for number in range(3):
        chip.pin(BUTTON).drive_low()
        time.sleep(0.02)  # longer than the debounce time
        chip.pin(BUTTON).drive_high()
        if number == 0:
            assert entered.acquire(timeout=20)
        time.sleep(0.02)
    assert told == ["short"]
    gate.set()
    assert entered.acquire(timeout=20)
    assert entered.acquire(timeout=20)
    button.close()
    assert told == ["short", "short", "short"]


def test_a_callback_that_fails_is_logged_and_the_button_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chip = MockFactory(pin_class=MockPWMPin)
    told = threading.Semaphore(0)

    def fail(press: Press) -> None:
        told.release()
        raise RuntimeError("the disk is full")

    button = ShutterButton(chip, BUTTON, fail, debounce_s=0.001, hold_s=0.02)
    for _ in range(2):
        chip.pin(BUTTON).drive_low()
        assert told.acquire(timeout=20)
        chip.pin(BUTTON).drive_high()
        time.sleep(0.02)  # longer than the debounce time
    button.close()
    assert caplog.text.count("came to nothing") == 2


async def test_the_fan_follows_the_temperature_and_the_state_says_so(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    await bench.pins.open()
    bench.pins.feel(80.0)
    await bench.until(lambda: bench.pins.state.fan.value == 1)
    assert bench.level(FAN) == 1
    bench.pins.feel(40.0)
    await bench.until(lambda: bench.pins.state.fan.value == 0)
    assert bench.level(FAN) == 0


async def test_a_lamp_whose_pin_fails_says_so_and_the_led_goes_on(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make()
    await bench.pins.open()

    def fail(value: float) -> None:
        raise OSError(121, "Remote I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.chip.pin(LAMP), "_set_state", fail)
        with pytest.raises(DeviceError, match=r"the illuminator failed: .*Remote I/O error"):
            await bench.pins.set_illuminator(1.0)
    await bench.pins.show("running")
    await bench.until(lambda: bench.level(LED) == 1)
    assert (await bench.pins.set_illuminator(1.0)).illuminator.value == 1


async def test_an_led_that_fails_is_logged_once_and_the_lamp_goes_on(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(PinSettings(led_pin=LED, illuminator_pin=LAMP))
    await bench.pins.open()

    def fail(value: float) -> None:
        raise OSError(121, "Remote I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.chip.pin(LED), "_set_state", fail)
        for meaning in ("error", "running", "error"):
            await bench.pins.show(meaning)
        await bench.until(lambda: "the pins failed" in caplog.text)
        await bench.pins.set_illuminator(1.0)
    assert bench.level(LAMP) == 1
    assert caplog.text.count("the pins failed") == 1


async def test_a_chip_that_hangs_is_not_available_and_the_daemon_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hardware.pins.pins._OPEN_DEADLINE_S", 0.1)
    monkeypatch.setattr("hardware.pins.pins._CLOSE_DEADLINE_S", 0.1)
    gate = threading.Event()

    def hang() -> MockFactory:
        assert gate.wait(30)
        return MockFactory(pin_class=MockPWMPin)

    pins = Pins(PinSettings(led_pin=LED), hang, lambda _: None, lambda _: None)
    await pins.open()
    assert pins.state.led.status == "unavailable"
    assert "did not return within 0.1 s" in pins.state.led.reason
    threading.Timer(0.3, gate.set).start()
    await pins.close()


async def test_the_led_follows_the_state_of_the_device(make: Callable[..., Bench]) -> None:
    bench = make(PinSettings(led_pin=LED))
    await bench.pins.open()
    store = first_store()
    task = asyncio.create_task(indicate(store, bench.pins))
    seen: list[Meaning] = [bench.pins.state.meaning]
    for section, fields, meaning in (
        ("camera", {"status": "ready"}, "running"),
        ("streaming", {"readers": 2}, "client"),
        ("camera", {"status": "stalled"}, "error"),
        ("camera", {"status": "ready"}, "client"),
        ("storage", {"status": "full"}, "error"),
    ):
        store.change(section, **fields)
        await bench.until(lambda meaning=meaning: bench.pins.state.meaning == meaning)
        seen.append(bench.pins.state.meaning)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == ["booting", "running", "client", "error", "client", "error"]


async def test_without_any_pin_in_the_settings_nothing_is_opened(
    make: Callable[..., Bench],
) -> None:
    bench = make(PinSettings())
    await bench.pins.open()
    await bench.pins.show("running")
    bench.pins.feel(99.0)
    assert bench.pins.state == PinsState()
    assert "vizy-pins" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(NotPossibleError, match=r"set pins\.illuminator_pin"):
        await bench.pins.set_illuminator(1.0)


async def test_one_pin_that_fails_stops_no_other(make: Callable[..., Bench]) -> None:
    bench = make(PinSettings(led_pin=LED, illuminator_pin=LED, fan_pin=FAN))
    await bench.pins.open()
    state = bench.pins.state
    assert (state.illuminator.status, state.led.status, state.fan.status) == (
        "ready",
        "unavailable",
        "ready",
    )
    assert state.led.reason.startswith("GPIO17 cannot be driven: ")


async def test_a_pin_without_pulse_width_modulation_is_not_available(
    make: Callable[..., Bench],
) -> None:
    bench = make(ALL, MockPin)
    await bench.pins.open()
    assert bench.pins.state.illuminator.status == "unavailable"
    assert bench.pins.state.led.status == "ready"
    with pytest.raises(DeviceError, match="not available: GPIO18 cannot be driven"):
        await bench.pins.set_illuminator(1.0)


async def no_chip(settings: PinSettings, scratch: Path) -> PinsState:
    pins = Pins(settings, lambda: open_factory(scratch), lambda _: None, lambda _: None)
    await pins.open()
    state = pins.state
    assert await pins.close()
    return state


async def test_without_gpiozero_everything_is_not_available_and_nothing_crashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LG_WD", str(tmp_path))
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", None)
    state = await no_chip(PinSettings(led_pin=LED), tmp_path)
    assert state.led.status == "unavailable"
    assert state.led.reason.endswith(": install python3-gpiozero and python3-lgpio")
    assert state.fan == PinState()


async def test_without_a_gpio_chip_everything_is_not_available_and_nothing_crashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class NoChip:
        @staticmethod
        def LGPIOFactory() -> None:
            raise RuntimeError("can not open gpiochip")

    monkeypatch.setenv("LG_WD", str(tmp_path))
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", NoChip)
    state = await no_chip(ALL, tmp_path)
    for pin in (state.illuminator, state.led, state.button, state.fan):
        assert pin == PinState(
            status="unavailable",
            reason="the GPIO chip cannot be opened: can not open gpiochip",
        )


def test_temperatures_of_the_fan_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SettingsError, match="fan_off_c=70"):
        Bench(PinSettings(fan_off_c=70))


def test_a_daemon_that_ends_by_an_error_leaves_everything_off() -> None:
    script = """
import asyncio, atexit
from gpiozero.pins.mock import MockFactory, MockPWMPin
from hardware.pins import Pins, PinSettings
chip = MockFactory(pin_class=MockPWMPin)
lamp, led = chip.pin(18), chip.pin(17)
atexit.register(lambda: print(bool(lamp.state), bool(led.state), lamp.function, led.function))
async def main():
    pins = Pins(PinSettings(illuminator_pin=18, led_pin=17), lambda: chip, print, print)
    await pins.open()
    await pins.set_illuminator(1.0)
    assert lamp.state == 1
    raise SystemExit(3)
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[-1] == "False False input input"


def test_what_a_killed_daemon_left_on_is_switched_off_afterwards() -> None:
    chip = MockFactory(pin_class=MockPWMPin)
    lamp, led = chip.pin(LAMP), chip.pin(LED)
    for pin, left in ((lamp, 1), (led, 0)):
        pin.function = "output"
        pin.state = left
        pin.clear_states()
    settings = PinSettings(illuminator_pin=LAMP, led_pin=LED, led_active_low=True)
    assert switch_off(settings, lambda: chip) == []
    assert [state.state for state in lamp.states][:2] == [1, 0]
    assert [state.state for state in led.states][:2] == [0, 1]
    assert lamp.function == led.function == "input"


def test_what_cannot_be_switched_off_is_told() -> None:
    def fail() -> MockFactory:
        raise DeviceError("there is no chip")

    assert switch_off(PinSettings(led_pin=LED), fail) == ["there is no chip"]
    assert switch_off(PinSettings(), fail) == []
