import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_devices import protocol
from dash_devices.errors import RequestError

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
nearly = st.fixed_dictionaries(
    {},
    optional={
        "t": st.sampled_from(["hello", "req", "ping"]) | anything,
        "i": anything,
        "u": st.sampled_from(["layout", "deps", "update"]) | anything,
        "b": anything,
        "boot": anything,
        "q": anything,
    },
)


@given(st.binary() | st.text() | nearly.map(json.dumps))
def test_a_message_is_understood_or_refused_and_nothing_else(data: bytes | str) -> None:
    with contextlib.suppress(RequestError):
        message = protocol.decode(data)
        if isinstance(message, protocol.Request):
            protocol.decode_update(message.b)


@pytest.mark.parametrize(
    "body",
    [b"null", b"{}", b'{"output": 1}', b'{"output":"a","inputs":[1],"changedPropIds":[]}'],
)
def test_an_update_without_the_renderers_shape_is_refused(body: bytes) -> None:
    request = protocol.decode(b'{"t":"req","i":1,"u":"update","b":' + body + b"}")
    assert isinstance(request, protocol.Request)
    with pytest.raises(RequestError, match="this update cannot be understood"):
        protocol.decode_update(request.b)


def test_a_frame_is_an_array_of_messages_in_order() -> None:
    frame = protocol.frame(
        [
            protocol.mods({"a": {"value": 1}}, 5, notify=False),
            protocol.ack(3, 5),
            protocol.response(3, 200, '{"x":1}'),
            protocol.failure(4, 500, 'say "no"'),
        ]
    )
    assert json.loads(frame) == [
        {"t": "mod", "q": 5, "n": False, "d": [["a", {"value": 1}]]},
        {"t": "ack", "i": 3, "q": 5},
        {"t": "res", "i": 3, "s": 200, "b": {"x": 1}},
        {"t": "res", "i": 4, "s": 500, "e": 'say "no"'},
    ]
