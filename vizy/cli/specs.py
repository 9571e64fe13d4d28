"""The options of a command that starts a job, made from the job's spec: names, limits and texts.

The fields and the docstring of a class of `vizy.jobs` are the only source. Pure, no I/O.
"""

import re
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any, TypeVar, cast

import click
import msgspec
from msgspec import inspect

from vizy.wanted import DAYTIME_PATTERN, wanted

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound=msgspec.Struct)

_ATTRIBUTE = re.compile(r"^(\w+): ")
_FIELD_OF_ERROR = re.compile(r" - at `\$\.(\w+).*`$")


def help_of(spec: type[msgspec.Struct]) -> str:
    """Return what a spec's docstring says of it as a whole, and of what is typed as an argument."""
    summary, texts = split_doc(spec)
    info = inspect.type_info(spec)
    assert isinstance(info, inspect.StructType)
    arguments = [
        f"{each.name.upper()}: {texts[each.name]}" for each in info.fields if each.required
    ]
    return "\n\n".join([summary, *arguments])


def spec_options(spec: type[msgspec.Struct], aliases: Mapping[str, str] | None = None) -> Any:
    """Add an option for each field, an argument for one without a default.

    Args:
        spec: A class of `vizy.jobs`.
        aliases: Another name for a field's option.
    """
    _, texts = split_doc(spec)
    info = inspect.type_info(spec)
    assert isinstance(info, inspect.StructType)

    def decorate(command: F) -> F:
        for field in reversed(info.fields):
            if field.required:
                command = click.argument(field.name)(command)
                continue
            names = [f"--{field.name.replace('_', '-')}"]
            if aliases and field.name in aliases:
                names.append(f"--{aliases[field.name]}")
            command = click.option(
                *names,
                field.name,
                metavar=_metavar(field.type),
                multiple=_is_list_of_structs(field.type),
                help=_with_default(texts.get(field.name, ""), field.default),
            )(command)
        return command

    return decorate


def spec_from(spec: type[S], given: Mapping[str, Any]) -> S:
    """Make a spec of what was typed; what was not typed has its default.

    Raises:
        click.UsageError: A value that its field does not take.
    """
    info = inspect.type_info(spec)
    assert isinstance(info, inspect.StructType)
    values = {
        field.name: _parsed(field.type, given[field.name])
        for field in info.fields
        if given[field.name] not in (None, ())
    }
    try:
        return msgspec.convert(values, spec, strict=False)
    except msgspec.ValidationError as error:
        found = _FIELD_OF_ERROR.search(str(error))
        assert found, "only fields were given, and no field is missing"
        field = next(each for each in info.fields if each.name == found[1])
        raise click.UsageError(_refusal(field, given[field.name])) from error


def split_doc(spec: type[msgspec.Struct]) -> tuple[str, dict[str, str]]:
    """Split a class's docstring: what stands before its attributes, and a text for each."""
    summary, _, attributes = (spec.__doc__ or "").partition("Attributes:\n")
    texts: dict[str, str] = {}
    name = ""
    for line in map(str.strip, attributes.splitlines()):
        if found := _ATTRIBUTE.match(line):
            name, line = found[1], line[found.end() :]
            texts[name] = line
        elif name and line:
            texts[name] += f" {line}"
    plain = {name: _as_typed(text) for name, text in texts.items()}
    return " ".join(summary.split()), plain


def _refusal(field: inspect.Field, typed: Any) -> str:
    name = field.name.upper() if field.required else f"--{field.name.replace('_', '-')}"
    text = " ".join(typed) if _is_list_of_structs(field.type) else typed
    return f"{name} {text or repr(text)} is refused: it takes {wanted(field.type)}"


def _as_typed(text: str) -> str:
    """Say it in the words of a command line: what is None there is left out here."""
    return text.replace("``", "").replace("None:", "without:")


def _parsed(kind: inspect.Type, typed: Any) -> Any:
    if _is_list_of_structs(kind):
        item = _plain(kind).item_type
        names = [field.name for field in item.fields]
        return [dict(zip_longest(names, each.split(","), fillvalue="")) for each in typed]
    if isinstance(_plain(kind), inspect.VarTupleType | inspect.TupleType):
        return typed.split(",")
    return typed


def _plain(kind: inspect.Type) -> Any:
    """Return the type itself where None would do as well."""
    if isinstance(kind, inspect.UnionType):
        return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _is_list_of_structs(kind: inspect.Type) -> bool:
    plain = _plain(kind)
    return isinstance(plain, inspect.VarTupleType) and isinstance(
        plain.item_type, inspect.StructType
    )


def _metavar(kind: inspect.Type) -> str:
    plain = _plain(kind)
    if isinstance(plain, inspect.LiteralType):
        return "|".join(map(str, plain.values))
    if _is_list_of_structs(kind):
        return ",".join(field.name.upper() for field in plain.item_type.fields)
    if isinstance(plain, inspect.TupleType):
        return ",".join(_metavar(each) for each in plain.item_types)
    if isinstance(plain, inspect.VarTupleType):
        return f"{_metavar(plain.item_type)},..."
    if isinstance(plain, inspect.IntType | inspect.FloatType):
        return "N"
    if isinstance(plain, inspect.StrType) and plain.pattern == DAYTIME_PATTERN:
        return "HH:MM"
    return "TEXT"


def _with_default(text: str, default: Any) -> str:
    if default in (None, ()):
        return text
    values = cast("tuple[object, ...]", default) if isinstance(default, tuple) else (default,)
    return f"{text} [default: {','.join(map(str, values))}]"
