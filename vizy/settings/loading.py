"""Making the settings of a process out of all sources, and handing them on to a child.

Called at the start of each process, before anything runs, and by whoever wants to know what a start
would find now. It never writes a file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from vizy.errors import SettingsError
from vizy.settings.sections import CONFIG_NAME, Settings
from vizy.settings.sources import (
    KEYS,
    SECTIONS,
    VARIABLES,
    given_by,
    read_environ,
    read_file_text,
    read_options,
    read_text,
)

MAX_SOCKET_PATH_BYTES = 107
"""Source: ``struct sockaddr_un`` in unix(7), 108 bytes with the closing zero."""


class Resolved(Struct, frozen=True):
    """Settings, and where they come from.

    Attributes:
        settings: The settings.
        path: The settings file, whether it exists or not.
        text: What that file says; empty without one.
        in_file: The same by key (``camera.fps``), paths made absolute.
        fixed: The keys that an option or variable gives, and which that is; the file cannot change
            them.
    """

    settings: Settings
    path: Path
    text: str
    in_file: dict[str, Any]
    fixed: dict[str, str]


def load_settings(options: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Resolve the settings of this process.

    Args:
        options: Command options by name: ``state_dir``, ``runtime_dir``, ``config``, ``camera``
            (``simulated``, ``v4l2:DEVICE``, ``video:FILE``), ``host``, ``port``, or any key as in
            the file (``stream.quality``). A value of None counts as not given.
        environ: The environment; an empty variable counts as not given.

    Returns:
        The settings, with absolute paths.

    Raises:
        SettingsError: A source says something that cannot be taken; nothing was changed.
    """
    return resolve(options, environ).settings


def resolve(
    options: Mapping[str, object], environ: Mapping[str, str], *, text: str | None = None
) -> Resolved:
    """Resolve settings and tell where each comes from.

    Args:
        options: As of `load_settings`.
        environ: As of `load_settings`.
        text: What the settings file would say; None: what it says.

    Raises:
        SettingsError: A source says something that cannot be taken.
    """
    from_options = read_options(options)
    from_environ = read_environ(environ)
    given = from_environ | from_options
    config = given.pop("config", None)
    state_dir = given.get("state_dir") or _default_state_dir(environ)
    path = Path(config) if config else Path(state_dir, CONFIG_NAME)
    if text is None:
        text = read_file_text(path, required=config is not None)
    in_file = read_text(text, path)
    settings = _build({"state_dir": state_dir} | in_file | given, config)
    _check_together(settings)
    fixed = given_by(environ) | dict.fromkeys(from_options, "a command option")
    return Resolved(settings, path, text, in_file, fixed)


def settings_environ(options: Mapping[str, object]) -> dict[str, str]:
    """Return command options as environment variables, for a child that resolves them anew.

    What options do not say is not among them: the child reads it from the file each time it starts.

    Raises:
        SettingsError: An option is unknown or its value is refused.
    """
    given = read_options(options)
    variables = {
        name: _to_text(given[key]) for name, key in VARIABLES.items() if given.get(key) is not None
    }
    if "camera.backend" in given:
        place = given.get("camera.file") or given.get("camera.device") or given.get("camera.number")
        backend = given["camera.backend"]
        variables["VIZY_CAMERA"] = backend if place is None else f"{backend}:{place}"
    if "config" in given:
        variables["VIZY_CONFIG"] = given["config"]
    return variables


def by_key(settings: Settings) -> dict[str, Any]:
    """Return the value of each key that can be changed, in the types of JSON."""
    return {
        key: msgspec.to_builtins(getattr(getattr(settings, section), name))
        for key, (section, _, name) in ((key, key.partition(".")) for key in KEYS)
    }


def _default_state_dir(environ: Mapping[str, str]) -> str:
    base = environ.get("XDG_STATE_HOME", "")
    if not base.startswith("/"):  # the XDG specification: a relative path is to be ignored
        base = str(Path(environ.get("HOME") or Path.home(), ".local", "state"))
    return str(Path(base, "vizy"))


def _build(values: dict[str, Any], config: str | None) -> Settings:
    tables: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        if section:
            tables[section][name] = value
    state_dir = values["state_dir"]
    runtime_dir = values.get("runtime_dir") or str(Path(state_dir, "run"))
    return msgspec.convert(
        {"state_dir": state_dir, "runtime_dir": runtime_dir, "config": config, **tables}, Settings
    )


def _check_together(settings: Settings) -> None:
    camera = settings.camera
    if camera.backend == "video" and not camera.file:
        raise SettingsError("camera.backend = video needs camera.file: --camera video:FILE")
    if camera.set_delay_ms[0] > camera.set_delay_ms[1]:
        low, high = camera.set_delay_ms
        raise SettingsError(f"camera.set_delay_ms={low}-{high} is refused: the lower comes first")
    web = settings.web
    if web.tls == "own" and not (web.certificate and web.key):
        missing = "web.key" if web.certificate else "web.certificate"
        raise SettingsError(f"web.tls = own needs {missing}: the name of a PEM file")
    paths = (settings.state_dir, settings.runtime_dir)
    for path in (*paths, camera.file, camera.device, web.certificate, web.key):
        if path and not _is_unicode(path):
            raise SettingsError(f"{path!a} is no name in UTF-8: rename it or choose another")
    for path in (settings.hardware_socket, settings.frames_socket):
        size = len(os.fsencode(path))
        if size > MAX_SOCKET_PATH_BYTES:
            raise SettingsError(
                f"{path} is a path of {size} bytes and a socket's may have "
                f"{MAX_SOCKET_PATH_BYTES}: set VIZY_RUNTIME_DIR to a shorter folder"
            )


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that Python keeps as surrogates, which no message can carry
        return False
    return True


def _to_text(value: object) -> str:
    if isinstance(value, tuple):
        return "-".join(f"{item:.6f}" for item in cast("tuple[float, ...]", value))
    return str(value).lower() if isinstance(value, bool) else str(value)
