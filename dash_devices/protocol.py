"""The messages on the socket, as bytes: no I/O, no state.

Browser to server, one JSON object a message: `Hello`, `Request`, `Ping`. Server to browser, one
JSON array a message, whose items are the objects made by the functions below. Values that Dash has
already written as JSON are spliced in as they are.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from dash_devices.dependencies import PropId, stringify_id
from dash_devices.errors import RequestError
from dash_devices.state import Mods

VERSION = 1
MAX_MESSAGE_BYTES = 1 << 20


class Hello(msgspec.Struct, tag_field="t", tag="hello", forbid_unknown_fields=True):
    """The first message: which server and which revision this page last saw, if any."""

    boot: str | None = None
    q: int = 0


class Request(msgspec.Struct, tag_field="t", tag="req", forbid_unknown_fields=True):
    """What stock Dash would have asked by HTTP."""

    i: int
    u: Literal["layout", "deps", "update"]
    b: msgspec.Raw = msgspec.Raw(b"null")


class Ping(msgspec.Struct, tag_field="t", tag="ping", forbid_unknown_fields=True):
    """Is anybody there?"""


class Item(msgspec.Struct, rename={"prop": "property"}):
    """One input or state: a component's property and the value that this browser sees."""

    id: str | dict[str, Any]
    prop: str
    value: Any = None

    @property
    def prop_id(self) -> PropId:
        """Which property this is."""
        return PropId(stringify_id(self.id), self.prop)


Items = list[Item | list[Item]]
"""Inputs or states in the order of declaration; ALL and ALLSMALLER give a list."""


class Update(msgspec.Struct):
    """The body of an update request, as the renderer writes it; unknown members are ignored."""

    output: str
    inputs: Items
    changedPropIds: list[str]  # noqa: N815 - the renderer's own name
    outputs: Any = None
    state: Items | None = None


def flat(items: Items) -> Iterator[Item]:
    """Yield every single input or state."""
    for item in items:
        yield from item if isinstance(item, list) else (item,)


_decoder = msgspec.json.Decoder(Hello | Request | Ping)
_update_decoder = msgspec.json.Decoder(Update)
_encode = msgspec.json.Encoder().encode


def decode(data: str | bytes) -> Hello | Request | Ping:
    """Decode one message of a browser.

    Raises:
        RequestError: It is not JSON, or none of the three messages.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(f"this message cannot be understood: {error}") from None


def decode_update(body: msgspec.Raw) -> Update:
    """Decode the body of an update request.

    Raises:
        RequestError: It does not have the shape that the renderer writes.
    """
    try:
        return _update_decoder.decode(body)
    except msgspec.DecodeError as error:
        raise RequestError(f"this update cannot be understood: {error}") from None


def hello(*, boot: str, client: str, app: str, revision: int, shared: list[str]) -> bytes:
    """Greet: who the server is, which callbacks are shared, at which revision it stands."""
    return _encode(
        {
            "t": "hello",
            "v": VERSION,
            "boot": boot,
            "client": client,
            "app": app,
            "q": revision,
            "shared": shared,
        }
    )


def mods(changed: Mods, revision: int, *, notify: bool) -> bytes:
    """Set properties; ``notify`` makes the browser treat them as a person's edit."""
    return _encode({"t": "mod", "q": revision, "n": notify, "d": list(changed.items())})


def ack(request: int, revision: int) -> bytes:
    """Say that a request has its place in the order of changes."""
    return b'{"t":"ack","i":%d,"q":%d}' % (request, revision)


def response(request: int, status: int, body: str | bytes | None = None) -> bytes:
    """Answer a request; the body is JSON text already."""
    if body is None:
        return b'{"t":"res","i":%d,"s":%d}' % (request, status)
    data = body.encode() if isinstance(body, str) else body
    return b'{"t":"res","i":%d,"s":%d,"b":%s}' % (request, status, data)


def failure(request: int, status: int, text: str) -> bytes:
    """Answer a request with an error, as the text or HTML that dev tools show."""
    return b'{"t":"res","i":%d,"s":%d,"e":%s}' % (request, status, _encode(text))


PONG = b'{"t":"pong"}'


def frame(items: list[bytes]) -> str:
    """Put messages into one frame, in order."""
    return (b"[" + b",".join(items) + b"]").decode()
