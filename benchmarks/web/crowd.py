"""`Crowd`: the viewers of one that is served, in a process of their own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.hardware.process import child
from benchmarks.table import middle
from benchmarks.web.served import Served


class Crowd:
    """Asks them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def open(self, count: int, *, is_slow: bool = False) -> None:
        """Let so many more watch."""
        self._ask("open", count=count, is_slow=is_slow)

    def watch(self, seconds: float) -> list[dict[str, Any]]:
        """Return what came to each in so many seconds."""
        return self._ask("watch", seconds=seconds)

    def _ask(self, question: str, **details: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"ask": question, **details}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@contextmanager
def crowd(served: Served) -> Iterator[Crowd]:
    """Have a crowd, empty at first."""
    with child("viewers", served.kind, served.port, package="web") as process:
        yield Crowd(process)


def rate(seen: list[dict[str, Any]], *, is_slow: bool = False) -> float:
    """Return how many pictures a second the middle one of the quick, or the slow, gets."""
    return middle([one["fps"] for one in seen if one["is_slow"] is is_slow])
