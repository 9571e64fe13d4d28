"""The number of this start of the daemon, so that revisions grow over restarts.

Called once, before the loop runs. The number is durable before it is used.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path

from vizy.files import write_durably

_logger = logging.getLogger(__name__)
_BOOTS_PER_DAY = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_boot(path: Path) -> int:
    """Return a number greater than at any start before, and remember it.

    A file that cannot be understood is replaced: the count goes on from the number of days since
    1970 times twenty, which a device that starts less than twenty times a day never reached.

    Raises:
        StorageError: The number cannot be kept.
    """
    boot = _last_boot(path) + 1
    write_durably(path, f"{boot}\n".encode(), replace=True)
    return boot


def _last_boot(path: Path) -> int:
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return 0
    except (ValueError, OSError) as error:
        _logger.warning("%s cannot be read, so the count starts anew: %s", path, error)
        return (datetime.now(UTC) - _EPOCH).days * _BOOTS_PER_DAY
