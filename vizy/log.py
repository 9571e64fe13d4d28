"""One-line logging to stderr, the same in both processes.

Called once by each process at its start, on its main thread.
"""

import logging
import os
import sys
from collections.abc import Mapping

_SHORT = "%(levelname)s %(name)s: %(message)s"


def configure_logging(
    name: str, *, level: int = logging.INFO, environ: Mapping[str, str] = os.environ
) -> logging.Logger:
    """Send all logging to stderr, one line a record, with the time unless the journal adds it.

    Args:
        name: The logger to return, for example ``vizy.hardware``.
        level: The least severe level that is shown.
        environ: Where ``JOURNAL_STREAM`` tells that systemd reads stderr.

    Returns:
        The logger of that name.
    """
    timed = "" if "JOURNAL_STREAM" in environ else "%(asctime)s "
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(timed + _SHORT, datefmt="%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A peer that does not speak WebSocket is no error of ours; what our handlers raise, we log.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    return logging.getLogger(name)
