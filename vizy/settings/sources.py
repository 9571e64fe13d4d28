"""Where settings come from: command options, environment variables, the file; each one checked.

Called by `vizy.settings.loading`. A reader returns checked values by key (``web.port``), with paths
made absolute; a refusal names the source, the value and the limit. It never writes a file.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast, get_type_hints

import msgspec
from msgspec import Struct

from vizy import toml
from vizy.errors import SettingsError
from vizy.process import SUPERVISOR_VARIABLE
from vizy.settings.pins import PinSettings
from vizy.settings.sections import (
    CameraSettings,
    StorageSettings,
    StreamSettings,
    WebSettings,
)
from vizy.settings.sensors import SensorSettings
from vizy.settings.startup import StartupSettings
from vizy.settings.video import VideoSettings
from vizy.wanted import wanted

SECTIONS: dict[str, type[Struct]] = {
    "camera": CameraSettings,
    "stream": StreamSettings,
    "storage": StorageSettings,
    "web": WebSettings,
    "sensors": SensorSettings,
    "pins": PinSettings,
    "video": VideoSettings,
    "startup": StartupSettings,
}
_PATHS = ("state_dir", "runtime_dir")
_FILES = ("web.certificate", "web.key")
KEYS: dict[str, Any] = {
    f"{section}.{name}": kind
    for section, cls in SECTIONS.items()
    for name, kind in get_type_hints(cls, include_extras=True).items()
}
"""Every key that a person may change while Vizy runs, and its type."""
_TYPES: dict[str, Any] = dict.fromkeys(_PATHS, str) | KEYS
_SHORT = {"host": "web.host", "port": "web.port"}
VARIABLES: dict[str, str] = {
    f"VIZY_{key.removeprefix('web.').replace('.', '_').upper()}": key
    for key in _TYPES
    if key not in ("camera.backend", "camera.file")
}
_OPTIONS = {
    "VIZY_STATE_DIR": "--state-dir",
    "VIZY_CAMERA": "--camera",
    "VIZY_HOST": "--host",
    "VIZY_PORT": "--port",
}


_OTHERS = (
    "VIZY_CAMERA",
    "VIZY_CONFIG",
    "VIZY_URL",
    "VIZY_TOKEN",
    "VIZY_CA_FILE",
    SUPERVISOR_VARIABLE,
)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Say of each ``VIZY_*`` variable that nothing reads what was perhaps meant."""
    known = [*VARIABLES, *_OTHERS]
    found: list[str] = []
    for name in sorted(environ):
        if name.startswith("VIZY_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists them"
            found.append(f"{name} is no variable of Vizy: {hint}")
    return found


def read_options(options: Mapping[str, object]) -> dict[str, Any]:
    """Return what command options say, by key; ``config`` is among them.

    Raises:
        SettingsError: An option is unknown or its value is refused.
    """
    found: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        label = f"--{name.replace('_', '-')} {value}"
        if name == "config":
            found["config"] = _absolute(str(value), label)
        elif name == "camera":
            found |= _camera_source(str(value), label)
        else:
            key = _SHORT.get(name, name)
            _check_known(key, f"option {name}", [*_TYPES, *_SHORT])
            found[key] = _check(key, value, label, strict=False)
    return found


def read_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``VIZY_*`` variables say, by key; ``config`` is among them.

    Raises:
        SettingsError: A variable's value is refused.
    """
    found: dict[str, Any] = {}
    if source := environ.get("VIZY_CAMERA"):
        found |= _camera_source(source, f"VIZY_CAMERA={source}")
    if config := environ.get("VIZY_CONFIG"):
        found["config"] = _absolute(config, f"VIZY_CONFIG={config}")
    for variable, key in VARIABLES.items():
        if text := environ.get(variable):
            value = text.split("-") if key == "camera.set_delay_ms" else text
            found[key] = _check(key, value, f"{variable}={text}", strict=False)
    return found


def given_by(environ: Mapping[str, str]) -> dict[str, str]:
    """Return who gives each key that a variable gives: ``--port or VIZY_PORT``.

    `vizy run` hands its options on as variables, so that a process cannot tell them apart.
    """
    found: dict[str, str] = {}
    if source := environ.get("VIZY_CAMERA"):
        found |= dict.fromkeys(_camera_source(source, source), "VIZY_CAMERA")
    found |= {key: variable for variable, key in VARIABLES.items() if environ.get(variable)}
    return {
        key: f"{_OPTIONS[variable]} or {variable}" if variable in _OPTIONS else variable
        for key, variable in found.items()
    }


def read_file_text(path: Path, *, required: bool) -> str:
    """Return the text of the settings file; nothing when there is none and none is required.

    Raises:
        SettingsError: It cannot be read, or is missing and required.
    """
    text = toml.read_text(path)
    if text is None and required:
        raise SettingsError(f"{path} does not exist: create it or leave --config out")
    return text or ""


def read_text(text: str, path: Path) -> dict[str, Any]:
    """Return what a TOML document says, by key.

    Args:
        text: The document.
        path: The file that it is in, for errors and for relative paths.

    Raises:
        SettingsError: It is not TOML, or a key or value in it is refused.
    """
    tables = toml.parse(text, str(path))
    found: dict[str, Any] = {}
    for key, value in _flatten(tables, path):
        found[key] = _check(key, value, f"{path}: {key} = {_as_written(value)}", strict=True)
        if key in (*_PATHS, *_FILES, "camera.file"):
            found[key] = str(Path(path.parent, Path(value).expanduser()))
    return found


def check_change(key: str, value: object) -> Any:
    """Return a value as the settings hold it.

    Args:
        key: As ``camera.fps``.
        value: In the types of JSON or TOML; None goes back to the default.

    Raises:
        SettingsError: There is no such key, or the value is refused; the text names the limit.
    """
    _check_known(key, key[:80], KEYS)
    if value is None:
        return None
    return _check(key, value, f"{key} = {_as_written(value):.200}", strict=True)


def _flatten(tables: Mapping[str, Any], path: Path) -> Iterable[tuple[str, Any]]:
    for name, value in tables.items():
        _check_known(name, f"{path}: {name}", [*SECTIONS, *_PATHS])
        if name in _PATHS:
            yield name, value
            continue
        if not isinstance(value, dict):
            raise SettingsError(f"{path}: {name} is a table: write [{name}] and its keys below it")
        fields = SECTIONS[name].__struct_fields__
        for field, inner in cast("dict[str, Any]", value).items():
            _check_known(field, f"{path}: {name}.{field}", fields)
            yield f"{name}.{field}", inner


def _check_known(name: str, label: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(names)}"
    raise SettingsError(f"{label} is not a setting: {hint}")


def _check(key: str, value: object, label: str, *, strict: bool) -> Any:
    try:
        checked = msgspec.convert(value, _TYPES[key], strict=strict)
    except msgspec.ValidationError as error:
        takes = wanted(msgspec.inspect.type_info(_TYPES[key]))
        raise SettingsError(f"{label} is refused: {key} takes {takes}") from error
    if key in (*_PATHS, *_FILES) and not strict:
        return _absolute(checked, label)
    if isinstance(checked, str) and "\0" in checked:
        raise SettingsError(f"{label!r} is refused: {key} holds a zero byte")
    return checked


def _camera_source(source: str, label: str) -> dict[str, Any]:
    backend, _, file = source.partition(":")
    if source in ("simulated", "picamera2"):
        return {"camera.backend": source}
    if backend == "picamera2" and file.isdecimal():
        number = _check("camera.number", file, label, strict=False)
        return {"camera.backend": backend, "camera.number": number}
    if source == "v4l2":
        return {"camera.backend": backend}
    if backend == "v4l2" and file:
        return {"camera.backend": backend, "camera.device": _absolute(file, label)}
    if backend == "video" and file:
        return {"camera.backend": "video", "camera.file": _absolute(file, label)}
    raise SettingsError(
        f"{label} is refused: camera takes simulated, picamera2, picamera2:NUMBER, v4l2, "
        "v4l2:DEVICE or video:FILE"
    )


def _absolute(path: str, label: str) -> str:
    if not path or "\0" in path:
        raise SettingsError(f"{label!r} is refused: it is not a path")
    return str(Path.cwd() / Path(path).expanduser())


def _as_written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
