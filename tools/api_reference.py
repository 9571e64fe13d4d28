"""Writes docs/dash_devices/api.md from the docstrings of `dash_devices`.

`python -m tools.api_reference` writes the page; `gaps` names what a docstring leaves out. What
`dash_devices.__all__` exports is documented and nothing else. Reads source, runs no server.
"""

import ast
import enum
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import dash_devices

PAGE = Path(__file__).resolve().parent.parent / "docs/dash_devices/api.md"

HEAD = """# API of dash_devices

Made from the docstrings by `python -m tools.api_reference`; change those. Import every name from
`dash_devices` itself. What is not on this page is not promised.
"""

OF_DASH = {
    "ALL": "in a dict id: every component of the pattern",
    "ALLSMALLER": "in a dict id: those with a smaller index than the one that matched",
    "ClientsideFunction": "names a function in the page for `clientside_callback`",
    "Input": "a property whose change runs a callback",
    "MATCH": "in a dict id: the component with the same index",
    "Patch": "changes a part of a value; also of shared outputs and in `push_mods`",
    "PreventUpdate": "raised by a callback that changes nothing",
    "State": "a property that a callback reads and does not listen to",
    "no_update": "returned for an output that stays as it is",
    "set_props": "called in a callback, sets a property that is not among its outputs",
}
"""What Dash's own names are for, in our words."""

SAME_AS = {"ctx": "callback_context"}

NOT_FOR_PROGRAMS = {
    "Client": {"ack", "attributes", "send"},
    "Dash": {
        "call_at_once",
        "call_in_thread",
        "callback_added",
        "dependencies",
        "has_dev_tools",
        "has_regular_listener",
        "init_app",
        "interpolate_index",
        "on_connection",
        "serve_layout",
    },
    "Services": {"checked", "coalesce", "is_serialised", "is_shared", "names", "of"},
}
"""Methods without underscore that the library's own parts, or Dash, call."""

