"""Kills the daemon at random moments of its work, and looks afterwards at what it had announced.

``python -m tests.system.crash 1000`` is ``make crash``. A round: start the daemon, let three
clients take stills, bursts and recordings, kill it with SIGKILL, start it again, and compare what
was announced with what is there. It stops at the first thing that is not as promised and keeps the
folder. One process at a time, one event loop, nothing but Unix sockets.
"""

import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import av
import msgspec
import simplejpeg

from tests.system.processes import Process, VizyProcesses
from vizy.errors import VizyError
from vizy.jobs import Burst, Recording
from vizy.messages import (
    STATE_CHANGED,
    CreateCapture,
    GetCapture,
    ListCaptures,
    StartJob,
    StateChanged,
    StopJob,
    Subscribe,
)
from vizy.rpc.client import RpcClient
from vizy.state import Capture, CapturesState

CLIP = Path(__file__).parent.parent / "data" / "pedestrians.avi"
LONGEST_S = 2.5
ROUNDS_A_FOLDER = 25  # then a new one: looking at all of it takes longer each time
_CALL_S = 30.0

Work = Callable[[RpcClient], Awaitable[None]]


class Announced:
    """What a daemon said it has, by id, and what of it was looked at after a kill."""

    def __init__(self) -> None:
        self.captures: dict[str, Capture] = {}
        self.looked_at: set[str] = set()

    def note(self, capture: Capture) -> None:
        self.captures[capture.id] = capture

    def notified(self, method: str, params: msgspec.Raw) -> None:
        if method != STATE_CHANGED:
            return
        change = msgspec.json.decode(params, type=StateChanged)
        if "captures" in change.sections:
            for capture in msgspec.convert(change.sections["captures"], CapturesState).latest:
                self.note(capture)


class Crash:
    """Rounds of work and kills on one state folder after another.

    Args:
        folder: Where the state folders are made.
        seed: Of the moments.
        say: Told of each round.
    """

    def __init__(self, folder: Path, seed: int, say: Callable[[str], None] = print) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._say = say
        self._announced = Announced()
        self._vizy: VizyProcesses | None = None
        self.stills = self.videos = self.saved = 0

    def run(self, rounds: int) -> None:
        """Kill so many times.

        Raises:
            AssertionError: Something announced is not whole, or something half is left.
        """
        for number in range(rounds):
            if number % ROUNDS_A_FOLDER == 0:
                self._begin(number)
            asyncio.run(self._round(number))
        self._end()

    def _begin(self, number: int) -> None:
        self._end()
        options = {"VIZY_CAMERA": f"video:{CLIP}", "VIZY_STORAGE_FLOOR_BYTES": "0"}
        self._vizy = VizyProcesses(self._folder / f"state-{number}", options)
        self._announced = Announced()
        self._vizy.start("hardware")

    def _end(self) -> None:
        if self._vizy is not None:
            self._vizy.__exit__(None, None, None)
            shutil.rmtree(self._vizy.state_dir)
            self._vizy = None

    async def _round(self, number: int) -> None:
        assert self._vizy is not None
        after_s = self._random.uniform(0.0, LONGEST_S)
        before = len(self._announced.captures)
        await self._work(self._vizy["hardware"], after_s)
        daemon = await asyncio.to_thread(self._vizy.start, "hardware")
        await self._look(daemon)
        new = len(self._announced.captures) - before
        self._say(f"kill {number + 1} after {after_s:.3f} s: {new} more announced, all whole")

    async def _work(self, daemon: Process, after_s: float) -> None:
        """Let clients work and kill the daemon in the midst of it."""
        client = RpcClient(
            self._socket, timeout_s=_CALL_S, on_notification=self._announced.notified
        )
        async with client:
            await client.call(Subscribe())
            works = (self._take, self._burst, self._record)
            tasks = [asyncio.create_task(self._forever(work, client)) for work in works]
            await asyncio.sleep(after_s)
            await asyncio.to_thread(daemon.kill)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _forever(
        self, work: Callable[[RpcClient], Awaitable[None]], client: RpcClient
    ) -> None:
        while True:
            with contextlib.suppress(VizyError):  # busy, or killed
                await work(client)
            await asyncio.sleep(0.005)

    async def _take(self, client: RpcClient) -> None:
        self._announced.note(await client.call(CreateCapture()))

    async def _burst(self, client: RpcClient) -> None:
        await client.call(StartJob(Burst(count=5, fps=50)))
        await asyncio.sleep(0.3)

    async def _record(self, client: RpcClient) -> None:
        job = await client.call(StartJob(Recording()))
        await asyncio.sleep(self._random.uniform(0.2, 1.2))
        await client.call(StopJob(job.id))

    async def _look(self, daemon: Process) -> None:
        """Compare what was announced with what is there, and see that all of it is whole."""
        folder = self._socket.parent.parent / "captures"
        left = [file.name for file in folder.rglob("*.part")]
        assert not left, f"left over after the start: {left}\n{daemon.log}"
        found: dict[str, Capture] = {}
        async with RpcClient(self._socket, timeout_s=_CALL_S) as client:
            page = await client.call(ListCaptures(limit=500))
            found |= {capture.id: capture for capture in page.items}
            while page.next is not None:
                page = await client.call(ListCaptures(limit=500, before=page.next))
                found |= {capture.id: capture for capture in page.items}
            lost = self._announced.captures.keys() - found.keys()
            assert not lost, f"announced and lost: {sorted(lost)}\n{daemon.log}"
            for identity, capture in found.items():
                said = self._announced.captures.get(identity)
                assert said in (None, capture), f"announced as {said}, there is {capture}"
                if identity not in self._announced.looked_at:
                    await self._look_at(client, capture)
                    self.saved += said is None
                self._announced.note(capture)

    async def _look_at(self, client: RpcClient, capture: Capture) -> None:
        path = Path((await client.call(GetCapture(capture.id))).path)
        await asyncio.to_thread(look_into, path, capture)
        self._announced.looked_at.add(capture.id)
        if capture.media_type == "video/mp4":
            self.videos += 1
        else:
            self.stills += 1

    @property
    def _socket(self) -> Path:
        assert self._vizy is not None
        return self._vizy.state_dir / "run" / "hardware.sock"


def look_into(path: Path, capture: Capture) -> None:
    """Decode a whole capture.

    Raises:
        AssertionError: It is not what it was said to be.
    """
    assert path.stat().st_size == capture.bytes, f"{path} has not {capture.bytes} bytes"
    if capture.media_type == "image/jpeg":
        pixels = simplejpeg.decode_jpeg(path.read_bytes(), strict=True)
        assert pixels.shape[:2] == (capture.size.height, capture.size.width), path
        return
    with av.open(str(path)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames > 0, f"{path} plays nothing"


def main(rounds: int) -> None:
    """Do so many rounds and say how it went."""
    seed = time.time_ns() % 2**32
    folder = Path(tempfile.mkdtemp(prefix="vizy-crash-"))
    print(f"crash: {rounds} kills, seed {seed}, in {folder}", flush=True)  # noqa: T201
    crash = Crash(folder, seed, lambda text: print(text, flush=True))  # noqa: T201
    crash.run(rounds)
    shutil.rmtree(folder)
    print(  # noqa: T201
        f"{rounds} kills: {crash.stills} pictures and {crash.videos} videos looked at, "
        f"{crash.saved} of them not announced before the kill; all whole, nothing half left"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
