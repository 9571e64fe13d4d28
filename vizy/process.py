"""A child of `vizy run` that does not outlive it, even when it is killed with SIGKILL.

Each of the two processes calls `die_with_parent` first thing in its main thread; started by hand or
by systemd it does nothing.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping

SUPERVISOR_VARIABLE = "VIZY_SUPERVISOR_PID"
_PR_SET_PDEATHSIG = 1  # Source: prctl(2), linux/prctl.h


def die_with_parent(environ: Mapping[str, str] = os.environ) -> None:
    """Ask the kernel for SIGTERM when the supervisor that started this process dies.

    Args:
        environ: Where ``VIZY_SUPERVISOR_PID`` names the supervisor; without it nothing happens.

    Raises:
        SystemExit: The supervisor died before the kernel was asked.
        OSError: The kernel refused.
    """
    supervisor = environ.get(SUPERVISOR_VARIABLE)
    if not supervisor:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM.value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if os.getppid() != int(supervisor):
        sys.exit(0)
