"""Memory and swap. Source: proc_meminfo(5), in units of 1024 bytes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hardware.sensors.kinds import BYTES, PERCENT
from hardware.sensors.source import Channel, Outcome, Source, read_text

_NO_SWAP = "no swap is set up"


class Memory(Source):
    """What is in use and what a program could still have."""

    key = "memory"
    channels = (
        Channel("memory.used", "Memory used", PERCENT),
        Channel("memory.available", "Memory available", BYTES),
        Channel("memory.swap-used", "Swap used", PERCENT),
        Channel("memory.swap-free", "Swap free", BYTES),
    )

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/meminfo"

    def read(self) -> Mapping[str, Outcome]:
        """Read the kernel's own account."""
        sizes = {
            name: int(rest.split()[0]) * 1024
            for name, _, rest in (line.partition(":") for line in read_text(self._file).split("\n"))
        }
        total, available = sizes["MemTotal"], sizes["MemAvailable"]
        swap, swap_free = sizes["SwapTotal"], sizes["SwapFree"]
        return {
            "memory.used": 100 * (1 - available / total),
            "memory.available": float(available),
            "memory.swap-used": 100 * (1 - swap_free / swap) if swap else _NO_SWAP,
            "memory.swap-free": float(swap_free) if swap else _NO_SWAP,
        }


def find_memory(root: Path) -> Iterator[Memory]:
    """Find the memory; it is always there where there is a /proc."""
    if (root / "proc/meminfo").exists():
        yield Memory(root)
