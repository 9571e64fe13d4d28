"""The JSON-RPC server, spoken to by hand: whatever one client does, only that client suffers."""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed

from tests.vizy.fakes import FakeDaemon, a_state
from vizy.errors import AlreadyRunningError, BusyError, ProtocolError
from vizy.messages import GetState, ListCaptures, SetControls, StateChanged, Subscribe
from vizy.peer import PeerPolicy
from vizy.rpc import Connection, protocol


@pytest.fixture
async def daemon(state_dir: Path) -> AsyncIterator[FakeDaemon]:
    async with FakeDaemon(state_dir / "h.sock") as daemon:
        yield daemon


@asynccontextmanager
async def raw(path: Path) -> AsyncIterator[ClientConnection]:
    async with unix_connect(str(path), compression=None, max_size=None) as websocket:
        yield websocket


async def hear(websocket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(websocket.recv(), 10))


async def ask(websocket: ClientConnection, method: str, call_id: Any = 1, **params: Any) -> Any:
    request = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
    await websocket.send(json.dumps(request))
    return await hear(websocket)


async def closed_with(websocket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        await asyncio.wait_for(websocket.recv(), 10)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_a_call_is_answered_with_its_id(daemon: FakeDaemon) -> None:
    async with raw(daemon.path) as websocket:
        for call_id in (1, "a", None):
            answer = await ask(websocket, "state.get", call_id)
            assert (answer["jsonrpc"], answer["id"]) == ("2.0", call_id)
            assert answer["result"]["revision"] == 1


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ("", -32700, "not JSON"),
        ("{", -32700, "not JSON"),
        ("[" * 100_000, -32600, "got `array`"),
        ('{"jsonrpc": "2.0", "id": 1, "params":' + '{"a":' * 50_000, -32700, "not JSON"),
        ("[]", -32600, "not a JSON-RPC 2.0 request"),
        ("5", -32600, "not a JSON-RPC 2.0 request"),
        ('{"jsonrpc": "1.0", "method": "state.get", "id": 1}', -32600, "$.jsonrpc"),
        ('{"jsonrpc": "2.0", "id": 1}', -32600, "method"),
        ('{"jsonrpc": "2.0", "method": 5, "id": 1}', -32600, "$.method"),
        ('{"jsonrpc": "2.0", "method": "state.get", "id": [1]}', -32600, "$.id"),
        ('{"jsonrpc": "2.0", "method": "no.such", "id": 1}', -32601, "no method 'no.such'"),
        ('{"jsonrpc": "2.0", "method": "\\u0000", "id": 1}', -32601, "no method '\\x00'"),
        ('{"jsonrpc": "2.0", "method": "controls.set", "id": 1}', -32602, "values"),
        (
            '{"jsonrpc": "2.0", "method": "captures.list", "id": 1, "params": {"limit": 501}}',
            -32602,
            "`int` <= 500 - at `$.limit`",
        ),
        (
            '{"jsonrpc": "2.0", "method": "captures.get", "id": 1, "params": {"id": 1}}',
            -32602,
            "captures.get: Expected `str`, got `int` - at `$.id`",
        ),
        (
            '{"jsonrpc": "2.0", "method": "state.get", "id": 1, "params": {"x": 1}}',
            -32602,
            "unknown field `x`",
        ),
        ('{"jsonrpc": "2.0", "method": "state.get", "id": 1, "params": [1]}', -32602, "array"),
    ],
)
async def test_a_bad_message_is_answered_and_the_connection_stays(
    daemon: FakeDaemon, message: str, code: int, text: str
) -> None:
    async with raw(daemon.path) as websocket, raw(daemon.path) as other:
        await websocket.send(message)
        answer = await hear(websocket)
        assert answer["error"]["code"] == code
        assert text in answer["error"]["message"]
        assert (await ask(websocket, "state.get"))["result"]["revision"] == 1
        assert (await ask(other, "state.get"))["result"]["revision"] == 1


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.one_of(st.text(), st.binary()))
def test_any_bytes_decode_or_are_refused(text: str | bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert protocol.decode_request(text).jsonrpc == "2.0"


async def test_an_oversized_message_closes_only_its_own_connection(state_dir: Path) -> None:
    async with (
        FakeDaemon(state_dir / "h.sock", max_message_bytes=1000) as daemon,
        raw(daemon.path) as big,
        raw(daemon.path) as other,
    ):
        await big.send("x" * 1001)
        assert (await closed_with(big))[0] == 1009
        assert (await ask(other, "state.get"))["result"]["revision"] == 1


async def test_what_is_no_websocket_harms_nobody(daemon: FakeDaemon) -> None:
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000, b"\x16\x03\x01"):
        reader, writer = await asyncio.open_unix_connection(str(daemon.path))
        writer.write(garbage)
        writer.write_eof()
        try:
            await asyncio.wait_for(reader.read(), 10)
        except ConnectionResetError:
            assert len(garbage) > 1000, "only what is left unread resets"
        writer.close()
    async with raw(daemon.path) as websocket:
        assert (await ask(websocket, "state.get"))["result"]["revision"] == 1


