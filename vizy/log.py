"""Logging of both processes: to stderr a line a record, or to systemd's journal with its fields.

Called once by each process at its start, on its main thread. The text is the same either way; the
journal gets priority, logger, thread and place in the code besides, where systemd-python is
installed (the extra ``pi``, or Debian's ``python3-systemd``), and the priority alone elsewhere.

Source: systemd.exec(5) on ``JOURNAL_STREAM``, sd-daemon(3) on the prefixes.
"""

import importlib
import logging
import os
import sys
from collections.abc import Mapping

_SHORT = "%(levelname)s %(name)s: %(message)s"
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class _Prefixed(logging.Formatter):
    """Puts the priority before each line, where the journal looks for it."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_PRIORITIES.get(record.levelno, 5)}>"
        return prefix + super().format(record).replace("\n", f"\n{prefix}")


def configure_logging(
    name: str, *, level: int = logging.INFO, environ: Mapping[str, str] = os.environ
) -> logging.Logger:
    """Send all logging to stderr, or to the journal if that is what stderr is.

    Args:
        name: The logger to return, for example ``vizy.hardware``.
        level: The least severe level that is shown.
        environ: Where ``JOURNAL_STREAM`` tells that systemd reads stderr.

    Returns:
        The logger of that name.
    """
    root = logging.getLogger()
    root.handlers[:] = [_handler(name, environ)]
    root.setLevel(level)
    # A peer that does not speak WebSocket is no error of ours; what our handlers raise, we log.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    return logging.getLogger(name)


def _handler(name: str, environ: Mapping[str, str]) -> logging.Handler:
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if not _is_journal(environ.get("JOURNAL_STREAM", "")):
        handler.setFormatter(logging.Formatter(f"%(asctime)s {_SHORT}", datefmt="%H:%M:%S"))
        return handler
    try:
        journal = importlib.import_module("systemd.journal")
    except ImportError:
        handler.setFormatter(_Prefixed(_SHORT))
        return handler
    handler = journal.JournalHandler(SYSLOG_IDENTIFIER=f"vizy-{name.removeprefix('vizy.')}")
    handler.setFormatter(logging.Formatter(_SHORT))
    return handler


def _is_journal(stream: str) -> bool:
    """Tell whether stderr is the journal's stream, and not a terminal that was started there."""
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # there is none, or it is no file
        return False
    return stream == f"{stderr.st_dev}:{stderr.st_ino}"
