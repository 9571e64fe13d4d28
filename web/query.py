"""`query`: what stands behind the question mark of the current request, checked."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from quart import request

from vizy.errors import InvalidValueError

T = TypeVar("T", bound=msgspec.Struct)


def query(kind: type[T] | None, *, is_passed_over: Callable[[str], bool] | None = None) -> T | None:
    """Return the parameters of the request.

    Args:
        kind: What they are; None: there may be none.
        is_passed_over: Tells of a name that it means nothing; None: every name must be known.

    Raises:
        InvalidValueError: A parameter is unknown, given twice, or cannot be what it says.
    """
    known: tuple[str, ...] = kind.__struct_fields__ if kind else ()
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if is_passed_over is not None and is_passed_over(name):
            continue
        if name not in known:
            takes = f"known are {', '.join(known)}" if known else "it takes none"
            raise InvalidValueError(f"{name:.80} is no parameter of {request.path}: {takes}")
        if len(values) > 1:
            raise InvalidValueError(f"{name} is given {len(values)} times: give it once")
        given[name] = values[0]
    if kind is None:
        return None
    try:
        asked = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidValueError(_refused(error, given)) from error
    for name, value in given.items():
        if getattr(asked, name) is None:  # msgspec takes "null" for it
            raise InvalidValueError(f"{name}={value} is refused: leave it out")
    return asked


def _refused(error: msgspec.ValidationError, given: dict[str, str]) -> str:
    """Say which parameter, which value and which limit."""
    text, _, where = str(error).rpartition(" - at `$.")
    name = where.rstrip("`")
    return f"{name}={given.get(name, '')} is refused: {text[0].lower()}{text[1:]}"
