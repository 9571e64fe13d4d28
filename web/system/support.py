"""`bundle`: what somebody who helps from afar needs to know, as a zip without secrets.

Made in memory when it is asked for; bounded by the bounds of its parts. Every text goes through
`scrub`. Files of accounts, sessions and networks are never read.
"""

import asyncio
import contextlib
import io
import os
import stat
import zipfile
from asyncio.subprocess import DEVNULL, PIPE
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vizy.errors import VizyError
from vizy.logfile import LogLine, ProcessName
from vizy.settings import Settings
from web.system.logs import Wanted
from web.system.scrub import scrub
from web.system.system import System

_LINES = 3000
_KERNEL_S = 5.0
_MAX_KERNEL_BYTES = 512 * 1024
_README = """Support bundle of a Vizy, made {time}.

system.json     how both processes and the machine do
state.json      everything the camera knows (no pictures)
settings.json   the settings in force
facts.txt       folders, sockets and devices, and who may use them
hardware.log    the newest lines of the hardware process
web.log         the newest lines of the web process
kernel.log      the newest lines of the kernel, where they may be read

Passwords, tokens, sessions and Wi-Fi keys are not in it.
"""


async def bundle(system: System, settings: Settings) -> bytes:
    """Return the zip."""
    files = {
        "README.txt": _README.format(time=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"),
        "system.json": _json(await system.view()),
        "state.json": _json(system.state),
        "settings.json": _json(settings),
        "facts.txt": await asyncio.to_thread(_facts, settings),
        "hardware.log": await _log(system, "hardware"),
        "web.log": await _log(system, "web"),
        "kernel.log": await _kernel(),
    }
    return await asyncio.to_thread(_zipped, files)


def _zipped(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, scrub(text))
    return target.getvalue()


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


async def _log(system: System, process: ProcessName) -> str:
    try:
        lines = await system.last_lines(_LINES, Wanted(process=process))
    except VizyError as error:
        return f"{error}\n"
    return "".join(map(as_text, lines))


def as_text(line: LogLine) -> str:
    """Return a line of the log as text, with a newline."""
    return f"{line.time} {line.process} {line.level.upper()} {line.text}\n"


def _facts(settings: Settings) -> str:
    """Say what is where and who may use it."""
    runtime = Path(settings.runtime_dir)
    places = [Path(settings.state_dir), settings.captures_dir, settings.settings_file, runtime]
    places += [settings.hardware_socket, settings.frames_socket]
    places += sorted(Path("/dev").glob("video*")) + sorted(Path("/dev").glob("media*"))
    groups = ", ".join(map(str, os.getgroups()))
    lines = [f"user {os.getuid()}, groups {groups}", *map(_place, places)]
    return "\n".join(lines) + "\n"


def _place(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        return f"{path}: {error.strerror}"
    text = f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid} {path}"
    if path.is_dir():
        disk = os.statvfs(path)
        text += f" ({disk.f_bavail * disk.f_frsize / 1e9:.1f} GB free)"
    return text


async def _kernel() -> str:
    """Return the kernel's log, or why it cannot be read."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("dmesg", "--ctime"), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
    except OSError as error:
        return f"dmesg: {error.strerror}\n"
    try:
        async with asyncio.timeout(_KERNEL_S):
            out, refused = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return f"dmesg took more than {_KERNEL_S:g} s\n"
    return (out or refused)[-_MAX_KERNEL_BYTES:].decode("utf-8", "replace")
