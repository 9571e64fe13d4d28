"""`LogSource`: the log of both processes, of a journal or of the file that `vizy run` keeps.

On the web loop; reading happens on a thread or in another process, with bounds and time-outs. A
follower that is slow waits for itself: lines that it has not taken stay in the file or the journal.
"""

import asyncio
import contextlib
import json
import os
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from vizy.errors import NotPossibleError
from vizy.logfile import LEVELS, Level, LineParser, LogLine, ProcessName, parsed, read_lines
from web.system.manager import UNITS

MAX_LINES = 5000

_LOOK_S = 0.5
_JOURNAL_S = 10.0
_MAX_JOURNAL_BYTES = 16 << 20
_MAX_RECORD_BYTES = 256 * 1024
_NOTHING = (
    "no log is kept: the processes were started by hand, so it is on their terminals; "
    "`vizy run` and systemd keep one"
)


class Wanted:
    """Which lines of a log are asked for.

    Args:
        level: The least grave.
        process: Whose; None: of both.
    """

    def __init__(self, level: Level = "debug", process: ProcessName | None = None) -> None:
        self._least = LEVELS.index(level)
        self._process = process

    def __call__(self, line: LogLine) -> bool:
        is_whose = self._process is None or line.process == self._process
        return is_whose and LEVELS.index(line.level) >= self._least


class LogSource(ABC):
    """Where the log is."""

    @abstractmethod
    async def last(self, count: int, wanted: Wanted) -> list[LogLine]:
        """Return the newest lines, the oldest of them first.

        Raises:
            NotPossibleError: No log is kept, or it cannot be read.
        """

    @abstractmethod
    def follow(self) -> AsyncGenerator[LogLine | None, None]:
        """Yield None once it follows, each line from then on, and None while there is none.

        Raises:
            NotPossibleError: No log is kept, or it cannot be read.
        """


class NoLog(LogSource):
    """None is kept."""

    async def last(self, count: int, wanted: Wanted) -> list[LogLine]:
        """Refuse."""
        raise NotPossibleError(_NOTHING)

    async def follow(self) -> AsyncGenerator[LogLine | None, None]:
        """Refuse."""
        raise NotPossibleError(_NOTHING)
        yield


class FileLog(LogSource):
    """The file of `vizy run`.

    Args:
        path: Where it is.
        look_s: How often a follower looks for new lines.
    """

    def __init__(self, path: Path, *, look_s: float = _LOOK_S) -> None:
        self._path = path
        self._look_s = look_s

    async def last(self, count: int, wanted: Wanted) -> list[LogLine]:
        """Read the newest lines."""
        try:
            return await asyncio.to_thread(
                lambda: list(deque(filter(wanted, read_lines(self._path)), count))
            )
        except OSError as error:
            raise NotPossibleError(f"the log cannot be read: {error}") from error

    async def follow(self) -> AsyncGenerator[LogLine | None, None]:
        """Look at the end of the file, and at the next file once it is full."""
        parser = LineParser()
        try:
            file = await asyncio.to_thread(self._path.open, "rb")
        except OSError as error:
            raise NotPossibleError(f"the log cannot be read: {error}") from error
        try:
            file.seek(0, os.SEEK_END)
            yield None
            while True:
                found = list(parsed(_whole_lines(file), parser))
                for line in found:
                    yield line
                if self._is_replaced(file):
                    file.close()
                    file = await asyncio.to_thread(self._path.open, "rb")
                elif not found:
                    yield None
                    await asyncio.sleep(self._look_s)
        except OSError:  # the next file is not there, so nobody writes any more
            return
        finally:
            file.close()

    def _is_replaced(self, file: IO[bytes]) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return self._path.stat().st_ino != os.fstat(file.fileno()).st_ino
        return False


class JournalLog(LogSource):
    """systemd's journal, by its own program."""

    async def last(self, count: int, wanted: Wanted) -> list[LogLine]:
        """Ask for the newest lines; as many are read as may be needed for those wanted."""
        async with _journalctl("-n", str(MAX_LINES)) as process:
            try:
                async with asyncio.timeout(_JOURNAL_S):
                    assert process.stdout is not None
                    data = await _bounded(process.stdout)
                    code = await process.wait()
            except TimeoutError:
                raise NotPossibleError(f"journalctl took more than {_JOURNAL_S:g} s") from None
        if code:
            raise NotPossibleError("the journal cannot be read: add the user to systemd-journal")
        parser = LineParser()
        found = (line for record in data if (line := _of_journal(record, parser)))
        return list(deque(filter(wanted, found), count))

    async def follow(self) -> AsyncGenerator[LogLine | None, None]:
        """Let journalctl follow."""
        parser = LineParser()
        async with _journalctl("-n", "0", "-f") as process:
            assert process.stdout is not None
            yield None
            while True:
                try:
                    async with asyncio.timeout(_JOURNAL_S):
                        record = await process.stdout.readline()
                except TimeoutError:
                    yield None
                    continue
                except ValueError:  # a record above the bound
                    continue
                if not record:
                    return
                if line := _of_journal(record, parser):
                    yield line


@contextlib.asynccontextmanager
async def _journalctl(*options: str) -> AsyncGenerator[Process, None]:
    units = [option for unit in UNITS.values() for option in ("-u", unit)]
    try:
        process = await asyncio.create_subprocess_exec(
            *("journalctl", "-o", "json", "--no-pager", *units, *options),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=_MAX_RECORD_BYTES,
        )
    except OSError as error:
        raise NotPossibleError(f"the journal cannot be read: {error}") from error
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


async def _bounded(output: asyncio.StreamReader) -> deque[bytes]:
    """Read to the end, and keep the newest records as far as they are not too much."""
    kept: deque[bytes] = deque()
    size = 0
    rest = b""
    while chunk := await output.read(_MAX_RECORD_BYTES):
        *records, rest = (rest + chunk).split(b"\n")
        rest = rest[-_MAX_RECORD_BYTES:]
        kept.extend(records)
        size += sum(map(len, records))
        while size > _MAX_JOURNAL_BYTES:
            size -= len(kept.popleft())
    return kept


def _of_journal(record: bytes, parser: LineParser) -> LogLine | None:
    """Return what a record says; None for one of another unit, or one that is none."""
    try:
        fields: dict[str, Any] = json.loads(record)
        microseconds = int(fields["__REALTIME_TIMESTAMP"])
        message = fields["MESSAGE"]
        unit = fields.get("_SYSTEMD_UNIT") or fields.get("UNIT")
    except (ValueError, KeyError, TypeError):
        return None
    if isinstance(message, list):  # bytes that are no text
        message = bytes(cast("list[int]", message)).decode("utf-8", "replace")
    if not isinstance(message, str):  # too long, by the journal's own bound
        return None
    time = f"{datetime.fromtimestamp(microseconds / 1e6, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    process: ProcessName = "web" if unit == UNITS["web"] else "hardware"
    return parser.record(time, process, message)


def _whole_lines(file: IO[bytes]) -> Iterator[str]:
    """Yield the lines that are ended; the rest is read once it is whole."""
    while True:
        place = file.tell()
        line = file.readline()
        if not line.endswith(b"\n"):
            file.seek(place)
            return
        yield line.decode("utf-8", "replace")
