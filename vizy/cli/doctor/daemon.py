"""Checks of the hardware process: its sockets, the camera, its disk and what it warns of."""

import asyncio
import os
import socket
from pathlib import Path

from vizy.cli.doctor.finding import Finding, ok, warning, wrong
from vizy.errors import DeviceAwayError, VizyError
from vizy.messages import GetState
from vizy.rpc.client import call_once
from vizy.settings import Settings
from vizy.state import DeviceState

_TIMEOUT_S = 5.0
_GROUP = "become a member of the group vizy (`sudo adduser $USER vizy`), and log in again"


def check_daemon(settings: Settings) -> tuple[Finding, DeviceState | None]:
    """See whether the hardware process answers; return its state if it does."""
    path = settings.hardware_socket
    try:
        state = asyncio.run(call_once(path, GetState(), timeout_s=_TIMEOUT_S))
    except DeviceAwayError as error:
        return wrong("hardware process", error.detail, _cure_of(path)), None
    except VizyError as error:
        cure = "its log says more; `vizy run` or `systemctl restart vizy-hardware` starts it again"
        return wrong("hardware process", f"it does not answer: {error}", cure), None
    return ok("hardware process", f"process {state.health.pid} answers at {path}"), state


def check_frames_socket(settings: Settings) -> Finding:
    """See whether live frames could be read; none is."""
    path = settings.frames_socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        probe.settimeout(_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except OSError as error:
            return wrong("live frames", f"{path}: {error.strerror or error}", _cure_of(path))
    return ok("live frames", f"{path} takes readers")


def check_camera(state: DeviceState) -> Finding:
    """See whether the camera works."""
    camera = state.camera
    text = f"{camera.model} ({camera.backend}): {camera.status}"
    if camera.status == "ready":
        return ok("camera", text)
    reason = f"{text}: {camera.reason}" if camera.reason else text
    if camera.status == "starting":
        return warning("camera", reason, "wait a moment, and look again")
    cure = (
        "look at its cable, and that no other program uses it; `vizy cameras` lists what there is"
    )
    return wrong("camera", reason, cure)


def check_storage(state: DeviceState) -> Finding:
    """See whether the daemon can keep captures."""
    storage = state.storage
    if storage.status == "ok":
        return ok("captures", f"{state.captures.count}, in {storage.path}")
    cure = "make room: `vizy captures delete`" if storage.status == "full" else "check the disk"
    return wrong("captures", f"{storage.status}: {storage.reason}", cure)


def check_warnings(state: DeviceState) -> list[Finding]:
    """Repeat what the sensors warn of: heat, under-voltage, throttling."""
    if not state.warnings:
        return [ok("sensors", f"{len(state.sensors)} are read, none warns")]
    return [
        (wrong if each.severity == "critical" else warning)("sensors", each.text, "")
        for each in state.warnings
    ]


def _cure_of(path: Path) -> str:
    """Say what to do about a socket that cannot be reached."""
    try:
        if not path.exists():
            return "start it with `vizy run`, or name its folder with --state-dir"
    except PermissionError:
        return _GROUP
    if not os.access(path, os.W_OK):
        return _GROUP
    return "its process is gone and left the socket: start it with `vizy run`"
