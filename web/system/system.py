"""`System`: how the device does, its log, and starting it again; of which API and page are made.

On the web loop; it owns one task, which measures the loop's lag.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from vizy.device import DeviceMirror
from vizy.errors import BusyError, DeviceError
from vizy.health import DaemonHealth, LoopLag, ProcessFigures, process_figures
from vizy.logfile import NAME, LogLine
from vizy.sensors import DeviceWarning
from vizy.settings import Settings
from vizy.state import DeviceState, StorageState
from web.system.logs import FileLog, JournalLog, LogSource, NoLog, Wanted
from web.system.machine import Machine, machine, versions
from web.system.manager import Manager, Power, What, is_of_systemd, is_supervised, manager_of
from web.system.requests import RequestCounts
from web.system.verdict import Verdict, verdict
from web.tls.certificate import Certificate
from web.tls.tls import Tls

MAX_FOLLOWERS = 8

_HEALTH_S = 2.0


class SystemView(Struct, frozen=True, kw_only=True):
    """How the device does.

    Attributes:
        verdict: The first thing to know.
        manager: Who starts the processes again: ``systemd``, ``vizy run`` or ``nobody``.
        machine: The computer.
        hardware: How the hardware process does; None while it is away.
        web: How the web process does.
        storage: The disk of the captures; None while it is not known.
        warnings: What the owner should look after.
        versions: Of Vizy, Python and libraries.
        certificate: What the page is shown with over ``https``; None over plain ``http``.
    """

    verdict: Verdict
    manager: str
    machine: Machine
    hardware: DaemonHealth | None
    web: ProcessFigures
    storage: StorageState | None
    warnings: tuple[DeviceWarning, ...]
    versions: dict[str, str]
    certificate: Certificate | None


class System:
    """The device itself.

    Args:
        settings: What this process was started with.
        device: The mirror of the hardware process.
        environ: Of this process.
        manager: Who starts processes again; None: as the environment says.
        log: Where the log is; None: as the environment says.
        tls: What the page is served with; None: plain http.

    Attributes:
        requests: What was answered so far.
        manager: Who starts processes again.
    """

    def __init__(
        self,
        settings: Settings,
        device: DeviceMirror,
        environ: Mapping[str, str] = os.environ,
        *,
        manager: Manager | None = None,
        log: LogSource | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.requests = RequestCounts()
        self._device = device
        self._tls = tls
        self.manager = manager or manager_of(environ, device)
        self._log = log or _log_of(settings, environ)
        self._started = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._lag = LoopLag()
        self._followers = 0
        self._versions = versions()

    async def run(self) -> None:
        """Measure how late the loop is, until cancelled."""
        await self._lag.run()

    async def view(self) -> SystemView:
        """Return how the device does now; also while the hardware process is away."""
        state, health = self.state, await self.health()
        web = self.web
        return SystemView(
            verdict=verdict(state, health, web),
            manager=self.manager.name,
            machine=await asyncio.to_thread(machine, state.sensors if state else {}),
            hardware=health,
            web=web,
            storage=state.storage if state else None,
            warnings=state.warnings if state else (),
            versions=self._versions,
            certificate=self._tls.certificate if self._tls else None,
        )

    @property
    def state(self) -> DeviceState | None:
        """The device's state; None while it is not kept up to date."""
        return self._device.state if self._device.connected else None

    @property
    def web(self) -> ProcessFigures:
        """How this process does."""
        return process_figures(self._started, self._lag)

    async def health(self) -> DaemonHealth | None:
        """Return how the hardware process does; None when it does not say so soon."""
        try:
            async with asyncio.timeout(_HEALTH_S):
                return await self._device.health()
        except (DeviceError, TimeoutError):
            return None

    async def restart(self, what: What) -> None:
        """Start one process again, or both.

        Raises:
            NotPossibleError: There is no way, or no permission.
            DeviceError: The hardware process does not answer.
        """
        await self.manager.restart(what)

    async def power(self, how: Power) -> None:
        """Switch the machine off, or start it again.

        Raises:
            NotPossibleError: There is no way, or no permission.
        """
        await self.manager.power(how)

    async def last_lines(self, count: int, wanted: Wanted) -> list[LogLine]:
        """Return the newest lines of the log, the oldest of them first.

        Raises:
            NotPossibleError: No log is kept, or it cannot be read.
        """
        return await self._log.last(count, wanted)

    async def follow_log(self, wanted: Wanted) -> AsyncGenerator[LogLine | None, None]:
        """Yield each new line of the log, and None now and then while there is none.

        Raises:
            NotPossibleError: No log is kept, or it cannot be read.
            BusyError: Too many follow it.
        """
        if self._followers >= MAX_FOLLOWERS:
            raise BusyError(f"{MAX_FOLLOWERS} follow the log already, the most: try again later")
        self._followers += 1
        lines = self._log.follow()
        try:
            async for line in lines:
                if line is None or wanted(line):
                    yield line
        finally:
            self._followers -= 1
            await lines.aclose()


def _log_of(settings: Settings, environ: Mapping[str, str]) -> LogSource:
    if is_supervised(environ):
        return FileLog(Path(settings.runtime_dir, NAME))
    return JournalLog() if is_of_systemd(environ) else NoLog()