MADE_BY_THE_LIBRARY = {"Client"}

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns):\n((?:[ ]{4}.*\n|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^(\S[^:]*): ", re.MULTILINE)
_DEFERS = re.compile(r"(?:As|those of|as for|as with) `(?:dash\.Dash\.)?(\w+)`")


class Doc(NamedTuple):
    """A docstring taken apart: the text, and the entries of each section."""

    text: str
    sections: dict[str, list[tuple[str, str]]]
    source: str

    @classmethod
    def of(cls, documented: Any) -> "Doc":
        """Read the docstring of a class, function or property."""
        source = (inspect.getdoc(documented) or "") + "\n"
        sections = {name: _entries(name, body) for name, body in _SECTION.findall(source)}
        return cls(_SECTION.sub("", source).strip(), sections, source)

    def names(self, section: str) -> set[str]:
        """The names that a section has an entry for."""
        listed = (name.split(", ") for name, _ in self.sections.get(section, []))
        return {name.lstrip("*") for names in listed for name in names}

    def mentions(self, name: str) -> bool:
        """Whether it speaks of a name, in code type or as an entry."""
        in_entries = self.names("Args") | self.names("Attributes")
        in_code = re.search(rf"`[^`]*\b{re.escape(name)}\b[^`]*`", self.source)
        return name in in_entries or in_code is not None


def _entries(section: str, body: str) -> list[tuple[str, str]]:
    body = textwrap.dedent(body).strip()
    if section == "Returns":
        return [("", " ".join(body.split()))]
    parts = _ENTRY.split(body)[1:]
    return [
        (name, " ".join(text.split())) for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def is_ours(exported: Any) -> bool:
    """Whether a name is documented here and not by Dash."""
    module = exported.__module__ if callable(exported) else type(exported).__module__
    return module.startswith("dash_devices")


def methods(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the methods and properties that a class of ours has for programs."""
    hidden = NOT_FOR_PROGRAMS.get(owner.__name__, set())
    for name, member in vars(owner).items():
        is_documented = inspect.isfunction(member) or isinstance(member, property)
        if is_documented and not name.startswith("_") and name not in hidden:
            yield name, member


# -- what is missing -----------------------------------------------------------------------------


def gaps() -> list[str]:
    """Name every public name without docstring and every parameter that nothing is said of."""
    missing: list[str] = []
    for name in dash_devices.__all__:
        exported = getattr(dash_devices, name)
        if not is_ours(exported):
            missing += [] if name in OF_DASH else [f"{name}: say in OF_DASH what it is for"]
        elif inspect.isclass(exported):
            missing += _gaps_of_class(exported)
        elif inspect.isfunction(exported):
            missing += _gaps_of_function(name, exported, Doc.of(exported))
        else:
            missing += _gaps_of_class(type(exported))
    return missing


def _gaps_of_class(owner: type) -> list[str]:
    doc = Doc.of(owner)
    missing = [] if doc.text else [f"{owner.__name__}: no docstring"]
    if "__init__" in vars(owner):
        missing += [
            f"{owner.__name__}: nothing is said of {parameter}"
            for parameter in _parameters(vars(owner)["__init__"])
            if not doc.mentions(parameter)
        ]
    for name, member in methods(owner):
        if not inspect.isfunction(member):
            missing += [] if inspect.getdoc(member) else [f"{owner.__name__}.{name}: no docstring"]
        else:
            missing += _gaps_of_function(f"{owner.__name__}.{name}", member, Doc.of(member))
    return missing


def _gaps_of_function(name: str, function: Callable[..., Any], doc: Doc) -> list[str]:
    if not doc.text:
        return [f"{name}: no docstring"]
    if _DEFERS.search(doc.text):
        return []
    return [
        f"{name}: nothing is said of {parameter}"
        for parameter in _parameters(function)
        if not doc.mentions(parameter)
    ]


def _parameters(function: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


# -- the page ------------------------------------------------------------------------------------


def page() -> str:
    """Return the whole page."""
    exported = {name: getattr(dash_devices, name) for name in dash_devices.__all__}
    ours = {name: value for name, value in exported.items() if is_ours(value)}
    errors = {n: v for n, v in ours.items() if inspect.isclass(v) and issubclass(v, Exception)}
    rest = sorted(ours.keys() - errors.keys() - SAME_AS.keys() - {"Dash"}, key=str.lower)
    parts = [HEAD, *_object("Dash", ours["Dash"])]
    for name in rest:
        parts += _object(name, ours[name])
    parts += _errors(errors)
    parts += ["## Names of Dash\n", "Passed on as they are.\n"]
    parts += ["\n".join(f"- `{n}`: {OF_DASH[n]}" for n in exported if n not in ours) + "\n"]
    return "\n".join(parts)


def _object(name: str, exported: Any) -> Iterator[str]:
    also = "".join(f", `{other}`" for other, same in SAME_AS.items() if same == name)
    yield f"## `{name}`{also}\n"
    if inspect.isfunction(exported):
        yield from (_signature(name, exported), *_body(Doc.of(exported)))
        return
    owner = exported if inspect.isclass(exported) else type(exported)
    if issubclass(owner, enum.Flag):
        yield from _flags(owner)
        return
    if owner is exported and "__init__" in vars(owner) and name not in MADE_BY_THE_LIBRARY:
        yield _signature(name, vars(owner)["__init__"], returns=False)
    yield from _body(Doc.of(owner))
    for method, member in methods(owner):
        yield f"### `{name}.{method}`\n"
        if inspect.isfunction(member):
            yield _signature(method, member)
        yield from _body(Doc.of(member))


def _body(doc: Doc) -> Iterator[str]:
    yield f"{_plain(doc.text)}\n"
    for section, entries in doc.sections.items():
        if section == "Returns":
            yield f"Returns: {_plain(entries[0][1])}\n"
            continue
        lines = [f"- {_code(entry)}: {_plain(text)}" for entry, text in entries]
        yield "\n".join([f"{section}:\n", *lines, ""])


def _flags(owner: type[enum.Flag]) -> Iterator[str]:
    doc = Doc.of(owner)
    said = dict(doc.sections["Attributes"])
    yield f"{_plain(doc.text)}\n"
    rows = [
        f"| `{name}` | {member.value} | {_plain(said[name])} |"
        for name, member in owner.__members__.items()
        if name in said
    ]
    yield "\n".join(["| name | value | meaning |", "|---|---|---|", *rows, ""])


def _errors(errors: dict[str, type[Exception]]) -> Iterator[str]:
    yield "## Errors\n"
    rows = [
        f"| `{name}` | {', '.join(f'`{base.__name__}`' for base in error.__bases__)} "
        f"| {_plain(Doc.of(error).text)} |"
        for name, error in errors.items()
    ]
    yield "\n".join(["| error | is a | means |", "|---|---|---|", *rows, ""])


def _signature(name: str, function: Callable[..., Any], *, returns: bool = True) -> str:
    """Write a function's head as its source does, without ``self`` and with numbers for names."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    node.args.args = [argument for argument in node.args.args if argument.arg != "self"]
    parameters = [
        _parameter(written, inspect.signature(function))
        for written in _split(ast.unparse(node.args))
    ]
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    end = f" -> {ast.unparse(node.returns)}" if returns and node.returns else ""
    head = f"{start}{name}({', '.join(parameters)}){end}"
    if len(head) > 88:
        lines = "".join(f"    {parameter},\n" for parameter in parameters)
        head = f"{start}{name}(\n{lines}){end}"
    return f"```text\n{head}\n```\n"


def _split(arguments: str) -> Iterator[str]:
    """Part a list of arguments at the commas that are not in brackets."""
    start = depth = 0
    for at, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            yield arguments[start:at].strip()
            start = at + 1
    yield arguments[start:].strip()


def _parameter(written: str, signature: inspect.Signature) -> str:
    annotated, has_default, default = written.partition("=")
    if not has_default:
        return written
    value = signature.parameters[annotated.partition(":")[0]].default
    return f"{annotated} = {value if type(value) is int else default}"


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _plain(text: str) -> str:
    """Write code type as Markdown does."""
    return text.replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page())
