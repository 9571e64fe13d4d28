"""The daemon as a real process, for tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from vizy.settings import Settings, load_settings, settings_environ

START_S = 30.0


class DaemonProcess:
    """``python -m hardware`` on a state folder; killed at the end if it still runs."""

    def __init__(self, state_dir: Path, **options: object) -> None:
        given = {"state_dir": str(state_dir)} | options
        self.settings: Settings = load_settings(given, {})
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hardware"],
            env={k: v for k, v in os.environ.items() if not k.startswith("VIZY_")}
            | settings_environ(given),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def socket(self) -> Path:
        return self.settings.hardware_socket

    def wait_ready(self) -> Self:
        """Wait until it says that it serves."""
        assert self.process.stderr is not None
        self._log = ""
        for line in self.process.stderr:
            self._log += line
            if "ready on" in line:
                return self
        raise AssertionError(f"the daemon ended:\n{self._log}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(START_S)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; return its exit code and how long that took."""
        start = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(START_S)
        return code, time.monotonic() - start

    def outcome(self) -> tuple[int, str, str]:
        """Wait until it ends; return exit code, stdout and stderr."""
        out, err = self.process.communicate(timeout=START_S)
        return self.process.returncode, out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait(START_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
