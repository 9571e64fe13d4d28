"""The messages on the socket, as bytes: no I/O, no state.

Browser to server, one JSON object a message: `Hello`, `Request`, `Tell`, `Ping`. Server to browser,
one JSON array a message, whose items are the objects made by the functions below. Values that Dash
has already written as JSON are spliced in as they are.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from dash_devices.dependencies import PropId, stringify_id
from dash_devices.errors import RequestError
from dash_devices.patch import Amended
from dash_devices.state import Mods

VERSION = 2
MAX_MESSAGE_BYTES = 1 << 20


class Hello(msgspec.Struct, tag_field="t", tag="hello", forbid_unknown_fields=True):
    """The first message.

    Attributes:
        boot: The run of the server that this page last spoke with, if any.
        q: The revision that it last saw.
        page: What the page calls itself: random, the same over all its connections.
    """

    boot: Annotated[str, Meta(max_length=64)] | None = None
    q: int = 0
    page: Annotated[str, Meta(min_length=16, max_length=64)] | None = None


class Request(msgspec.Struct, tag_field="t", tag="req", forbid_unknown_fields=True):
    """What stock Dash would have asked by HTTP.

    Attributes:
        i: The number of the request; rises with each that a page makes.
        u: What is asked.
        b: The body of an update.
        c: What the callbacks that follow on the server would be asked.
    """

    i: Annotated[int, Meta(ge=0)]
    u: Literal["layout", "deps", "update"]
    b: msgspec.Raw = msgspec.Raw(b"null")
    c: msgspec.Raw = msgspec.Raw(b"[]")


class Tell(msgspec.Struct, tag_field="t", tag="tell", forbid_unknown_fields=True):
    """How do these properties stand? Asked where a change could not be applied."""

    d: list[tuple[str, str]]


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

    def is_same_run(self, other: "Update") -> bool:
        """Whether both ask one callback for the same outputs, where MATCH gives it several."""
        return self.output == other.output and self.places() == other.places()

    def places(self) -> list[PropId]:
        """The properties that this run sets."""
        return places(self.outputs)


def places(outputs: Any) -> list[PropId]:
    """Name outputs as the renderer or we write them; a duplicate one has a mark at its end."""
    if isinstance(outputs, list):
        return [place for output in cast("list[Any]", outputs) for place in places(output)]
    try:
        return [PropId(stringify_id(outputs["id"]), str(outputs["property"]).partition("@")[0])]
    except (TypeError, KeyError, ValueError):
        return []


def flat(items: Items) -> Iterator[Item]:
    """Yield every single input or state."""
    for item in items:
        yield from item if isinstance(item, list) else (item,)


Message = Hello | Request | Tell | Ping

_decoder = msgspec.json.Decoder(Message)
_update_decoder = msgspec.json.Decoder(Update)
_links_decoder = msgspec.json.Decoder(list[Update])


def _as_json(value: Any) -> Any:
    if isinstance(value, Amended):
        return value.as_json()
    raise TypeError(f"{value!r} cannot be sent")


_encode = msgspec.json.Encoder(enc_hook=_as_json).encode


def decode(data: str | bytes) -> Message:
    """Decode one message of a browser.

    Raises:
        RequestError: It is not JSON, or none of the messages.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"this message cannot be understood: {error}") from None


def decode_update(body: msgspec.Raw) -> Update:
    """Decode the body of an update request.

    Raises:
        RequestError: It does not have the shape that the renderer writes.
    """
    try:
        return _update_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestError(f"this update cannot be understood: {error}") from None


def decode_links(body: msgspec.Raw) -> list[Update]:
    """Decode what the followers of a callback would be asked.

    Raises:
        RequestError: It does not have that shape.
    """
    try:
        return _links_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestError(f"these requests cannot be understood: {error}") from None


@dataclass(frozen=True)
class Callbacks:
    """What a page has to know of the callbacks besides their dependencies.

    Attributes:
        app: Changes when the application does; a page of another one loads itself again.
        shared: Ids of the shared callbacks.
        serial: Ids of those that are asked for on the socket whatever else is.
        background: Ids of those that are asked for by HTTP whatever else is not.
        chains: Which callbacks follow a callback on the server.
    """

    app: str
    shared: list[str]
    serial: list[str]
    background: list[str]
    chains: dict[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """Write it as members of a message."""
        return asdict(self)


def hello(
    *, boot: str, client: str, revision: int, seen: int | None, max_bytes: int, callbacks: Callbacks
) -> bytes:
    """Greet a page.

    Args:
        boot: This run of the server.
        client: The browser's id in `app.clients`.
        revision: Where the shared state stands.
        seen: The last request of this page that arrived; None when that is not known.
        max_bytes: How long a message may be.
        callbacks: See there.
    """
    return _encode(
        {
            "t": "hello",
            "v": VERSION,
            "boot": boot,
            "client": client,
            "q": revision,
            "seen": seen,
            "max": max_bytes,
        }
        | callbacks.as_json()
    )


def dependencies(callbacks: Callbacks, dependencies_json: str) -> bytes:
    """Tell open pages of callbacks that were added."""
    body = msgspec.Raw(dependencies_json.encode())
    return _encode({"t": "deps", "b": body} | callbacks.as_json())


def complaint(title: str, text: str) -> bytes:
    """Show an error in dev tools."""
    return _encode({"t": "err", "m": title, "e": text})


def mods(changed: Mods, revision: int, *, notify: bool = False, own: bool = False) -> bytes:
    """Set properties.

    Args:
        changed: What changes.
        revision: Where the shared state stands then.
        notify: The browser treats them as a person's edit.
        own: They are of this browser alone: no layout holds them.
    """
    message = {"t": "mod", "q": revision, "n": notify, "d": list(changed.items())}
    return _encode(message | {"o": True} if own else message)


def ack(request: int, revision: int) -> bytes:
    """Say that a request has its place in the order of changes."""
    return b'{"t":"ack","i":%d,"q":%d}' % (request, revision)


def response(
    request: int, status: int, body: str | bytes | None = None, *, ran: list[str] | None = None
) -> bytes:
    """Answer a request; the body is JSON text already.

    Args:
        ran: Ids of the callbacks that followed on the server.
    """
    if body is None:
        return b'{"t":"res","i":%d,"s":%d}' % (request, status)
    data = body.encode() if isinstance(body, str) else body
    if ran:
        return b'{"t":"res","i":%d,"s":%d,"b":%s,"c":%s}' % (request, status, data, _encode(ran))
    return b'{"t":"res","i":%d,"s":%d,"b":%s}' % (request, status, data)


def failure(request: int, status: int, text: str) -> bytes:
    """Answer a request with an error, as the text or HTML that dev tools show."""
    return b'{"t":"res","i":%d,"s":%d,"e":%s}' % (request, status, _encode(text))


PONG = b'{"t":"pong"}'


def frame(items: list[bytes]) -> bytes:
    """Put messages into one text, in order."""
    return b"[" + b",".join(items) + b"]"
