"""The log, of the file that `vizy run` keeps and of a journal."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vizy.errors import NotPossibleError
from vizy.logfile import LogFile
from web.system.logs import FileLog, JournalLog, NoLog, Wanted

JOURNALCTL = """#!{python}
import json, sys, time
options = sys.argv[1:]
assert options[:3] == ["-o", "json", "--no-pager"], options
assert options[3:7] == ["-u", "vizy-hardware.service", "-u", "vizy-web.service"], options
rest = options[7:]
assert rest in (["-n", "5000"], ["-n", "0", "-f"]), rest
for record in json.load(open({records!r})):
    print(json.dumps(record), flush=True)
if "-f" in rest:
    time.sleep(600)
sys.exit({code})
"""
RECORDS = [
    {
        "__REALTIME_TIMESTAMP": "1764092592345678",
        "PRIORITY": "6",
        "_SYSTEMD_UNIT": "vizy-hardware.service",
        "MESSAGE": "WARNING hardware: the cable is loose",
    },
    {"__REALTIME_TIMESTAMP": "1764092593000000", "MESSAGE": None},
    {
        "__REALTIME_TIMESTAMP": "1764092593000000",
        "_SYSTEMD_UNIT": "vizy-web.service",
        "MESSAGE": list(b"INFO vizy.web: bytes \xff"),
    },
]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    log = LogFile(tmp_path / "vizy.log", max_bytes=2000)
    yield log
    log.close()


def journal(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> JournalLog:
    """A journal behind a program of that name."""
    records = folder / "records.json"
    records.write_text(json.dumps(RECORDS))
    program = folder / "journalctl"
    program.write_text(JOURNALCTL.format(python=os.sys.executable, records=str(records), code=code))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return JournalLog()


async def test_the_newest_lines_are_filtered_by_level_and_process(
    log: LogFile, tmp_path: Path
) -> None:
    log.write("hardware", "10:00:00 INFO hardware: ready")
    log.write("hardware", "10:00:01 ERROR hardware: it failed")
    log.write("web", "10:00:02 WARNING vizy.web: slow")
    source = FileLog(tmp_path / "vizy.log")
    grave = await source.last(10, Wanted("warning"))
    assert [line.text for line in grave] == ["hardware: it failed", "vizy.web: slow"]
    assert [line.process for line in await source.last(10, Wanted(process="web"))] == ["web"]
    assert len(await source.last(1, Wanted())) == 1


async def test_a_follower_gets_each_new_line_also_when_the_file_is_replaced(
    log: LogFile, tmp_path: Path
) -> None:
    log.write("web", "INFO vizy.web: before")
    lines = FileLog(tmp_path / "vizy.log", look_s=0.01).follow()
    assert await anext(lines) is None
    for number in range(60):
        log.write("web", f"INFO vizy.web: line {number}")
        if number % 10 == 0:
            while (line := await anext(lines)) is None:
                pass
            seen = int(line.text.split()[-1])
            while seen < number:
                line = await anext(lines)
                seen = int(line.text.split()[-1]) if line else seen
    assert (tmp_path / "vizy.log.1").exists()
    await lines.aclose()


async def test_a_journal_is_read_by_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await journal(tmp_path, monkeypatch).last(10, Wanted())
    assert (first.level, first.process, first.text) == (
        "warning",
        "hardware",
        "hardware: the cable is loose",
    )
    assert first.time == "2025-11-25T17:43:12.345Z"
    assert (second.process, second.text) == ("web", "vizy.web: bytes \N{REPLACEMENT CHARACTER}")


async def test_a_journal_is_followed_until_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = journal(tmp_path, monkeypatch).follow()
    assert await anext(lines) is None
    async with asyncio.timeout(20):
        first = await anext(lines)
    assert first is not None
    assert first.text == "hardware: the cable is loose"
    await lines.aclose()  # and the program is gone: the test would leave it behind


async def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotPossibleError, match="systemd-journal"):
        await journal(tmp_path, monkeypatch, code=1).last(10, Wanted())
    with pytest.raises(NotPossibleError, match="started by hand"):
        await NoLog().last(10, Wanted())
    with pytest.raises(NotPossibleError, match="started by hand"):
        await anext(NoLog().follow())
    with pytest.raises(NotPossibleError, match="cannot be read"):
        await FileLog(tmp_path / "nothing").last(10, Wanted())
