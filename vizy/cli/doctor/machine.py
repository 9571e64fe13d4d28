"""Checks of the machine: variables, folders, disk, clock, libraries. Small reads, no more."""

import os
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from vizy.cli.doctor.finding import Finding, ok, warning, wrong
from vizy.settings import Settings
from vizy.settings.sources import unknown_variables

_WRITTEN = 1_763_700_000.0  # when this was written: no clock that goes right says less
_MIB = 1024 * 1024
_MODULES = {"av": "videos", "cv2": "pictures", "simplejpeg": "live pictures", "PIL": "stills"}
_OF_BACKEND = {"picamera2": "the Raspberry Pi camera"}
_INSTALL = "install Vizy anew: `make installed`, or the package"


def check_variables(environ: Mapping[str, str]) -> list[Finding]:
    """Name each ``VIZY_*`` variable that nothing reads."""
    found = unknown_variables(environ)
    if not found:
        return [ok("variables", "every VIZY_* variable is known")]
    return [wrong("variables", text, "correct or unset it") for text in found]


def check_folders(settings: Settings) -> list[Finding]:
    """See whether the folders are there and may be written to."""
    findings: list[Finding] = []
    for about, path in (("state", settings.state_dir), ("runtime", settings.runtime_dir)):
        name = f"{about} folder"
        if not Path(path).is_dir():
            findings.append(
                warning(name, f"{path} is not there yet", "`vizy run` makes it at its start")
            )
        elif not os.access(path, os.W_OK | os.X_OK):
            cure = "run this as the user that Vizy runs as, or give that user the folder"
            findings.append(wrong(name, f"{path} cannot be written to by user {os.getuid()}", cure))
        else:
            findings.append(ok(name, path))
    return findings


def check_disk(
    settings: Settings, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage
) -> Finding:
    """See whether there is room for captures."""
    path = Path(settings.state_dir)
    while not path.exists():
        path = path.parent
    total, _, free = usage(path)
    floor = settings.storage.floor_bytes
    text = f"{free // _MIB} MiB free of {total // _MIB} MiB"
    if free < floor:
        return wrong(
            "disk",
            f"{text}: below the {floor // _MIB} MiB that are kept free, so nothing is captured",
            'delete captures (`vizy captures delete`), or set storage.when_full = "delete-oldest"',
        )
    if free < 2 * floor:
        return warning("disk", text, "make room soon: `vizy captures list` shows what there is")
    return ok("disk", text)


def check_clock(now_s: float, synchronized: Path = Path("/run/systemd/timesync")) -> Finding:
    """See whether the clock can be right; names and times of captures come from it.

    Args:
        now_s: Seconds since 1970.
        synchronized: The folder in which systemd-timesyncd leaves a mark once it has set the clock.
    """
    if now_s < _WRITTEN:
        return wrong(
            "clock",
            "it is set to a time before this Vizy was written",
            "connect it to a network with a time server, or set it: `date -s`",
        )
    if synchronized.is_dir() and not (synchronized / "synchronized").exists():
        return warning(
            "clock",
            "no time server has set it since the start",
            "look at `timedatectl`; without a network the clock stays where it stopped",
        )
    return ok("clock", "it may be right")


def check_libraries(
    settings: Settings, find: Callable[[str], object | None] = find_spec
) -> Finding:
    """See whether the libraries are there that this camera and videos need."""
    backend = settings.camera.backend
    needed = _MODULES | ({backend: _OF_BACKEND[backend]} if backend in _OF_BACKEND else {})
    missing = [f"{name} ({use})" for name, use in needed.items() if find(name) is None]
    if missing:
        is_pi = backend in _OF_BACKEND and f"{backend} ({_OF_BACKEND[backend]})" in missing
        cure = f"`apt install python3-{backend}`, or another --camera" if is_pi else _INSTALL
        return wrong("libraries", f"{', '.join(missing)} cannot be found", cure)
    return ok("libraries", f"{', '.join(needed)} are there")
