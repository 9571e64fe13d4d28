"""Says in words what a field of a Struct takes: for the text that refuses a value.

Used by the readers of settings and by the command's options: both speak alike. Pure, no I/O.
"""

from msgspec import inspect

SIZE_PATTERN = r"^[1-9]\d{1,4}x[1-9]\d{1,4}$"
DAYTIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
_PATTERNS = {
    SIZE_PATTERN: "WIDTHxHEIGHT in pixels, as 1640x1232",
    DAYTIME_PATTERN: "a time of day, as 06:30",
}


def wanted(kind: inspect.Type) -> str:
    """Return what a type takes, as ``a whole number from 0 to 65535``."""
    match kind:
        case inspect.IntType(multiple_of=multiple):
            even = "even " if multiple == 2 else ""
            return f"a whole {even}number from {kind.ge} to {kind.le}"
        case inspect.FloatType(gt=None):
            return f"a number from {kind.ge} to {kind.le}"
        case inspect.FloatType():
            return f"a number above {kind.gt}, up to {kind.le}"
        case inspect.UnionType(types=(inner, inspect.NoneType())):
            return wanted(inner)
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return " or ".join(str(value) for value in kind.values)
        case inspect.TupleType():
            return f"{len(kind.item_types)} values, each {wanted(kind.item_types[0])}"
        case inspect.VarTupleType(item_type=inspect.StructType() as item):
            names = ",".join(field.name.upper() for field in item.fields)
            return f"{names}, each {wanted(item.fields[0].type)}"
        case inspect.VarTupleType():
            return f"{kind.min_length} to {kind.max_length} values, each {wanted(kind.item_type)}"
        case inspect.StrType(pattern=str(pattern)) if pattern in _PATTERNS:
            return _PATTERNS[pattern]
        case inspect.StrType(max_length=int()):
            return f"a text of {kind.min_length or 0} to {kind.max_length} characters"
        case _:
            return "a text"
