"""Logging: one line a record, with the time, or to the journal with its fields."""

import logging
import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vizy.log import configure_logging

LOG = """
import logging, os, sys
from vizy.log import configure_logging
stderr = os.fstat(2)
stream = f"{stderr.st_dev}:{stderr.st_ino + int(sys.argv[1])}"
logger = configure_logging("vizy.test", environ={"JOURNAL_STREAM": stream})
logger.debug("not shown")
logger.warning("shown")
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("failed")
"""


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    websockets = logging.getLogger("websockets")
    before = root.handlers[:], root.level, websockets.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    websockets.setLevel(before[2])


def logged(offset: int, path: Path) -> list[str]:
    """Return what a process logs to a file that is the journal's stream, or is beside it."""
    with path.open("wb") as stderr:
        subprocess.run([sys.executable, "-c", LOG, str(offset)], stderr=stderr, check=True)
    return path.read_text().splitlines()


def test_a_terminal_gets_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("vizy.test", environ={}).info("camera %s ready", "x")
    captured = capsys.readouterr()
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO vizy\.test: camera x ready\n", captured.err)
    assert captured.out == ""


def test_the_journal_gets_no_time_and_the_priority_of_each_line(tmp_path: Path) -> None:
    lines = logged(0, tmp_path / "log")
    assert lines[:2] == ["<4>WARNING vizy.test: shown", "<3>ERROR vizy.test: failed"]
    assert lines[-1] == "<3>ZeroDivisionError: division by zero"
    assert all(line.startswith("<3>") for line in lines[1:])


def test_a_terminal_that_the_journal_has_started_gets_the_time(tmp_path: Path) -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d WARNING vizy\.test: shown", logged(1, tmp_path / "log")[0])


def test_with_systemd_python_the_journal_gets_the_fields(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[dict[str, Any]] = []

    class JournalHandler(logging.Handler):
        """As systemd-python's 235: what it formats is the message, the rest are fields."""

        def __init__(self, level: int = logging.NOTSET, **extra: str) -> None:
            super().__init__(level)
            self.extra = extra

        def emit(self, record: logging.LogRecord) -> None:
            fields = {"PRIORITY": {30: 4}[record.levelno], "LOGGER": record.name}
            sent.append(
                {"MESSAGE": self.format(record), "CODE_FUNC": record.funcName} | fields | self.extra
            )

    journal = types.ModuleType("systemd.journal")
    journal.JournalHandler = JournalHandler  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "systemd", types.ModuleType("systemd"))
    monkeypatch.setitem(sys.modules, "systemd.journal", journal)
    with (tmp_path / "log").open("w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        found = os.fstat(stderr.fileno())
        environ = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        configure_logging("vizy.test", environ=environ).warning("loose %s", "cable")
    assert sent == [
        {
            "MESSAGE": "WARNING vizy.test: loose cable",
            "CODE_FUNC": "test_with_systemd_python_the_journal_gets_the_fields",
            "PRIORITY": 4,
            "LOGGER": "vizy.test",
            "SYSLOG_IDENTIFIER": "vizy-test",
        }
    ]
    assert (tmp_path / "log").read_text() == ""


def test_configuring_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        logger = configure_logging("vizy.test", environ={})
    logger.error("once")
    logging.getLogger("websockets.server").error("opening handshake failed")
    assert capsys.readouterr().err.endswith(" ERROR vizy.test: once\n")
    assert capsys.readouterr().err == ""