async def test_a_notification_is_done_and_not_answered(daemon: FakeDaemon) -> None:
    async with raw(daemon.path) as websocket:
        call = {"method": "controls.set", "params": {"values": {"Brightness": 0.5}}}
        await websocket.send(json.dumps({"jsonrpc": "2.0"} | call))
        await websocket.send(json.dumps({"jsonrpc": "2.0", "method": "no.such"}))
        answer = await ask(websocket, "state.get", 9)
        assert answer["id"] == 9
        assert answer["result"]["controls"]["Brightness"] == 0.5


async def test_a_refusal_carries_its_code_and_text(daemon: FakeDaemon) -> None:
    async with raw(daemon.path) as websocket:
        answer = await ask(websocket, "controls.set", values={"Brightness": 5})
        assert answer["error"]["code"] == -32602
        assert answer["error"]["data"] == {"code": "invalid-value"}
        assert "above 1.0, its maximum" in answer["error"]["message"]


async def test_a_bug_in_a_handler_is_logged_and_nothing_leaks(
    state_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug(_: GetState, __: Connection) -> None:
        raise KeyError("secret")

    async def unsendable(_: ListCaptures, __: Connection) -> object:
        return object()

    handlers = {GetState: bug, ListCaptures: unsendable}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon,
        raw(daemon.path) as websocket,
    ):
        for method in ("state.get", "captures.list"):
            answer = await ask(websocket, method)
            assert answer["error"] == {"code": -32603, "message": "internal error"}
    assert "secret" in caplog.text


async def test_calls_start_in_order_and_run_side_by_side(state_dir: Path) -> None:
    started: asyncio.Queue[int] = asyncio.Queue(10)
    release = asyncio.Event()

    async def slow(call: SetControls, _: Connection) -> None:
        started.put_nowait(call.values["n"])
        await release.wait()

    handlers = {SetControls: slow}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers, max_in_flight=8) as daemon,
        raw(daemon.path) as websocket,
    ):
        for n in range(8):
            params = {"values": {"n": n}}
            call = {"jsonrpc": "2.0", "id": n, "method": "controls.set", "params": params}
            await websocket.send(json.dumps(call))
        assert [await asyncio.wait_for(started.get(), 10) for _ in range(8)] == list(range(8))
        release.set()
        assert sorted([(await hear(websocket))["id"] for _ in range(8)]) == list(range(8))


async def test_calls_beyond_the_limit_wait_their_turn(state_dir: Path) -> None:
    running = most = 0
    full = asyncio.Event()
    turn = asyncio.Event()

    async def slow(_: GetState, __: Connection) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            full.set()
        await turn.wait()
        running -= 1

    handlers = {GetState: slow}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers, max_in_flight=2) as daemon,
        raw(daemon.path) as websocket,
    ):
        for n in range(6):
            await websocket.send(json.dumps({"jsonrpc": "2.0", "id": n, "method": "state.get"}))
        await asyncio.wait_for(full.wait(), 10)
        turn.set()
        assert [(await hear(websocket))["id"] for _ in range(6)] == list(range(6))
        assert most == 2


async def test_the_calls_of_a_client_that_goes_are_cancelled(state_dir: Path) -> None:
    cancelled: asyncio.Queue[int] = asyncio.Queue(10)
    started: asyncio.Queue[int] = asyncio.Queue(10)

    async def endless(_: GetState, __: Connection) -> None:
        started.put_nowait(1)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.put_nowait(1)

    handlers = {GetState: endless}
    async with FakeDaemon(state_dir / "h.sock", handlers=handlers, max_in_flight=2) as daemon:
        async with raw(daemon.path) as websocket:
            for n in range(3):  # one more than may run: the server waits, and notices anyway
                await websocket.send(json.dumps({"jsonrpc": "2.0", "id": n, "method": "state.get"}))
            for _ in range(2):
                await asyncio.wait_for(started.get(), 10)
        for _ in range(2):
            await asyncio.wait_for(cancelled.get(), 10)


