"""Making the settings of a process out of all sources, handing them on, and saving them.

Called once at the start of each process, before anything runs. It never writes a file unless asked
to `save`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from vizy import toml
from vizy.errors import SettingsError
from vizy.files import write_durably
from vizy.settings.sections import CONFIG_NAME, Settings
from vizy.settings.sources import SECTIONS, VARIABLES, read_environ, read_file, read_options

MAX_SOCKET_PATH_BYTES = 107
"""Source: ``struct sockaddr_un`` in unix(7), 108 bytes with the closing zero."""


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
    from_options = read_options(options)
    from_environ = read_environ(environ)
    given = from_environ | from_options
    config = given.pop("config", None)
    state_dir = given.get("state_dir") or _default_state_dir(environ)
    file = Path(config) if config else Path(state_dir, CONFIG_NAME)
    from_file = read_file(file, required=config is not None)
    settings = _build({"state_dir": state_dir} | from_file | given, config)
    _check_together(settings)
    return settings


def settings_environ(settings: Settings) -> dict[str, str]:
    """Return the environment variables from which `load_settings` makes the same settings."""
    camera = settings.camera
    source = f"video:{camera.file}" if camera.backend == "video" else camera.backend
    variables = {
        name: _to_text(_value_at(settings, key))
        for name, key in VARIABLES.items()
        if _value_at(settings, key) is not None
    }
    variables["VIZY_CAMERA"] = source
    if settings.config:
        variables["VIZY_CONFIG"] = settings.config
    return variables


def save(settings: Settings, path: Path) -> None:
    """Write the settings as TOML, whole or not at all.

    Raises:
        StorageError: The disk refused; the file is as it was.
    """
    tables = msgspec.to_builtins(settings)
    del tables["config"]
    write_durably(path, toml.encode(tables), replace=True)


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
    for path in (settings.state_dir, settings.runtime_dir, camera.file or "", camera.device or ""):
        if not _is_unicode(path):
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


def _value_at(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _to_text(value: object) -> str:
    if isinstance(value, tuple):
        return "-".join(f"{item:.6f}" for item in cast("tuple[float, ...]", value))
    return str(value)
