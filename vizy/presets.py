"""Presets: control values under a name, to be recalled. Immutable, used on any thread, no I/O."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from vizy.controls import ControlInfo, ControlValue, check_controls
from vizy.errors import InvalidValueError

MAX_PRESETS = 64
MAX_NAME = 40

PresetName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class Preset(Struct, frozen=True, forbid_unknown_fields=True):
    """Control values under a name."""

    name: PresetName
    values: dict[str, ControlValue]


def check_name(name: str) -> None:
    """Refuse what cannot be a preset's name: it is shown in a line and stands in an address.

    Raises:
        InvalidValueError: It is empty, too long, or has characters that it must not have.
    """
    is_name = name == name.strip() and name.isprintable() and "/" not in name
    if not (is_name and 0 < len(name) <= MAX_NAME and any(map(str.isalnum, name))):
        raise InvalidValueError(
            f"{name[:MAX_NAME]!r} cannot be a preset's name: take 1 to {MAX_NAME} characters, with "
            "a letter or digit, no slash, and no space at either end"
        )


def fitting(
    infos: Iterable[ControlInfo], values: Mapping[str, object]
) -> tuple[dict[str, ControlValue], dict[str, str]]:
    """Return the values that a camera takes, and by name why it does not take the others."""
    controls = tuple(infos)
    taken: dict[str, ControlValue] = {}
    refused: dict[str, str] = {}
    for name, value in values.items():
        try:
            taken |= check_controls(controls, {name: value})
        except InvalidValueError as error:
            refused[name] = error.detail
    return taken, refused
