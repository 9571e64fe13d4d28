"""Reading and writing the small TOML files that Vizy keeps: tables of plain values.

Called by `vizy.settings`, on any thread, before anything is started. It never changes a file that
it cannot read. The standard library reads TOML but does not write it, hence `encode`.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from vizy.errors import SettingsError


def read(path: Path) -> dict[str, Any] | None:
    """Return what a TOML file says.

    Args:
        path: The file.

    Returns:
        Its tables and values, or None when there is no such file.

    Raises:
        SettingsError: It cannot be read or is not TOML; the text names the file and the line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}: line {line} is not UTF-8 text: save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def encode(tables: Mapping[str, Any]) -> bytes:
    """Return a TOML document: plain values first, then one table per nested mapping.

    None has no TOML form and is left out.
    """
    lines: list[str] = []
    nested: list[str] = []
    for name, value in tables.items():
        if isinstance(value, Mapping):
            nested += ["", f"[{name}]", *_pairs(cast("Mapping[str, Any]", value))]
        else:
            lines += _pairs({name: value})
    return ("\n".join(lines + nested).lstrip("\n") + "\n").encode("utf-8")


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items() if value is not None]


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence):
        items = cast("Sequence[object]", value)
        return f"[{', '.join(_value(item) for item in items)}]"
    return repr(value)
