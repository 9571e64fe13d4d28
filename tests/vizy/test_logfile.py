"""The log that `vizy run` keeps: bounded, read back, understood."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vizy.logfile import LogFile, LogLine, read_lines

NOW = datetime(2026, 11, 25, 17, 43, 12, 345_000, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vizy.log"


def written(path: Path, *lines: tuple[str, str], max_bytes: int = 1 << 20) -> list[LogLine]:
    log = LogFile(path, max_bytes=max_bytes, now=lambda: NOW)
    for process, line in lines:
        log.write(process, line)
    log.close()
    return list(read_lines(path))


def test_a_line_is_read_back_with_time_level_and_process(path: Path) -> None:
    (line,) = written(path, ("web", "17:43:12 WARNING vizy.web: slow \N{SNOWMAN}"))
    assert line == LogLine(
        time="2026-11-25T17:43:12.345Z",
        level="warning",
        process="web",
        text="vizy.web: slow \N{SNOWMAN}",
    )
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


def test_a_line_without_a_level_has_that_of_its_process_before(path: Path) -> None:
    lines = written(
        path,
        ("hardware", "17:43:12 ERROR hardware: it failed"),
        ("web", "17:43:12 INFO vizy.web: all well"),
        ("hardware", "Traceback (most recent call last):"),
    )
    assert [line.level for line in lines] == ["error", "info", "error"]


def test_the_two_files_stay_bounded_and_hold_the_newest(path: Path) -> None:
    many = [("web", f"INFO vizy.web: line {n}") for n in range(200)]
    lines = written(path, *many, max_bytes=2000)
    assert lines[-1].text.endswith("line 199")
    assert len(lines) < 100
    numbers = [int(line.text.split()[-1]) for line in lines]
    assert numbers == list(range(numbers[0], 200))
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 4300


def test_a_folder_that_refuses_costs_the_log_and_nothing_else(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "missing" / "vizy.log")
    log.write("web", "a")
    log.close()


def test_what_is_no_line_of_ours_is_left_out(path: Path) -> None:
    path.write_bytes(b"\xff\xfe nonsense\n2026-11-25T17:43:12.345Z web INFO a: b\n2026-11")
    assert [line.text for line in read_lines(path)] == ["a: b"]
