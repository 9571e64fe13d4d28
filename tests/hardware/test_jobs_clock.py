"""The clock that jobs have outside of tests."""

import asyncio

from hardware.jobs import Clock


async def test_a_wait_ends_with_its_event_or_its_time() -> None:
    clock, event = Clock(), asyncio.Event()
    for seconds in (-1.0, 0.0, 0.001):
        assert not await clock.wait(event, seconds)
    asyncio.get_running_loop().call_soon(event.set)
    assert await clock.wait(event, 60)
    assert await clock.wait(event, -1)


async def test_it_shows_local_time_with_its_zone() -> None:
    before = Clock().monotonic()
    await Clock().sleep(0.001)
    assert Clock().monotonic() > before
    assert Clock().now().tzinfo is not None
