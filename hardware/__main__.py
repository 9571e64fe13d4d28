"""``python -m hardware``: the hardware process.

It reads its settings from the environment and the settings file, logs to stderr and prints nothing
else. Exit codes: 0 after SIGTERM or SIGINT, 1 when something that must live died or the camera was
not open in time (start it again), 2 when it cannot start (one line on stderr says why; starting it
again does not help).
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from hardware.daemon import Daemon
from hardware.lock import StateLock
from hardware.memory import return_large_blocks
from vizy.errors import DeviceTimeoutError, VizyError
from vizy.files import make_folder
from vizy.log import configure_logging
from vizy.process import die_with_parent
from vizy.settings import Settings, load_settings, unknown_variables

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_STOP_DEADLINE_S = 1.7


def main() -> int:
    """Run the daemon; return its exit code."""
    die_with_parent()
    return_large_blocks()
    logger = configure_logging("hardware")
    for text in unknown_variables(os.environ):
        logger.warning("%s", text)
    try:
        settings = load_settings({}, os.environ)
        make_folder(Path(settings.state_dir))
        with StateLock(Path(settings.state_dir)):
            # The runner is not closed: that would wait for a thread that a hanging disk holds.
            return asyncio.Runner().run(_serve(settings))
    except VizyError as error:
        print(f"vizy hardware: {error}", file=sys.stderr)  # noqa: T201 - the one line
        return 1 if isinstance(error, DeviceTimeoutError) else 2  # a camera may be in time next


async def _serve(settings: Settings) -> int:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        daemon.stop()
        loop.call_later(_STOP_DEADLINE_S, _leave, 0)

    daemon = Daemon(settings, end=stop, environ=os.environ)
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop)
    return await daemon.run()


def _leave(code: int) -> NoReturn:
    """End the process now: a device or a disk that hangs holds a thread for good."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main())
