"""Reading the small TOML files that Vizy keeps, and changing values in them.

Called by `vizy.settings`, on any thread. It writes no file, and never changes a text that it cannot
read. The standard library reads TOML but does not write it: tomlkit does, and keeps the comments of
whoever wrote the file by hand; it is imported only when something is changed.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from vizy.errors import SettingsError


def read_text(path: Path) -> str | None:
    """Return what a file says, or None when there is no such file.

    Raises:
        SettingsError: It cannot be read; the text names the file and the line.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}: line {line} is not UTF-8 text: save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def parse(text: str, name: str) -> dict[str, Any]:
    """Return the tables and values of a TOML document.

    Args:
        text: The document.
        name: What it is called in an error.

    Raises:
        SettingsError: It is not TOML; the text names the line.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{name} is not valid TOML: {error}") from error


def edit(text: str, changes: Mapping[str, Any]) -> str:
    """Return a TOML document with some values changed and all else as it was, comments too.

    Args:
        text: The document, valid; may be empty.
        changes: ``table.name`` to the new value; None takes the name out.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for key, value in changes.items():
        section, name = key.split(".")
        if value is None:
            if section in document:
                cast("dict[str, Any]", document[section]).pop(name, None)
            continue
        if section not in document:
            document.add(section, tomlkit.table())
        cast("dict[str, Any]", document[section])[name] = value
    return tomlkit.dumps(document)
