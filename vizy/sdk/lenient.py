"""Reading what a newer Vizy sends: fields that this version does not know are left out.

Between our own two processes an unknown field is a mistake, and the types refuse it. Over the
network an older SDK meets a newer device. Pure, any thread.
"""

from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from vizy.errors import ProtocolError

T = TypeVar("T")


def decode(data: bytes, kind: type[T], what: str) -> T:
    """Read JSON as a type.

    Raises:
        ProtocolError: It is no JSON, or lacks what the type needs; the text begins with ``what``.
    """
    try:
        return convert(msgspec.json.decode(data), kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"{what} was answered with something else: {error}") from error


def convert(value: Any, kind: type[T]) -> T:
    """Make a type of builtin values.

    Raises:
        msgspec.ValidationError: What the type needs is missing or of another kind.
    """
    return msgspec.convert(_known(value, _info(kind)), kind)


@cache
def _info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _known(value: Any, kind: inspect.Type) -> Any:
    """Return the value without what its type does not know."""
    if isinstance(kind, inspect.UnionType):
        kind = _meant(value, kind)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        kept = {
            field.encode_name: _known(given[field.encode_name], field.type)
            for field in kind.fields
            if field.encode_name in given
        }
        if kind.tag_field in given:
            kept[kind.tag_field] = given[kind.tag_field]
        return kept
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        return {name: _known(item, kind.value_type) for name, item in given.items()}
    if isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(value, list):
        return [_known(item, kind.item_type) for item in cast("list[Any]", value)]
    return value


def _meant(value: Any, union: inspect.UnionType) -> inspect.Type:
    """Return the member of a union that a value is of, as far as that matters here."""
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        for kind in union.types:
            if isinstance(kind, inspect.StructType) and (
                kind.tag_field is None or given.get(kind.tag_field) == kind.tag
            ):
                return kind
    return union
