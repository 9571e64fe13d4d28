"""The number of this start of the daemon, so that revisions grow over restarts.

Called once, before the loop runs. The number is durable before it is used.
"""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from vizy.errors import DiskFullError
from vizy.files import write_durably

_logger = logging.getLogger(__name__)
_BOOTS_PER_DAY = 20
_MOST_BOOTS = 900_000  # beyond it, revisions are no exact numbers in a browser
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_boot(path: Path) -> int:
    """Return a number greater than at any start before, and remember it.

    A file that cannot be understood is replaced: the count goes on from the number of days since
    1970 times twenty, which a device that starts less than twenty times a day never reached.

    Raises:
        StorageError: The number cannot be kept.
    """
    boot = _last_boot(path) + 1
    text = f"{boot}\n".encode()
    try:
        write_durably(path, text, replace=True)
    except DiskFullError:
        if not _overwrite(path, text):
            raise
    return boot


def _overwrite(path: Path, text: bytes) -> bool:
    """Write over the file that is there, which takes no space; tell whether it worked.

    A device whose disk is full must still start, so that its owner can make room. The text lies in
    one sector, so a power cut leaves the old or the new one.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(text)
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _last_boot(path: Path) -> int:
    try:
        boot = int(path.read_text())
        if not 0 <= boot < _MOST_BOOTS:
            raise ValueError(f"{boot} is not between 0 and {_MOST_BOOTS}")
        return boot
    except FileNotFoundError:
        return 0
    except (ValueError, OSError) as error:
        _logger.warning("%s cannot be read, so the count starts anew: %s", path, error)
        return (datetime.now(UTC) - _EPOCH).days * _BOOTS_PER_DAY
