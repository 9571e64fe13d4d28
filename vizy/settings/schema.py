"""What there is to set, described for people and programs: from the types, nothing said twice.

Types, limits and defaults come from the Structs of the sections, descriptions from their
docstrings. Pure, no I/O.
"""

import re
from typing import Any, Literal

from msgspec import NODEFAULT, Struct, inspect

from vizy.settings.sources import KEYS, SECTIONS
from vizy.wanted import wanted

Kind = Literal["boolean", "integer", "number", "text", "choice", "list"]

APPLIED_AT_ONCE = frozenset(
    {
        "storage.floor_bytes",
        "storage.keep_bytes",
        "storage.keep_days",
        "storage.undo_s",
        "storage.when_full",
        "stream.quality",
        "startup.preset",
        "startup.motion",
        "startup.lamp",
    }
)
"""What the daemon takes up while it runs; all else waits for a restart.

``startup`` is about the next start by its very meaning, so nothing waits there.
"""

_UNITS = {
    "bytes": "bytes",
    "bitrate": "bits/s",
    "days": "days",
    "s": "s",
    "ms": "ms",
    "c": "°C",
    "hz": "Hz",
    "percent": "%",
    "fps": "pictures/s",
    "width": "px",
    "height": "px",
}
_ABOUT = re.compile(r"^\s{8}(\w+): (.*?)(?=^\s{8}\w+: |^\s{4}\S|\Z)", re.MULTILINE | re.DOTALL)


class SettingInfo(Struct, frozen=True, kw_only=True):
    """One setting.

    Attributes:
        key: As ``camera.fps``.
        type: What it holds.
        optional: Whether it can be left unset; its default is then null.
        default: Without anybody saying anything.
        minimum: The least value; null where there is no limit or no order.
        maximum: The greatest.
        choices: Of a ``choice``.
        unit: Of a number.
        takes: What it takes, in words, as an error says it.
        about: What it is.
        applies: Whether a change takes effect while Vizy runs.
    """

    key: str
    type: Kind
    optional: bool
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    takes: str
    about: str
    applies: Literal["at once", "after a restart"]


def schema() -> dict[str, SettingInfo]:
    """Return every setting, by key."""
    return {
        key: _info(key, field, about.get(field.name, ""))
        for section, cls in SECTIONS.items()
        for about in (_descriptions(cls),)
        for field in _fields(cls)
        for key in (f"{section}.{field.name}",)
    }


def _fields(cls: type[Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(cls)
    assert isinstance(described, inspect.StructType)
    return described.fields


def _info(key: str, field: inspect.Field, about: str) -> SettingInfo:
    kind = inspect.type_info(KEYS[key])
    optional = isinstance(kind, inspect.UnionType)
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    assert field.default is not NODEFAULT
    last = field.name.rpartition("_")[2]
    is_number = isinstance(kind, inspect.IntType | inspect.FloatType)
    return SettingInfo(
        key=key,
        type=_kind(kind),
        optional=optional,
        default=field.default,
        minimum=(kind.gt if kind.ge is None else kind.ge) if is_number else None,
        maximum=kind.le if is_number else None,
        choices=tuple(map(str, kind.values)) if isinstance(kind, inspect.LiteralType) else (),
        unit=_UNITS.get(last, "") if _kind(kind) in ("integer", "number", "list") else "",
        takes=wanted(kind),
        about=about,
        applies="at once" if key in APPLIED_AT_ONCE else "after a restart",
    )


def _kind(kind: inspect.Type) -> Kind:
    match kind:
        case inspect.BoolType():
            return "boolean"
        case inspect.IntType():
            return "integer"
        case inspect.FloatType():
            return "number"
        case inspect.LiteralType():
            return "choice"
        case inspect.TupleType():
            return "list"
        case _:
            return "text"


def _descriptions(cls: type[Struct]) -> dict[str, str]:
    """Return what the docstring's section of attributes says of each."""
    _, _, attributes = (cls.__doc__ or "").partition("Attributes:\n")
    return {
        name: " ".join(text.replace("``", "").split()) for name, text in _ABOUT.findall(attributes)
    }
