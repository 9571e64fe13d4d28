"""`machine`: the computer and its system. A few small files of the kernel, on any thread."""

import platform
import socket
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from vizy.sensors import SensorReading
from vizy.version import __version__

_LIBRARIES = (
    "dash",
    "dash-mantine-components",
    "plotly",
    "quart",
    "uvicorn",
    "websockets",
    "msgspec",
    "numpy",
    "opencv-python-headless",
    "av",
    "simplejpeg",
    "picamera2",
)
_MODELS = ("proc/device-tree/model", "sys/devices/virtual/dmi/id/product_name")
_CLOCK = "clock.synchronized"
_THROTTLING = ("pi.", ".now")


class Machine(Struct, frozen=True, kw_only=True):
    """The computer.

    Attributes:
        host: Its name.
        model: Of the board; empty where it does not tell.
        system: The distribution, as ``Debian GNU/Linux 13 (trixie)``.
        kernel: Its version.
        architecture: As ``aarch64``.
        uptime_s: Seconds since its start.
        is_clock_set: Whether a time server sets the clock; None: not known.
        throttling: What the firmware does because of heat or power at the moment.
    """

    host: str
    model: str
    system: str
    kernel: str
    architecture: str
    uptime_s: float
    is_clock_set: bool | None
    throttling: tuple[str, ...]


def machine(sensors: Mapping[str, SensorReading], root: Path = Path("/")) -> Machine:
    """Return what the computer is.

    Args:
        sensors: Clock and throttling are among them.
        root: Of the file system; tests have a tree of their own.
    """
    clock = sensors.get(_CLOCK)
    start, end = _THROTTLING
    return Machine(
        host=socket.gethostname(),
        model=next((text for name in _MODELS if (text := _text(root / name))), ""),
        system=_system(root),
        kernel=platform.release(),
        architecture=platform.machine(),
        uptime_s=float((_text(root / "proc/uptime") or "0").split()[0]),
        is_clock_set=None if clock is None or clock.value is None else bool(clock.value),
        throttling=tuple(
            reading.label
            for name, reading in sensors.items()
            if name.startswith(start) and name.endswith(end) and reading.value
        ),
    )


def versions() -> dict[str, str]:
    """Return the versions of Vizy, Python, and the libraries that are installed."""
    found = {"vizy": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _system(root: Path) -> str:
    for line in _text(root / "etc/os-release").splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip('"')
    return platform.system()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""
