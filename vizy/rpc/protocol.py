"""JSON-RPC 2.0: bytes in, messages out, and back. Does no I/O; used on any thread.

Requests are one at a time (no batches), parameters by name. Source: jsonrpc.org/specification.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from vizy.errors import ProtocolError, WireError

PARSE_ERROR: Final = -32700
MAX_REQUEST_BYTES: Final = 1024 * 1024  # a server closes on a longer one, a client sends none
INTERNAL_ERROR = WireError(-32603, "internal error")

CallId = int | str | None
_NO_PARAMS = Raw(b"{}")
_NO_RESULT = Raw(b"null")


class Request(Struct, frozen=True):
    """What a client sends: a call, or a notification when it has no ``id``."""

    jsonrpc: Literal["2.0"]
    method: str
    params: Raw = _NO_PARAMS
    id: CallId | UnsetType = UNSET

    @property
    def wants_answer(self) -> bool:
        """Whether this is a call and not a notification."""
        return self.id is not UNSET


class Message(Struct, frozen=True):
    """What a server sends: an answer (``id`` with ``result`` or ``error``) or a notification."""

    jsonrpc: Literal["2.0"]
    id: CallId | UnsetType = UNSET
    method: str | None = None
    params: Raw = _NO_PARAMS
    result: Raw = _NO_RESULT
    error: WireError | None = None


class ParseError(ProtocolError):
    """What arrived is not JSON at all."""

    rpc_code = PARSE_ERROR


_request_decoder = msgspec.json.Decoder(Request)
_message_decoder = msgspec.json.Decoder(Message)


def decode_request(text: str | bytes) -> Request:
    """Read what a client sent.

    Raises:
        ParseError: It is not JSON.
        ProtocolError: It is JSON but not a request.
    """
    try:
        return _request_decoder.decode(text)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"not a JSON-RPC 2.0 request: {error}") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}") from error


def decode_message(text: str | bytes) -> Message:
    """Read what a server sent.

    Raises:
        ProtocolError: It is not a message of JSON-RPC 2.0.
    """
    try:
        return _message_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"the server's message cannot be read: {error}") from error


def encode_request(call_id: int, method: str, params: Struct) -> bytes:
    """Return a call as a message.

    Raises:
        TypeError: The parameters hold what JSON cannot.
    """
    return msgspec.json.encode(
        {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
    )


def encode_notification(method: str, params: Struct) -> bytes:
    """Return a notification as a message."""
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": params})


def encode_result(call_id: CallId, result: Any) -> bytes:
    """Return the answer to a call that worked.

    Raises:
        TypeError: The result holds what JSON cannot.
    """
    return msgspec.json.encode({"jsonrpc": "2.0", "id": call_id, "result": result})


def encode_error(call_id: CallId, error: WireError) -> bytes:
    """Return the answer to a call that failed."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    return msgspec.json.encode({"jsonrpc": "2.0", "id": call_id, "error": body})
