"""The button takes pictures and recordings, one after another, and survives one that fails."""

import asyncio
import threading
from pathlib import Path

import pytest

from hardware.shutter import MAX_WAITING, ShutterButton, switch_recording
from tests.hardware.jobbing import Work, runner, until_stopped
from tests.hardware.states import first_store
from vizy.errors import DiskFullError
from vizy.jobs import Recording


async def never() -> None:
    raise AssertionError


async def test_a_short_press_takes_a_picture_and_a_long_one_records() -> None:
    done: asyncio.Queue[str] = asyncio.Queue()
    button = ShutterButton(lambda: done.put("picture"), lambda: done.put("recording"))
    running = asyncio.create_task(button.run())
    for press in ("long", "short"):
        await asyncio.to_thread(button.pressed, press)
    async with asyncio.timeout(5):
        assert [await done.get(), await done.get()] == ["recording", "picture"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_second_long_press_stops_the_recording_whoever_started_it(tmp_path: Path) -> None:
    jobs = runner({Recording: lambda _: Work(until_stopped)}, first_store(), tmp_path)
    await switch_recording(jobs)
    (state,) = jobs.active
    assert state.spec == Recording()
    await switch_recording(jobs)
    assert jobs.active == ()
    mine = await jobs.start(Recording(duration_s=60))
    await switch_recording(jobs)
    assert (await jobs.stop(mine.id)).status == "stopped"
    await jobs.close()


async def test_a_device_that_cannot_record_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = runner({}, first_store(), tmp_path)
    said = asyncio.Event()

    async def record() -> None:
        said.set()
        await switch_recording(jobs)

    button = ShutterButton(never, record)
    running = asyncio.create_task(button.run())
    button.pressed("long")
    async with asyncio.timeout(5):
        await said.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "a long press did nothing: this device does no recording" in caplog.text


async def test_a_picture_that_fails_is_said_and_the_next_press_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: asyncio.Queue[int] = asyncio.Queue()

    async def take() -> None:
        await tries.put(1)
        raise DiskFullError("no room")

    button = ShutterButton(take, never)
    running = asyncio.create_task(button.run())
    async with asyncio.timeout(5):
        for _ in range(2):
            button.pressed("short")
            await tries.get()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "a short press did nothing: no room" in caplog.text


async def test_presses_that_wait_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    button = ShutterButton(asyncio.Event().wait, never)
    pressing = threading.Thread(
        target=lambda: [button.pressed("short") for _ in range(MAX_WAITING + 1)]
    )
    pressing.start()
    await asyncio.to_thread(pressing.join)
    await asyncio.sleep(0)
    assert "one is dropped" in caplog.text
