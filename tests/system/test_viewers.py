"""The live picture of a whole Vizy with many viewers, and in another program's own reader."""

import asyncio
import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.system import people
from tests.system.processes import VizyProcesses
from vizy.health import DaemonHealth
from vizy.messages import GetHealth
from vizy.rpc.client import RpcClient

pytestmark = pytest.mark.timeout(120)
QUICK, SLOW, STALLED = 20, 5, 5


class Crowd:
    """The viewers, in a process of their own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: str, **details: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"ask": question, **details}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@contextmanager
def crowd(url: str) -> Iterator[Crowd]:
    command = [sys.executable, "-m", "tests.system.viewers", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Crowd(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(20) == 0


def health(vizy: VizyProcesses) -> DaemonHealth:
    """Ask the daemon itself."""

    async def asked() -> DaemonHealth:
        async with RpcClient(vizy.state_dir / "run" / "hardware.sock") as daemon:
            return await daemon.call(GetHealth())

    return asyncio.run(asked())


def memory_mb(vizy: VizyProcesses) -> float:
    pages = int(Path(f"/proc/{vizy['web'].pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def pictures(viewers: list[dict[str, int]]) -> int:
    return sum(sum(viewer.values()) for viewer in viewers)


def test_thirty_browsers_some_slow_and_some_stalled(
    vizy: VizyProcesses, client: httpx.Client
) -> None:
    with crowd(vizy.url) as viewers:
        viewers.ask("open", counts={"quick": QUICK})
        viewers.ask("watch", seconds=2)
        alone = viewers.ask("watch", seconds=3)
        viewers.ask("open", counts={"slow": SLOW, "stalled": STALLED})
        viewers.ask("watch", seconds=3)  # the slow ones find their size
        before, held_mb = health(vizy), memory_mb(vizy)
        together = viewers.ask("watch", seconds=3)
        assert client.patch("/api/v1/controls", json={"Brightness": 0.125}).is_success
        later = viewers.ask("watch", seconds=6)  # by now the stalled ones were let go
        after = health(vizy)

        # Whoever takes pictures at once gets as many as if there were nobody else.
        assert pictures(together["quick"]) >= 0.8 * pictures(alone["quick"])
        assert all(sum(viewer.values()) for viewer in together["quick"])
        # A slow one gets what its link carries, in the smallest size, and goes on getting it.
        for viewer in later["slow"]:
            assert viewer.keys() == {"416"}
            assert viewer["416"] >= 6
        # However many watch, each size is encoded once for each frame.
        assert after.encoded - before.encoded <= 4 * (after.frames - before.frames + 2)
        widths = {width for viewer in later["quick"] for width in viewer}
        assert widths <= {"1280", "960", "640", "416"}
        # Whoever takes nothing is let go, and nothing grew while it was not.
        assert viewers.ask("released") == [True] * STALLED
        assert memory_mb(vizy) <= held_mb + 15
        assert viewers.ask("pushed", text="0.125") == QUICK + SLOW


def test_another_programs_reader_decodes_ten_seconds_of_the_stream(vizy: VizyProcesses) -> None:
    token = people.headers("viewer")["Authorization"]
    options = {"headers": f"Authorization: {token}\r\n", "use_wallclock_as_timestamps": "1"}
    url = f"{vizy.url}/stream.mjpg?width=640&quality=70&fps=10"
    times_s: list[float] = []
    sizes: set[tuple[int, int]] = set()
    pictures: set[bytes] = set()
    with av.open(url, format="mpjpeg", options=options, timeout=10) as stream:
        for frame in stream.decode(video=0):
            assert not frame.is_corrupt
            assert frame.time is not None
            times_s.append(frame.time)
            sizes.add((frame.width, frame.height))
            pictures.add(hashlib.sha256(frame.to_ndarray().tobytes()).digest())
            if times_s[-1] - times_s[0] >= 10:
                break
    assert sizes == {(640, 360)}
    # It dates a frame by when it read it: two that came together may have the same time.
    assert all(earlier <= later for earlier, later in itertools.pairwise(times_s))
    assert len(pictures) == len(times_s), "each is another picture"
    assert 30 <= len(times_s) <= 105  # ten a second, or fewer where the machine is too slow
