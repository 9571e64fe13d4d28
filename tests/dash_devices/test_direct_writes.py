"""What an outbox writes to a connection by itself, and what it leaves to the writer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from dash_devices.frames import text_frame
from dash_devices.outbox import Broadcast, Outbox, OutboxFullError


class Connection:
    """Takes frames while it is writable."""

    def __init__(self) -> None:
        self.is_writable = True
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if self.is_writable:
            self.frames.append(frame)
        return self.is_writable


@contextlib.asynccontextmanager
async def written_to(connection: Connection) -> AsyncIterator[tuple[Outbox, list[str]]]:
    """An outbox with a connection and a writer, and what the writer took."""
    outbox, taken = Outbox(), list[str]()
    outbox.write = connection.write

    async def write() -> None:
        with contextlib.suppress(OutboxFullError):
            while True:
                taken.append(await outbox.take())

    writer = asyncio.create_task(write())
    await asyncio.sleep(0)
    yield outbox, taken
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)


async def turns(number: int = 3) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_what_came_in_one_turn_is_written_as_one_frame() -> None:
    connection = Connection()
    async with written_to(connection) as (outbox, taken):
        outbox.put_mods(Broadcast({"a": {"value": 1}}, 1))
        outbox.put(b'{"t":"pong"}')
        await turns()
        [frame] = connection.frames
        assert frame == text_frame(
            b'[{"t":"mod","q":1,"n":false,"d":[["a",{"value":1}]]},{"t":"pong"}]'
        )
        assert not taken
        assert len(outbox) == 0


async def test_browsers_share_the_frame_of_a_broadcast() -> None:
    one, other = Connection(), Connection()
    async with written_to(one) as (first, _), written_to(other) as (second, _):
        broadcast = Broadcast({"a": {"value": 1}}, 1)
        first.put_mods(broadcast)
        second.put_mods(broadcast)
        await turns()
        assert one.frames[0] is other.frames[0]


async def test_what_a_connection_does_not_take_at_once_goes_to_the_writer_in_order() -> None:
    connection = Connection()
    async with written_to(connection) as (outbox, taken):
        connection.is_writable = False
        outbox.put(b"1")
        await asyncio.sleep(0)
        outbox.put(b"2")
        await turns()
        assert taken == ["[1,2]"]
        connection.is_writable = True
        outbox.put(b"3")
        await turns()
        assert connection.frames == [text_frame(b"[3]")]


async def test_nothing_is_written_while_the_writer_still_sends() -> None:
    connection = Connection()
    outbox = Outbox()
    outbox.write = connection.write
    outbox.put(b"1")  # nobody waits in take
    await turns()
    assert not connection.frames
    assert await outbox.take() == "[1]"
    outbox.put(b"2")
    await turns()
    assert not connection.frames
    assert await outbox.take() == "[2]"


async def test_a_browser_that_does_not_read_is_given_up() -> None:
    connection = Connection()
    connection.is_writable = False
    outbox = Outbox(limit=2)
    outbox.write = connection.write
    for _ in range(3):
        outbox.put(b"1")
    with pytest.raises(OutboxFullError):
        await outbox.take()


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_a_frame_is_the_one_that_the_websockets_library_makes(size: int) -> None:
    text = b"x" * size
    assert text_frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)
