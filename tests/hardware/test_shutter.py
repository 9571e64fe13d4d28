"""The button takes pictures, one after another, and survives one that fails."""

import asyncio
import logging
import threading

import pytest

from hardware.shutter import MAX_WAITING, ShutterButton
from vizy.errors import DiskFullError


async def test_a_short_press_takes_a_picture_and_a_long_one_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    taken: asyncio.Queue[int] = asyncio.Queue()
    button = ShutterButton(lambda: taken.put(1))
    running = asyncio.create_task(button.run())
    for press in ("long", "short"):
        await asyncio.to_thread(button.pressed, press)
    async with asyncio.timeout(5):
        assert await taken.get() == 1
    assert taken.empty()
    assert "a long press is for recording" in caplog.text
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_picture_that_fails_is_said_and_the_next_press_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: asyncio.Queue[int] = asyncio.Queue()

    async def take() -> None:
        await tries.put(1)
        raise DiskFullError("no room")

    button = ShutterButton(take)
    running = asyncio.create_task(button.run())
    async with asyncio.timeout(5):
        for _ in range(2):
            button.pressed("short")
            await tries.get()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "no picture: no room" in caplog.text


async def test_presses_that_wait_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    button = ShutterButton(asyncio.Event().wait)
    pressing = threading.Thread(
        target=lambda: [button.pressed("short") for _ in range(MAX_WAITING + 1)]
    )
    pressing.start()
    await asyncio.to_thread(pressing.join)
    await asyncio.sleep(0)
    assert "one is dropped" in caplog.text
