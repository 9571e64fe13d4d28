"""Who watches is told when a process goes, and goes on by itself when it is back."""

import asyncio
import contextlib

import pytest

from tests.system import people
from tests.system.processes import VizyProcesses
from vizy import AsyncVizy
from vizy.errors import NotSignedInError


@pytest.mark.parametrize("process", ["hardware", "web"])
async def test_a_watcher_over_the_network_connects_again(
    vizy_processes: VizyProcesses, process: str
) -> None:
    reasons: asyncio.Queue[str] = asyncio.Queue()
    token = people.token_secret("viewer")
    async with (
        AsyncVizy(vizy_processes.url, token=token) as vizy,
        asyncio.timeout(60),
        contextlib.aclosing(vizy.camera.watch(reasons.put_nowait)) as states,
    ):
        await anext(states)
        waiting = asyncio.ensure_future(anext(states))
        await asyncio.to_thread(vizy_processes.kill, process)
        while not waiting.done() and reasons.empty():
            await asyncio.wait({waiting}, timeout=0.1)
            if waiting.done():  # a last change before it was killed
                waiting = asyncio.ensure_future(anext(states))
        assert "127.0.0.1" in await reasons.get()
        await asyncio.to_thread(vizy_processes.start, process)
        assert (await waiting).camera.status in ("starting", "ready")


async def test_a_watcher_on_the_device_connects_again(vizy_processes: VizyProcesses) -> None:
    reasons: asyncio.Queue[str] = asyncio.Queue()
    async with (
        AsyncVizy(f"unix:{vizy_processes.state_dir / 'run'}") as vizy,
        asyncio.timeout(60),
        contextlib.aclosing(vizy.camera.watch(reasons.put_nowait)) as states,
    ):
        first = await anext(states)
        await asyncio.to_thread(vizy_processes.kill, "hardware")
        await asyncio.to_thread(vizy_processes.start, "hardware")
        async for state in states:
            if state.health.pid != first.health.pid:
                break
        assert "hardware.sock" in reasons.get_nowait()


async def test_a_watcher_without_a_token_is_refused_and_does_not_try_for_ever(
    vizy_processes: VizyProcesses,
) -> None:
    async with AsyncVizy(vizy_processes.url) as vizy:
        with pytest.raises(NotSignedInError):
            await anext(vizy.camera.watch())
