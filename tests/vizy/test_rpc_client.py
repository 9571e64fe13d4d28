"""The JSON-RPC client: answers, time-outs, lost connections, and coming back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, unix_serve

from tests.vizy.fakes import FakeDaemon
from vizy.errors import (
    BusyError,
    DeviceAwayError,
    DeviceTimeoutError,
    DiskFullError,
    InvalidValueError,
    NotFoundError,
    ProtocolError,
    VizyError,
)
from vizy.messages import CreateCapture, GetCapture, GetState, ListCaptures, SetControls, Subscribe
from vizy.rpc import Connection, protocol
from vizy.rpc import client as client_module
from vizy.rpc.client import RpcClient, call_once

Calls = Callable[[Path], Awaitable[Any]]


async def never(_: object, __: Connection) -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def answering(path: Path, answer: str | bytes) -> AsyncIterator[None]:
    """A server that answers whatever comes with the same words."""

    async def serve(websocket: ServerConnection) -> None:
        async for _ in websocket:
            await websocket.send(answer)

    async with unix_serve(serve, str(path), compression=None):
        yield


async def test_a_call_returns_what_its_type_says(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, RpcClient(daemon.path) as client:
        assert client.connected
        state = await client.call(SetControls({"Brightness": 0.5}))
        assert state.controls["Brightness"] == 0.5
        taken = await client.call(CreateCapture())
        assert (await client.call(GetCapture(taken.id))).path == "/s/c0.jpg"


async def test_calls_side_by_side_get_their_own_answers(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon, RpcClient(daemon.path) as client:
        values = [n / 100 for n in range(60)]
        states = await asyncio.gather(
            *(client.call(SetControls({"Brightness": value})) for value in values)
        )
        assert [state.controls["Brightness"] for state in states] == values


@pytest.mark.parametrize("call", [GetCapture("no"), SetControls({"Brightness": "x"})])
async def test_an_error_arrives_as_the_class_it_was(state_dir: Path, call: Any) -> None:
    kind = NotFoundError if isinstance(call, GetCapture) else InvalidValueError
    async with FakeDaemon(state_dir / "h.sock") as daemon, RpcClient(daemon.path) as client:
        with pytest.raises(kind):
            await client.call(call)
        with pytest.raises(InvalidValueError, match="`int` <= 500"):
            await client.call(ListCaptures(limit=1000))


async def test_every_refusal_crosses_the_socket(state_dir: Path) -> None:
    errors: list[VizyError] = [BusyError("b"), DiskFullError("d"), DeviceTimeoutError("t")]

    async def fail(_: object, __: Connection) -> None:
        raise errors[0]

    handlers = {CreateCapture: fail}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon,
        RpcClient(daemon.path) as client,
    ):
        while errors:
            with pytest.raises(type(errors[0])) as caught:
                await client.call(CreateCapture())
            assert caught.value.detail == errors.pop(0).detail


async def test_a_call_that_is_not_answered_times_out_by_name(state_dir: Path) -> None:
    handlers = {GetState: never}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon,
        RpcClient(daemon.path) as client,
    ):
        with pytest.raises(DeviceTimeoutError, match=r"state\.get was not answered within 0\.02 s"):
            await client.call(GetState(), timeout_s=0.02)
        assert await client.call(ListCaptures())
        with pytest.raises(DeviceTimeoutError):
            await call_once(daemon.path, GetState(), timeout_s=0.02)


async def test_a_call_while_the_server_is_away_fails_at_once(state_dir: Path) -> None:
    async with RpcClient(state_dir / "h.sock") as client:
        assert not client.connected
        with pytest.raises(DeviceAwayError, match=r"h\.sock: not connected"):
            await client.call(GetState())
    with pytest.raises(DeviceAwayError, match=r"h\.sock: No such file"):
        await call_once(state_dir / "h.sock", GetState())


async def test_a_call_that_waits_fails_when_the_connection_is_lost(state_dir: Path) -> None:
    started = asyncio.Event()

    async def endless(_: object, __: Connection) -> None:
        started.set()
        await asyncio.Event().wait()

    daemon = FakeDaemon(state_dir / "h.sock", handlers={GetState: endless})
    await daemon.server.start()
    async with RpcClient(daemon.path) as client:
        calls = [asyncio.create_task(client.call(GetState())) for _ in range(3)]
        await started.wait()
        await daemon.server.close()
        for call in calls:
            with pytest.raises(DeviceAwayError):
                await asyncio.wait_for(call, 10)


async def test_call_once_tells_a_connection_that_is_cut(state_dir: Path) -> None:
    async def cut(_: object, connection: Connection) -> None:
        await connection._websocket.close(1011, "cut")

    async with FakeDaemon(state_dir / "h.sock", handlers={GetState: cut}) as daemon:
        with pytest.raises(DeviceAwayError, match="ended the connection"):
            await call_once(daemon.path, GetState())


async def test_the_client_comes_back_when_the_server_does(state_dir: Path) -> None:
    log: asyncio.Queue[str] = asyncio.Queue(20)

    async def greet(client: RpcClient) -> None:
        await client.call(Subscribe())
        log.put_nowait("connected")

    async with RpcClient(
        state_dir / "h.sock", on_connect=greet, on_disconnect=lambda: log.put_nowait("lost")
    ) as client:
        for _ in range(3):
            async with FakeDaemon(state_dir / "h.sock"):
                assert await asyncio.wait_for(log.get(), 10) == "connected"
                assert (await client.call(GetState())).revision == 1
            assert await asyncio.wait_for(log.get(), 10) == "lost"
            assert not client.connected


async def test_a_greeting_that_fails_is_tried_again(
    state_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[Exception] = [BusyError("not yet"), KeyError("bug")]
    greeted = asyncio.Event()

    async def greet(_: RpcClient) -> None:
        if faults:
            raise faults.pop()
        greeted.set()

    async with (
        FakeDaemon(state_dir / "h.sock") as daemon,
        RpcClient(daemon.path, on_connect=greet),
    ):
        await asyncio.wait_for(greeted.wait(), 10)
    assert "not yet" in caplog.text
    assert "bug" in caplog.text


async def test_notifications_arrive_in_order(state_dir: Path) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    def notified(method: str, params: msgspec.Raw) -> None:
        assert method == "state.changed"
        seen.append(msgspec.json.decode(params)["revision"])
        if seen[-1] == 21:
            done.set()

    async with (
        FakeDaemon(state_dir / "h.sock") as daemon,
        RpcClient(daemon.path, on_notification=notified) as client,
    ):
        await client.call(Subscribe())
        for n in range(20):
            await client.call(SetControls({"Brightness": n / 100}))
        await asyncio.wait_for(done.wait(), 10)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    "answer",
    [
        "not json",
        "[]",
        "5",
        '{"jsonrpc": "1.0"}',
        "[" * 100_000,
        b"\xff\xfe",
        '{"jsonrpc":"2.0","id":[]}',
    ],
)
async def test_a_server_that_speaks_nonsense_is_dropped(
    state_dir: Path, answer: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = state_dir / "h.sock"
    async with answering(path, answer):
        async with RpcClient(path) as client:
            with pytest.raises(DeviceAwayError):
                await client.call(GetState())
        assert "is not understood" in caplog.text
        with pytest.raises((ProtocolError, DeviceAwayError)):
            await call_once(path, GetState())


@pytest.mark.parametrize("result", ['"text"', "{}", "null", '{"revision": "x"}'])
async def test_an_answer_of_another_kind_is_told(state_dir: Path, result: str) -> None:
    path = state_dir / "h.sock"
    answer = f'{{"jsonrpc": "2.0", "id": 1, "result": {result}}}'
    async with answering(path, answer), RpcClient(path) as client:
        with pytest.raises(ProtocolError, match=r"state\.get was answered with something else"):
            await client.call(GetState())
        assert client.connected


async def test_answers_to_nobody_are_ignored(state_dir: Path) -> None:
    path = state_dir / "h.sock"
    answer = '{"jsonrpc": "2.0", "id": 999, "result": 1}'
    async with answering(path, answer), RpcClient(path) as client:
        with pytest.raises(DeviceTimeoutError):
            await client.call(GetState(), timeout_s=0.05)
        assert client.connected


async def test_an_answer_that_is_too_long_ends_the_connection(state_dir: Path) -> None:
    path = state_dir / "h.sock"
    async with answering(path, "x" * 2000), RpcClient(path, max_message_bytes=1000) as client:
        with pytest.raises(DeviceAwayError):
            await client.call(GetState())


async def test_a_call_that_is_too_long_is_refused_and_nobody_is_disconnected(
    state_dir: Path,
) -> None:
    call = SetControls({"Brightness": "x" * protocol.MAX_REQUEST_BYTES})
    async with FakeDaemon(state_dir / "h.sock") as daemon, RpcClient(daemon.path) as client:
        waiting = asyncio.create_task(client.call(GetState()))
        with pytest.raises(InvalidValueError, match=r"controls.set: a call of 1\d+ bytes is above"):
            await client.call(call)
        await waiting
        assert client.connected
        assert not client._pending
        with pytest.raises(InvalidValueError):
            await call_once(daemon.path, call)


async def test_more_calls_than_may_wait_are_refused(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_MAX_PENDING", 2)
    async with (
        FakeDaemon(state_dir / "h.sock", handlers={GetState: never}) as daemon,
        RpcClient(daemon.path) as client,
    ):
        calls = [asyncio.create_task(client.call(GetState())) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="2 calls wait"):
            await client.call(GetState())
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert not client._pending


async def test_what_listens_but_is_no_server_is_away(state_dir: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    path = state_dir / "h.sock"
    server = await asyncio.start_unix_server(hang_up, str(path))
    with pytest.raises(DeviceAwayError):
        await call_once(path, GetState())
    async with RpcClient(path) as client:
        assert not client.connected
    server.close()
    await server.wait_closed()
