"""What each further viewer of 1280x720 at 30/s costs, and how often a picture is encoded.

Processor time of the process that serves, and of the one with the camera where that is another;
viewers are in a process of their own. What all have in common, the camera, is most of the first
viewer's cost and none of a further one's. What a further one costs is counted for each picture that
came and told as for 30 a second: a busy machine gives fewer.
"""

import asyncio
import time

from benchmarks.hardware.process import Usage
from benchmarks.table import Row, say
from benchmarks.web.crowd import crowd, rate
from benchmarks.web.served import BROADCAST, EACH, OURS, Served, served
from vizy.health import DaemonHealth
from vizy.messages import GetHealth
from vizy.rpc.client import RpcClient

COUNTS = (1, 2, 5, 10)
SECONDS = 10.0
SETTLING_S = 2.0
FPS = 30.0
LEAST_FPS = 28.0
LIMIT = 1.5
LEAST = 0.1  # percent of a core: less is noise, and nothing is compared with it
MEASURED = "1280x720 at 30/s to 1, 2, 5, 10 viewers, % of a core"


class Cost:
    """Measures one peer."""

    def __init__(self, peer: str) -> None:
        self.web: list[float] = []
        self.daemon: list[float] = []
        self.fps: list[float] = []
        self.encodes = 0.0
        with served(peer) as running, crowd(running) as viewers:
            there = 0
            for count in COUNTS:
                viewers.open(count - there)
                there = count
                time.sleep(SETTLING_S)
                began = self._look(running)
                self.fps.append(rate(viewers.watch(SECONDS)))
                self._note(began, self._look(running))

    @property
    def further(self) -> float:
        """What one more costs: from the first to the last, of all processes."""
        per_second = zip(self.web, self.daemon, self.fps, strict=True)
        whole = [(web + daemon) / fps * FPS for web, daemon, fps in per_second]
        return (whole[-1] - whole[0]) / (COUNTS[-1] - COUNTS[0])

    def _look(self, running: Served) -> tuple[Usage, Usage | None, DaemonHealth | None]:
        camera = running.daemon_pid
        return Usage.of(running.pid), Usage.of(camera) if camera else None, health(running)

    def _note(
        self,
        began: tuple[Usage, Usage | None, DaemonHealth | None],
        ended: tuple[Usage, Usage | None, DaemonHealth | None],
    ) -> None:
        self.web.append(ended[0].since(began[0])[0])
        self.daemon.append(ended[1].since(began[1])[0] if began[1] and ended[1] else 0.0)
        if began[2] and ended[2]:
            frames = ended[2].frames - began[2].frames
            self.encodes = (ended[2].encoded - began[2].encoded) / frames


def health(running: Served) -> DaemonHealth | None:
    """Ask the daemon what it did, where there is one."""
    if running.state_dir is None:
        return None
    socket = running.state_dir / "run" / "hardware.sock"

    async def asked() -> DaemonHealth:
        async with RpcClient(socket) as daemon:
            return await daemon.call(GetHealth())

    return asyncio.run(asked())


def listed(values: list[float]) -> str:
    """Return them as text."""
    return ", ".join(f"{value:.1f}" for value in values)


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []

    def note(row: Row) -> None:
        made.append(row)
        say(f"{MEASURED}: {row.peer}: {row.result}")

    further: dict[str, float] = {}
    for peer in (EACH, BROADCAST):
        cost = Cost(peer)
        further[peer] = cost.further
        note(Row(MEASURED, peer, f"{listed(cost.web)}; each sees {cost.fps[-1]:.1f}/s"))
        note(Row(MEASURED, peer, f"{cost.further:+.2f} for each further viewer"))
    ours = Cost(OURS)
    result = f"web {listed(ours.web)}; daemon {listed(ours.daemon)}; each sees {ours.fps[-1]:.1f}/s"
    note(Row(MEASURED, OURS, result))
    ratios = [
        f"{ours.further / further[peer]:.2f} of {name}"
        for peer, name in ((EACH, "encoding for each"), (BROADCAST, "threads"))
        if further[peer] >= LEAST
    ]
    is_reached = ours.further < LIMIT and ours.fps[-1] >= LEAST_FPS
    result = f"{ours.further:+.2f} for each further viewer"
    note(Row(MEASURED, OURS, result, ", ".join(ratios), f"< {LIMIT:g} %", is_reached))
    result = f"{ours.encodes:.2f} encodes a frame with ten viewers"
    note(Row(MEASURED, OURS, result, "", "1", abs(ours.encodes - 1) < 0.03))
    return made
