"""Settings as people write them: ``256 MiB`` for a number of bytes, ``2 Mbit/s``, ``30 days``.

Pure functions. `written` and `meant` are each other's inverse for every value that a setting takes.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from vizy.errors import SettingsError
from vizy.settings import check_change
from vizy.settings.schema import SettingInfo

_NUMBER = re.compile(r"([-+]?\d+(?:[.,]\d+)?)\s*(\S.*)?")
_BYTES = {
    "bytes": 1, "b": 1, "": 1,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
}  # fmt: skip
_BITS = {"": 1, "bits/s": 1, "bit/s": 1, "kbit/s": 10**3, "mbit/s": 10**6}
_SECONDS = {"": 1, "s": 1, "ms": 0.001, "min": 60, "h": 3600}
_DAYS = {"": 1, "days": 1, "day": 1, "weeks": 7, "week": 7, "years": 365, "year": 365}
_SCALES: dict[str, Mapping[str, float]] = {
    "bytes": _BYTES,
    "bits/s": _BITS,
    "s": _SECONDS,
    "days": _DAYS,
}
_SHOWN: dict[str, tuple[tuple[str, float], ...]] = {
    "bytes": (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)),
    "bits/s": (("Mbit/s", 10**6), ("kbit/s", 10**3)),
}


def written(info: SettingInfo, value: Any) -> str:
    """Return a value as a person writes it; empty for one that is not set."""
    if value is None:
        return ""
    if info.type == "list":
        return "-".join(_plain(each) for each in value)
    if info.type == "boolean":
        return "true" if value else "false"
    if info.type not in ("integer", "number"):
        return str(value)
    for unit, size in _SHOWN.get(info.unit, ()):
        if value >= size and round(value / size, 2) * size == value:
            return f"{_plain(round(value / size, 2))} {unit}"
    unit = info.unit.removesuffix("s") if (info.unit, value) == ("days", 1) else info.unit
    return f"{_plain(value)} {unit}".rstrip()


def meant(info: SettingInfo, text: str | None) -> Any:
    """Return the value that a person wrote.

    Args:
        info: Of the setting.
        text: What stands in its field; empty stands for the default.

    Raises:
        SettingsError: The setting does not take it; the text names the limit.
    """
    text = (text or "").strip()
    if not text:
        return info.default if info.default is None else msgspec.to_builtins(info.default)
    value: Any = text
    if info.type == "list":
        value = [_number(part) for part in text.split("-")]
    elif info.type in ("integer", "number"):
        value = _scaled(info, text)
    elif info.type == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    try:
        return msgspec.to_builtins(check_change(info.key, value))
    except SettingsError as error:
        raise SettingsError(f"{text[:40]} is refused: it takes {_limits(info)}") from error


def _scaled(info: SettingInfo, text: str) -> Any:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    number, unit = _number(found[1].replace(",", ".")), (found[2] or "").strip()
    scales = _SCALES.get(info.unit) or {"": 1, info.unit.lower(): 1}
    scale = scales.get(unit.lower())
    if scale is None or isinstance(number, str):
        return text
    value = number * scale
    return int(value) if info.type == "integer" and value == int(value) else value


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _limits(info: SettingInfo) -> str:
    """Return what a setting takes; limits in the units of its field."""
    if info.unit in _SHOWN and info.minimum is not None and info.maximum is not None:
        names = ", ".join(unit for unit, _ in reversed(_SHOWN[info.unit]))
        most = written(info, int(info.maximum)) if info.maximum < 2**53 else "what the disk has"
        return f"from {_plain(info.minimum)} to {most}, as a number and {names} or {info.unit}"
    return f"{info.takes} {info.unit}".rstrip()


def _plain(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 and value == float(f"{value:g}") else str(value)
