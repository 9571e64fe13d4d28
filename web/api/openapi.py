"""`document`: the OpenAPI 3.1 description of the API, made of the endpoints' declarations. No I/O.

Schemas come from the msgspec types that requests and answers really are. What an operation may
refuse with is listed by status, with the codes that its errors and their subclasses carry.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta, Struct

from vizy.errors import (
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    VizyError,
)
from vizy.version import __version__
from web.api.endpoint import Endpoint
from web.api.mount import BASE
from web.auth.identity import COOKIE, Role
from web.problems import MEDIA_TYPE, code_of, phrase_of

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ATTRIBUTE = re.compile(r"^ {4}((?:\w+, )*\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)
_DESCRIPTION = """
Steer the camera, take and fetch captures, follow what changes.

Programs show a token: `Authorization: Bearer TOKEN`, or, where only HTTP Basic can be set, any name
with the token as password. Roles: a viewer looks, an operator steers and takes, an admin sets up;
each may do what those before it may, and each operation says what it needs.

Errors are problem details (RFC 9457) whose `code` is stable. Answers are not to be kept unless they
carry a tag. An unknown parameter or member is refused, never passed over.
""".strip()


class Problem(Struct, frozen=True):
    """What went wrong, as problem details (RFC 9457).

    Attributes:
        type: A name of the kind of problem, ``urn:vizy:error:`` and the code.
        title: The kind, for people.
        status: HTTP's.
        detail: What failed, with which value and which limit, and what to do.
        code: The kind, for programs; it stays the same.
    """

    type: Annotated[str, Meta(pattern="^urn:vizy:error:")]
    title: str
    status: int
    detail: str
    code: str


def document(endpoints: Iterable[Endpoint]) -> Json:
    """Return the document.

    Args:
        endpoints: Everything that it is to describe.
    """
    known = tuple(endpoints)
    schemas = _Schemas(known)
    paths: dict[str, Json] = {}
    for endpoint in known:
        operations = paths.setdefault(_PARAMETER.sub(r"{\1}", endpoint.path), {})
        operations[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vizy",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"basic": []}, {"session": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in known)],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _security()},
    }


class _Schemas:
    """The schemas of all types that endpoints name."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        types = [Problem]
        for endpoint in endpoints:
            types += [t for t in (endpoint.query, endpoint.body, endpoint.returns) if t is not None]
        found, components = msgspec.json.schema_components(types, ref_template=_REF)
        self._by_type = dict(zip(map(repr, types), found, strict=True))
        self.components = {name: _portable(_described(each)) for name, each in components.items()}

    def of(self, type_: object) -> Json:
        """Return the schema of a type, mostly a reference."""
        return self._by_type[repr(type_)]

    def properties(self, struct: object) -> Mapping[str, Json]:
        """Return those of a struct."""
        name = self.of(struct)["$ref"].rpartition("/")[2]
        return self.components[name]["properties"]


def _described(schema: Json) -> Json:
    """Move what a docstring says of attributes to the attributes."""
    text, _, attributes = inspect.cleandoc(schema.get("description", "")).partition(
        "\n\nAttributes:"
    )
    said = {
        name: " ".join(description.split())
        for names, description in _ATTRIBUTE.findall(attributes)
        for name in names.split(", ")
    }
    properties = {
        name: each | ({"description": said[name]} if name in said else {})
        for name, each in schema.get("properties", {}).items()
    }
    described = schema | ({"description": text} if text else {})
    return described | ({"properties": properties} if properties else {})


