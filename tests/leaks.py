"""What this process holds at one moment, so that a test can be asked what it left behind.

Called by the autouse fixture in conftest.py, on the main thread. Reads /proc; changes nothing.
"""

import asyncio
import gc
import os
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# Chromium's own segments come and go with it; libffi keeps one for its closures.
_OTHERS = (".org.chromium", ".com.google", "libffi")


@dataclass(frozen=True)
class Belongings:
    """Tasks, threads, file descriptors and shared memory of this process."""

    tasks: frozenset["asyncio.Task[object]"]
    threads: frozenset[threading.Thread]
    files: Counter[str]
    memory: Counter[str]

    @classmethod
    def now(cls) -> "Belongings":
        """Look around."""
        return cls(_tasks(), _threads(), Counter(_files()), Counter(_memory()))

    @classmethod
    def beyond(cls, before: "Belongings") -> list[str]:
        """Name what is here now and was not there before, garbage aside."""
        if not cls.now()._without(before):
            return []
        gc.collect()
        return cls.now()._without(before)

    def _without(self, before: "Belongings") -> list[str]:
        return [
            *(f"task {task.get_name()}: {task.get_coro()}" for task in self.tasks - before.tasks),
            *(f"thread {thread.name}" for thread in self.threads - before.threads),
            *(f"file descriptor of {name}" for name in self.files - before.files),
            *(f"shared memory {name}" for name in self.memory - before.memory),
        ]


def _tasks() -> frozenset["asyncio.Task[object]"]:
    try:
        return frozenset(asyncio.all_tasks() - {asyncio.current_task()})
    except RuntimeError:  # no loop is running
        return frozenset()


def _threads() -> frozenset[threading.Thread]:
    """Threads but those of a loop's default executor, which end with the loop."""
    return frozenset(t for t in threading.enumerate() if not t.name.startswith("asyncio_"))


def _files() -> list[str]:
    names: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            names.append(os.readlink(entry))  # noqa: PTH115 - a socket's name is no path
        except FileNotFoundError:
            continue  # the descriptor of this very listing
    return [name for name in names if not name.startswith("/proc/")]


def _memory() -> list[str]:
    """Named segments in /dev/shm and mappings of a memfd."""
    named = [entry.name for entry in Path("/dev/shm").iterdir()]
    mapped = [
        line.split(maxsplit=5)[5]
        for line in Path("/proc/self/maps").read_text().splitlines()
        if "/memfd:" in line
    ]
    return [name for name in named + mapped if not any(other in name for other in _OTHERS)]
