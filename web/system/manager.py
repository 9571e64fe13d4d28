"""`Manager`: who starts the processes again, and can switch the machine off.

Chosen once at the start from the environment. On the web loop; each call has a time-out. A way that
this machine does not have is refused with the reason.
"""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Literal

from vizy.device import DeviceMirror
from vizy.errors import NotPossibleError
from vizy.process import SUPERVISOR_VARIABLE

What = Literal["hardware", "web", "all"]
Power = Literal["poweroff", "reboot"]

UNITS = {"hardware": "vizy-hardware.service", "web": "vizy-web.service"}

_LAST_ANSWER_S = 0.3  # for the answer to the request that ends this process
_POWER = "it takes systemd, which did not start Vizy: switch it off as you switch it on"


class Manager(ABC):
    """Starts processes again.

    Attributes:
        name: What it is called.
        no_restart: Why it starts nothing again; empty when it does.
        no_power: Why it does not switch the machine off; empty when it does.
    """

    name: str
    no_restart = ""
    no_power = ""

    @abstractmethod
    async def restart(self, what: What) -> None:
        """Start one process again, or both; returns before this one ends.

        Raises:
            NotPossibleError: There is no way, or no permission.
            DeviceError: The hardware process does not answer.
        """

    @abstractmethod
    async def power(self, how: Power) -> None:
        """Switch the machine off, or start it again.

        Raises:
            NotPossibleError: There is no way, or no permission.
        """


class Supervised(Manager):
    """`vizy run`: a process that ends is started again.

    Args:
        device: The mirror of the hardware process.
        end: Ends this process in good order.
    """

    name = "vizy run"
    no_power = _POWER

    def __init__(self, device: DeviceMirror, end: Callable[[], None] | None = None) -> None:
        self._device = device
        self._end = end or (lambda: os.kill(os.getpid(), signal.SIGTERM))

    async def restart(self, what: What) -> None:
        """End the process: who supervises it starts it again."""
        if what != "web":
            await self._device.restart()
        if what != "hardware":
            asyncio.get_running_loop().call_later(_LAST_ANSWER_S, self._end)

    async def power(self, how: Power) -> None:
        """Refuse."""
        raise NotPossibleError(f"{how} is refused: {self.no_power}")


class Unmanaged(Manager):
    """Nobody: both processes were started by hand."""

    name = "nobody"
    no_restart = (
        "nothing would start it again, because the processes were started by hand: use `vizy run` "
        "or systemd"
    )
    no_power = _POWER

    async def restart(self, what: What) -> None:
        """Refuse."""
        raise NotPossibleError(f"restart of {what} is refused: {self.no_restart}")

    async def power(self, how: Power) -> None:
        """Refuse."""
        raise NotPossibleError(f"{how} is refused: {self.no_power}")


def is_supervised(environ: Mapping[str, str]) -> bool:
    """Tell whether `vizy run` started this process."""
    return bool(environ.get(SUPERVISOR_VARIABLE))


def is_of_systemd(environ: Mapping[str, str]) -> bool:
    """Tell whether systemd started this process as a service."""
    return not is_supervised(environ) and bool(
        environ.get("NOTIFY_SOCKET") or environ.get("INVOCATION_ID")
    )


def manager_of(environ: Mapping[str, str], device: DeviceMirror) -> Manager:
    """Return who starts this process again.

    Args:
        environ: Of this process.
        device: The mirror of the hardware process.
    """
    if is_supervised(environ):
        return Supervised(device)
    if is_of_systemd(environ):
        from web.system.systemd import Systemd  # dbus-fast: only where there is a bus

        return Systemd()
    return Unmanaged()
