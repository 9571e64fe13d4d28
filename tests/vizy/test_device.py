"""The mirror: the latest state in another process, through restarts and races."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.vizy.fakes import FakeDaemon, a_state
from vizy.device import DeviceMirror
from vizy.errors import DeviceAwayError, InvalidValueError, NotFoundError
from vizy.messages import SetControls, StateChanged, Subscribe
from vizy.rpc import Connection
from vizy.state import CapturesState, DeviceState


async def until(device: DeviceMirror, is_true: Callable[[DeviceMirror], bool]) -> None:
    async with asyncio.timeout(10):
        async for now in device.follow():
            if is_true(now):
                return


async def test_the_state_follows_the_daemon(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, DeviceMirror(daemon.path) as device:
        assert device.connected
        assert device.away_since is None
        assert device.state == daemon.state
        daemon.change(captures=CapturesState(count=3))
        await until(device, lambda now: now.state == daemon.state)


async def test_calls_go_through(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, DeviceMirror(daemon.path) as device:
        taken = await device.capture()
        page = await device.list_captures(limit=5)
        assert page.items == (taken,)
        assert (await device.get_capture(taken.id)).capture == taken
        with pytest.raises(NotFoundError):
            await device.get_capture("none")
        with pytest.raises(InvalidValueError):
            await device.set_controls({"Brightness": 9})


async def test_after_a_write_the_state_is_at_least_as_new(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, DeviceMirror(daemon.path) as device:
        for n in range(20):
            written = await device.set_controls({"Brightness": n / 20})
            assert device.state is not None
            assert device.state.revision >= written.revision
        await until(device, lambda now: now.state == daemon.state)


async def test_older_news_never_undo_a_newer_state(state_dir: Path) -> None:
    async def stale(_: SetControls, connection: Connection) -> DeviceState:
        old = StateChanged(2, {"controls": {"Brightness": -1.0}})
        await connection.notify("state.changed", StateChanged(5, {"controls": {"Brightness": 0.5}}))
        await connection.notify("state.changed", old)
        return a_state(4, Brightness=0.4)

    async with (
        FakeDaemon(state_dir / "h.sock", handlers={SetControls: stale}) as daemon,
        DeviceMirror(daemon.path) as device,
    ):
        assert (await device.set_controls({})).revision == 4
        assert device.state is not None
        assert (device.state.revision, device.state.controls["Brightness"]) == (5, 0.5)


async def test_news_that_come_right_behind_the_first_snapshot_are_kept(state_dir: Path) -> None:
    async def burst(_: Subscribe, connection: Connection) -> DeviceState:
        async def tell() -> None:
            for revision in range(2, 6):
                change = StateChanged(revision, {"controls": {"Brightness": revision / 10}})
                await connection.notify("state.changed", change)
            await connection.notify(
                "state.changed",
                StateChanged(6, {"captures": {"count": 9, "waiting": 0, "latest": []}}),
            )

        connection.spawn(tell(), "state")
        return a_state(1)

    async with FakeDaemon(state_dir / "h.sock", handlers={Subscribe: burst}) as daemon:
        for _ in range(10):
            async with DeviceMirror(daemon.path) as device:
                await until(device, lambda now: now.state is not None and now.state.revision == 6)
                assert device.state is not None
                assert device.state.controls["Brightness"] == 0.5
                assert device.state.captures.count == 9


async def test_away_is_noticed_and_the_new_daemons_state_is_taken(state_dir: Path) -> None:
    now_s = 100.0
    async with DeviceMirror(state_dir / "h.sock", monotonic=lambda: now_s) as device:
        assert (device.connected, device.away_since, device.state) == (False, 100.0, None)
        async with FakeDaemon(state_dir / "h.sock") as daemon:
            await until(device, lambda now: now.connected)
            assert device.away_since is None
            for _ in range(5):
                daemon.change(captures=CapturesState(count=5))
            await until(device, lambda now: now.state == daemon.state)
            now_s = 200.0
        await until(device, lambda now: not now.connected)
        assert device.away_since == 200.0
        assert device.state is not None, "the last state is kept"
        with pytest.raises(DeviceAwayError):
            await device.capture()
        async with FakeDaemon(state_dir / "h.sock") as daemon:
            await until(device, lambda now: now.connected)
            assert device.state == daemon.state, "its revision starts at 1 again"


async def test_one_that_follows_slowly_gets_the_latest_once(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, DeviceMirror(daemon.path) as device:
        follower = device.follow()
        assert (await anext(follower)).connected
        for n in range(50):
            await device.set_controls({"Brightness": n / 50})
        await until(device, lambda now: now.state == daemon.state)
        latest = await asyncio.wait_for(anext(follower), 10)
        assert latest.state == daemon.state
        waiting = asyncio.ensure_future(anext(follower))
        await asyncio.sleep(0)
        assert not waiting.done(), "fifty changes are one"
        await device.set_controls({"Brightness": -1})
        await asyncio.wait_for(waiting, 10)
        await follower.aclose()


async def test_following_ends_with_the_mirror(state_dir: Path) -> None:
    async def count(device: DeviceMirror) -> int:
        return len([now.state async for now in device.follow()])

    async with DeviceMirror(state_dir / "h.sock") as device:
        counting = asyncio.create_task(count(device))
        await asyncio.sleep(0)
    assert await asyncio.wait_for(counting, 10) >= 1


@pytest.mark.parametrize(
    "change",
    [
        StateChanged(9, {"no_such": {}}),
        StateChanged(9, {"camera": {"backend": 5}}),
        StateChanged(9, {"controls": [1]}),
    ],
)
async def test_news_that_make_no_sense_lead_to_a_fresh_start(
    state_dir: Path, change: StateChanged
) -> None:
    subscriptions = 0

    async def nonsense(_: Subscribe, connection: Connection) -> DeviceState:
        nonlocal subscriptions
        subscriptions += 1
        if subscriptions == 1:
            connection.spawn(connection.notify("state.changed", change), "state")
            return a_state(1)
        return msgspec.structs.replace(a_state(2))

    async with (
        FakeDaemon(state_dir / "h.sock", handlers={Subscribe: nonsense}) as daemon,
        DeviceMirror(daemon.path) as device,
    ):
        await until(
            device,
            lambda now: now.connected and now.state is not None and now.state.revision == 2,
        )
    assert subscriptions == 2
