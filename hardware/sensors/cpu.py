"""How busy the processor is: the share of each core since the last look, and the load averages.

Source: proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal in ticks; guest time is
part of user already. proc_loadavg(5).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hardware.sensors.kinds import LOAD, PERCENT
from hardware.sensors.source import Channel, Outcome, Source, read_text

_FIELDS = 8
_IDLE = slice(3, 5)
_LEAST_TICKS = 10  # a tenth of a second: a share of fewer says nothing
_MINUTES = (1, 5, 15)


class _Ticks(NamedTuple):
    idle: int
    total: int


class Cpu(Source):
    """All cores together and each by itself."""

    key = "cpu"

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/stat"
        self._before = _ticks(self._file)
        self._shares: dict[str, float] = {}
        self.channels = tuple(
            Channel(_name(line), "CPU" if line == "cpu" else f"CPU core {line[3:]}", PERCENT)
            for line in self._before
        )

    def read(self) -> Mapping[str, Outcome]:
        """Compare with the last look."""
        now = _ticks(self._file)
        for line, ticks in now.items():
            before = self._before.get(line, _Ticks(0, 0))
            if (total := ticks.total - before.total) >= _LEAST_TICKS:
                idle = min(max(ticks.idle - before.idle, 0), total)  # iowait may run backwards
                self._shares[line] = 100 * (1 - idle / total)
                self._before[line] = ticks
        outcomes = {
            _name(line): self._shares.get(line, "is known from the second look on")
            if line in now
            else "this core is switched off"
            for line in self._before | now
        }
        return {channel.name: outcomes[channel.name] for channel in self.channels}


class LoadAverage(Source):
    """Processes that run or wait, on average over 1, 5 and 15 minutes."""

    key = "load"

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/loadavg"
        self.channels = tuple(
            Channel(f"load.{minutes}min", f"Load average, {minutes} min", LOAD)
            for minutes in _MINUTES
        )

    def read(self) -> Mapping[str, Outcome]:
        """Read the three averages."""
        words = read_text(self._file).split()[: len(_MINUTES)]
        names = (channel.name for channel in self.channels)
        return dict(zip(names, map(float, words), strict=True))


def find_cpu(root: Path) -> Iterator[Source]:
    """Find the processor; it is always there where there is a /proc."""
    if (root / "proc/stat").exists():
        yield Cpu(root)
    if (root / "proc/loadavg").exists():
        yield LoadAverage(root)


def _name(line: str) -> str:
    return "cpu.load" if line == "cpu" else f"cpu.{line.replace('cpu', 'core')}.load"


def _ticks(file: Path) -> dict[str, _Ticks]:
    found: dict[str, _Ticks] = {}
    for line in read_text(file).splitlines():
        name, *words = line.split()
        if not name.startswith("cpu"):
            break  # the processors come first
        ticks = [int(word) for word in words[:_FIELDS]]
        found[name] = _Ticks(sum(ticks[_IDLE]), sum(ticks))
    return found
