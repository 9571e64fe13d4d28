"""The log of both processes in one bounded file, where no journal keeps it.

`vizy run` writes it beside the terminal with `LogFile`, one line a record, on its loop; the web
process reads it with `read_lines`, on a thread. Nothing is written there that the terminal does not
show.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

import msgspec

NAME = "vizy.log"
_OLDER = ".1"

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error", "critical")
ProcessName = Literal["hardware", "web"]

_RECORD = re.compile(r"(?:\d\d:\d\d:\d\d )?(DEBUG|INFO|WARNING|ERROR|CRITICAL) ")
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+Z) (hardware|web) (.*)")


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a log.

    Attributes:
        time: When it was written, RFC 3339, UTC.
        level: How grave it is; a line that does not say has that of the line before.
        process: Who wrote it.
        text: What it says, without time and level.
    """

    time: str
    level: Level
    process: ProcessName
    text: str


class LogFile:
    """Writes the log; when it is full, it becomes the older one of two.

    A disk that refuses is no reason to stop: the rest is on the terminal alone.

    Args:
        path: The file.
        max_bytes: How large it may become.
        now: The time of day.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = 1 << 20,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._now = now
        self._file: IO[bytes] | None = None
        self._open()

    def write(self, process: str, line: str) -> None:
        """Write one line of a process."""
        if self._file is None:
            return
        time = f"{self._now():%Y-%m-%dT%H:%M:%S.%f}"[:-3]
        try:
            self._file.write(f"{time}Z {process} {line}\n".encode("utf-8", "replace"))
            if self._file.tell() >= self._max_bytes:
                self.close()
                self._path.replace(f"{self._path}{_OLDER}")
                self._open()
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _open(self) -> None:
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._path, flags, 0o640), "ab", buffering=0)


class LineParser:
    """Understands lines of the log one after the other."""

    def __init__(self) -> None:
        self._levels: dict[ProcessName, Level] = {}

    def parse(self, line: str) -> LogLine | None:
        """Return what a line of the file says; None for one that is none of ours."""
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        return self.record(match[1], "web" if match[2] == "web" else "hardware", match[3])

    def record(self, time: str, process: ProcessName, text: str) -> LogLine:
        """Return a line whose time and process are known already."""
        match = _RECORD.match(text)
        if match:
            self._levels[process] = _level(match[1])
            text = text[match.end() :]
        level = self._levels.get(process, "info")
        return LogLine(time=time, level=level, process=process, text=text)


def read_lines(path: Path) -> Iterator[LogLine]:
    """Yield every line that is kept, the oldest first.

    Raises:
        OSError: The file cannot be read.
    """
    parser = LineParser()
    for file in (Path(f"{path}{_OLDER}"), path):
        if file != path and not file.exists():
            continue
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from parsed(lines, parser)


def parsed(lines: Iterable[str], parser: LineParser) -> Iterator[LogLine]:
    """Yield what lines of the file say."""
    for line in lines:
        if (found := parser.parse(line.rstrip("\n"))) is not None:
            yield found


def _level(name: str) -> Level:
    return next(level for level in LEVELS if level == name.lower())