async def test_one_client_too_many_is_closed_with_a_reason(state_dir: Path) -> None:
    async with (
        FakeDaemon(state_dir / "h.sock", max_clients=1) as daemon,
        raw(daemon.path) as first,
    ):
        await ask(first, "state.get")
        async with raw(daemon.path) as second:
            assert await closed_with(second) == (1013, "1 clients are connected, the most")
        assert (await ask(first, "state.get"))["result"]["revision"] == 1


async def test_a_peer_that_may_not_is_closed_with_a_reason(state_dir: Path) -> None:
    policy = PeerPolicy(uids=frozenset())
    async with (
        FakeDaemon(state_dir / "h.sock", policy=policy) as daemon,
        raw(daemon.path) as websocket,
    ):
        code, reason = await closed_with(websocket)
        assert code == 1008
        assert reason.endswith("may not connect")


async def test_a_notification_never_overtakes_the_answer_it_follows(state_dir: Path) -> None:
    async def eager(_: Subscribe, connection: Connection) -> object:
        connection.spawn(connection.notify("state.changed", StateChanged(2, {})), "state")
        return a_state()

    handlers = {Subscribe: eager}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon,
        raw(daemon.path) as websocket,
    ):
        for _ in range(20):
            assert "result" in await ask(websocket, "state.subscribe")
            assert (await hear(websocket))["method"] == "state.changed"


async def test_a_second_task_of_a_name_replaces_the_first(state_dir: Path) -> None:
    ended: asyncio.Queue[str] = asyncio.Queue(10)

    async def task() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.put_nowait("ended")

    async def spawn(_: Subscribe, connection: Connection) -> object:
        connection.spawn(task(), "one")
        return a_state()

    handlers = {Subscribe: spawn}
    async with FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon:
        async with raw(daemon.path) as websocket:
            await ask(websocket, "state.subscribe")
            await ask(websocket, "state.get")
            await ask(websocket, "state.subscribe")
            await asyncio.wait_for(ended.get(), 10)
            assert ended.empty()
        await asyncio.wait_for(ended.get(), 10)


async def test_a_task_that_fails_disconnects_its_client(
    state_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug() -> None:
        raise BusyError("oops")

    async def spawn(_: Subscribe, connection: Connection) -> object:
        connection.spawn(bug(), "state")
        return a_state()

    handlers = {Subscribe: spawn}
    async with (
        FakeDaemon(state_dir / "h.sock", handlers=handlers) as daemon,
        raw(daemon.path) as websocket,
    ):
        await ask(websocket, "state.subscribe")
        assert await closed_with(websocket) == (1011, "state failed")
    assert "oops" in caplog.text


async def test_a_slow_subscriber_gets_the_latest_and_no_backlog(daemon: FakeDaemon) -> None:
    async with unix_connect(
        str(daemon.path), compression=None, max_size=None, max_queue=1
    ) as websocket:
        await ask(websocket, "state.subscribe")
        for n in range(2000):  # ~20 MB if all were sent
            daemon.change(controls={"Text": n, **{f"Pad{i}": i for i in range(500)}})
            await asyncio.sleep(0)
        last: Any = {}
        received = 0
        while last.get("params", {}).get("revision") != daemon.state.revision:
            last = await hear(websocket)
            received += 1
        assert last["params"]["sections"]["controls"]["Text"] == 1999
        assert received < 1500, "most were never sent"


async def test_closing_tells_clients_and_removes_the_socket(state_dir: Path) -> None:
    daemon = FakeDaemon(state_dir / "h.sock")
    await daemon.server.start()
    async with raw(daemon.path) as websocket:
        await ask(websocket, "state.subscribe")
        closing = asyncio.create_task(daemon.server.close())
        assert (await closed_with(websocket))[0] == 1001
        await closing
    assert not daemon.path.exists()
    await daemon.server.close()


async def test_closing_does_not_wait_for_a_client_that_is_stuck(state_dir: Path) -> None:
    async with FakeDaemon(state_dir / "h.sock") as daemon:
        stuck = socket.socket(socket.AF_UNIX)
        stuck.connect(str(daemon.path))
        stuck.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        async with raw(daemon.path) as websocket:
            await ask(websocket, "state.get")
        await asyncio.wait_for(daemon.server.close(), 10)
        stuck.close()


async def test_a_second_server_is_refused_and_the_first_goes_on(
    daemon: FakeDaemon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "websockets")
    with pytest.raises(AlreadyRunningError, match="is served by process"):
        await FakeDaemon(daemon.path).server.start()
    async with raw(daemon.path) as websocket:
        assert (await ask(websocket, "state.get"))["result"]["revision"] == 1
