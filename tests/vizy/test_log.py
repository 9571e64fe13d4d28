"""Logging: one line a record, with the time unless the journal adds it."""

import logging
import re
from collections.abc import Iterator

import pytest

from vizy.log import configure_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    websockets = logging.getLogger("websockets")
    before = root.handlers[:], root.level, websockets.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    websockets.setLevel(before[2])


def test_a_terminal_gets_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("vizy.test", environ={}).info("camera %s ready", "x")
    captured = capsys.readouterr()
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO vizy\.test: camera x ready\n", captured.err)
    assert captured.out == ""


def test_the_journal_gets_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    logger = configure_logging("vizy.test", environ={"JOURNAL_STREAM": "8:9"})
    logger.debug("not shown")
    logger.warning("shown")
    assert capsys.readouterr().err == "WARNING vizy.test: shown\n"


def test_configuring_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        logger = configure_logging("vizy.test", environ={"JOURNAL_STREAM": "8:9"})
    logger.error("once")
    logging.getLogger("websockets.server").error("opening handshake failed")
    assert capsys.readouterr().err == "ERROR vizy.test: once\n"