def _portable(schema: Any) -> Any:
    r"""Leave out patterns with ``\w``: here it is any letter, to JSON Schema only ASCII's."""
    if isinstance(schema, list):
        return [_portable(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _portable(each)
        for name, each in cast("Json", schema).items()
        if not (name == "pattern" and isinstance(each, str) and r"\w" in each)
    }


def _operation(endpoint: Endpoint, schemas: _Schemas) -> Json:
    operation: Json = {
        "operationId": _name(endpoint),
        "summary": endpoint.summary,
        "description": _who(endpoint.role),
        "tags": [endpoint.tag],
        "x-vizy-role": endpoint.role.label,
        "parameters": [*_parameters(endpoint, schemas)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.role == Role.ANYONE:
        operation["security"] = []
    if endpoint.body is not None:
        content = {
            "schema": schemas.of(endpoint.body),
            "example": msgspec.json.decode(endpoint.example),
        }
        operation["requestBody"] = {
            "required": endpoint.needs_body,
            "content": {"application/json": content},
        }
    return operation


def _name(endpoint: Endpoint) -> str:
    words = re.findall(r"\w+", endpoint.path) or ["overview"]
    return "_".join([endpoint.method.lower(), *words])


def _who(role: Role) -> str:
    if role == Role.ANYONE:
        return "Needs no login."
    return f"Needs the role {role.label}" + (", or a higher one." if role < Role.ADMIN else ".")


def _parameters(endpoint: Endpoint, schemas: _Schemas) -> Iterator[Json]:
    for name in _PARAMETER.findall(endpoint.path):
        schema: Json = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if endpoint.query is not None:
        for name, schema in schemas.properties(endpoint.query).items():
            given = _without_null(schema)
            described = {"description": given.pop("description")} if "description" in given else {}
            yield {"name": name, "in": "query", "schema": given, **described}


def _without_null(schema: Json) -> Json:
    """Return the schema of what can be given: what is missing is None, and "null" is a text."""
    given = {name: value for name, value in schema.items() if name != "anyOf"}
    if given.get("default", "") is None:
        del given["default"]
    others = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(others) == 1:
        return given | others[0]
    return given | ({"anyOf": others} if others else {})


def _responses(endpoint: Endpoint, schemas: _Schemas) -> Json:
    status = 204 if endpoint.returns is None else endpoint.status
    answer: Json = {"description": phrase_of(status)}
    if endpoint.returns is not None:
        schema = {} if endpoint.returns is bytes else schemas.of(endpoint.returns)
        answer["content"] = {endpoint.media_type: {"schema": schema}} | {
            other: {"schema": {}} for other in endpoint.also
        }
    responses = {status: answer}
    if endpoint.sends != "whole":
        responses[304] = {"description": "The client has it already: If-None-Match names its tag"}
    if endpoint.sends == "file":
        responses[206] = answer | {"description": "The part that Range asks for"}
    for refused, errors in _refusals(endpoint).items():
        responses[refused] = _refusal(schemas, errors)
    return {str(each): responses[each] for each in sorted(responses)}


def _refusals(endpoint: Endpoint) -> dict[int, dict[str, str]]:
    """Return the codes and titles of what may be refused, by status."""
    errors = {InvalidValueError, *endpoint.errors}
    if endpoint.role > Role.ANYONE:
        errors |= {NotSignedInError, NotAllowedError}
    if _PARAMETER.search(endpoint.path):
        errors.add(NotFoundError)
    statuses = [500]
    if endpoint.body is not None:
        statuses += [400, 413, 415]
    if endpoint.sends == "file":
        statuses.append(416)
    found: dict[int, dict[str, str]] = {}
    for error in (sub for each in errors for sub in _family(each)):
        found.setdefault(error.status, {})[error.code] = error.title
    for status in statuses:
        found.setdefault(status, {})[code_of(status)] = phrase_of(status)
    return found


def _family(error: type[VizyError]) -> Iterator[type[VizyError]]:
    yield error
    for sub in error.__subclasses__():
        yield from _family(sub)


def _refusal(schemas: _Schemas, errors: Mapping[str, str]) -> Json:
    codes = sorted(errors)
    said = "; ".join(f"`{code}`: {errors[code]}" for code in codes)
    only = {"properties": {"code": {"enum": codes}}}
    schema = {"allOf": [schemas.of(Problem), only]}
    return {"description": said, "content": {MEDIA_TYPE: {"schema": schema}}}


def _security() -> Json:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of this Vizy."},
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "Any name, with a token as password: for players of video.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "A browser that has signed in; only our own pages change something.",
        },
    }
