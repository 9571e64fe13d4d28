"""``frames.sock``: rings handed out, notices that never block, readers that come and go."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from vizy.errors import (
    AlreadyRunningError,
    BusyError,
    DeviceAwayError,
    DeviceTimeoutError,
    NotFoundError,
    ProtocolError,
)
from vizy.frames import Feeds, FrameClient, FrameFeed, FrameNotice, FrameServer, Hello
from vizy.peer import PeerPolicy

uvloop.new_event_loop().close()  # the first one opens a pipe that it keeps for good

NOBODY = PeerPolicy(uids=frozenset())


class Stage:
    """A server with one stream, and what it said about its readers."""

    def __init__(self, path: Path, policy: PeerPolicy | None = None, **options: float) -> None:
        self.path = path
        self.feed = FrameFeed(slots=4)
        self.counts: asyncio.Queue[int] = asyncio.Queue(1000)
        self.server = FrameServer(
            path,
            open_feed=self.open_feed,
            on_readers=lambda _: self.counts.put_nowait(self.server.readers),
            policy=policy,
            **options,  # type: ignore[arg-type]
        )

    def open_feed(self, wants: Hello, feeds: Feeds) -> FrameFeed:
        if wants.stream != "encoded":
            raise NotFoundError(f"there is no stream {wants.stream!r}: there is encoded")
        return self.feed

    def frame(self, fill: int) -> None:
        self.feed.write(
            bytes([fill]) * 20,
            width=2,
            height=1,
            format="JPEG",
            timestamp_ns=fill,
            slot_bytes=1000,
        )

    def raw_frame(self, fill: int, width: int, height: int) -> None:
        def paint(slot: memoryview) -> None:
            slot[:] = bytes([fill]) * len(slot)

        stride = 3 * width
        notice = FrameNotice(0, fill, width, height, stride * height, "RGB3", stride)
        self.feed.fill(notice, paint)

    async def next_count(self) -> int:
        return await asyncio.wait_for(self.counts.get(), 10)


@contextlib.asynccontextmanager
async def staged(
    path: Path, policy: PeerPolicy | None = None, **options: float
) -> AsyncIterator[Stage]:
    stage = Stage(path / "frames.sock", policy, **options)
    try:
        await stage.server.start()
        yield stage
    finally:
        await stage.server.close()
        del stage.feed


@pytest.fixture
async def stage(state_dir: Path) -> AsyncIterator[Stage]:
    async with staged(state_dir) as stage:
        yield stage


class Raw:
    """A reader that says what it likes."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        self._socket.connect(str(path))

    def say(self, packet: bytes) -> None:
        self._socket.send(packet)

    async def hear(self) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._socket, 4096), 10)

    def close(self) -> None:
        self._socket.close()


async def next_frame(client: FrameClient) -> tuple[int, int, int]:
    frame = await asyncio.wait_for(anext(client), 10)
    return frame.sequence, frame.data[0], frame.missed


async def test_a_reader_gets_frames_and_is_counted(stage: Stage) -> None:
    async with FrameClient(stage.path) as frames:
        assert await stage.next_count() == 1
        stage.frame(1)
        assert await next_frame(frames) == (1, 1, 0)
        stage.frame(2)
        assert await next_frame(frames) == (2, 2, 0)
        assert stage.server.readers == 1
    assert await stage.next_count() == 0


async def test_a_slow_reader_gets_the_newest_and_knows_what_it_missed(stage: Stage) -> None:
    async with FrameClient(stage.path) as frames:
        stage.frame(1)
        assert await next_frame(frames) == (1, 1, 0)
        for fill in range(2, 200):  # far more than its socket holds, and the loop never turns
            stage.frame(fill)
        assert await next_frame(frames) == (199, 199, 197)


async def test_a_reader_that_never_reads_delays_neither_writer_nor_others(stage: Stage) -> None:
    idle = Raw(stage.path)
    idle.say(b'{"stream": "encoded"}')
    await stage.next_count()
    async with FrameClient(stage.path) as frames:
        thread = threading.Thread(target=lambda: [stage.frame(n % 256) for n in range(2000)])
        thread.start()
        await asyncio.get_running_loop().run_in_executor(None, thread.join, 30)
        assert not thread.is_alive()
        sequence, *_ = await next_frame(frames)
        assert sequence > 0
    idle.close()


async def test_a_stream_that_changes_size_goes_on_without_connecting_again(stage: Stage) -> None:
    async with FrameClient(stage.path) as frames:
        stage.raw_frame(1, 8, 6)
        first = await frames.view()
        stage.raw_frame(2, 8, 6)
        assert (await anext(frames)).array().shape == (6, 8, 3)
        for fill, (width, height) in enumerate([(16, 12), (4, 2), (16, 12)], 3):
            stage.raw_frame(fill, width, height)
            view = await asyncio.wait_for(frames.view(), 10)
            assert (view.array() == fill).all()
            assert view.array().shape == (height, width, 3)
            assert (view.sequence, view.missed) == (fill, 0)
        assert (first.array() == 1).all(), "a view of an earlier size stays as it was"


async def test_a_slow_reader_finds_the_newest_size_and_counts_over_the_change(
    stage: Stage,
) -> None:
    async with FrameClient(stage.path) as frames:
        stage.raw_frame(1, 8, 6)
        assert (await frames.view()).missed == 0
        for number in range(2, 300):  # its socket is full when the size changes
            stage.raw_frame(number % 256, 8 if number < 150 else 10, 6)
        while (view := await asyncio.wait_for(frames.view(), 10)).array().shape != (6, 10, 3):
            stage.raw_frame(44, 10, 6)
        assert view.sequence == 300
        assert (view.array() == 44).all()


async def test_a_late_reader_gets_the_ring_with_the_next_frame(stage: Stage) -> None:
    async with FrameClient(stage.path) as early:
        stage.frame(1)
        assert await next_frame(early) == (1, 1, 0)
        async with FrameClient(stage.path) as late:
            stage.frame(2)
            assert await next_frame(late) == (2, 2, 0)
            assert await next_frame(early) == (2, 2, 0)


async def test_what_is_no_ring_ends_the_reading_with_a_reason(state_dir: Path) -> None:
    path = state_dir / "liar.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as liar:
        liar.bind(str(path))
        liar.listen()

        def lie(packets: list[bytes], fds: list[int]) -> None:
            connection, _ = liar.accept()
            with connection:
                connection.recv(1000)
                connection.send(b"{}")
                socket.send_fds(connection, packets, fds)
                connection.recv(1)

        with tempfile.TemporaryFile() as empty:
            for fds, text in (([empty.fileno()], "cannot be mapped"), ([], "no frame ring")):
                thread = threading.Thread(target=lie, args=([b"notice"], fds))
                thread.start()
                async with FrameClient(path) as frames:
                    with pytest.raises(ProtocolError, match=text):
                        await asyncio.wait_for(frames.view(), 10)
                thread.join(10)


async def test_readers_come_and_go_while_a_thread_publishes(stage: Stage) -> None:
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.0005):
            stage.frame(5)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        for _ in range(50):
            async with FrameClient(stage.path) as one, FrameClient(stage.path) as two:
                await next_frame(one)
                await next_frame(two)
    finally:
        stop.set()
        await asyncio.get_running_loop().run_in_executor(None, thread.join)


async def test_a_reader_that_waits_learns_that_the_server_closed(stage: Stage) -> None:
    async with FrameClient(stage.path) as frames:
        waiting = asyncio.create_task(anext(frames))
        await stage.next_count()
        await stage.server.close()
        with pytest.raises(DeviceAwayError, match="away"):
            await asyncio.wait_for(waiting, 10)
        with pytest.raises(DeviceAwayError):
            await anext(frames)


async def test_without_a_server_the_device_is_away(state_dir: Path) -> None:
    with pytest.raises(DeviceAwayError):
        await FrameClient(state_dir / "none.sock").__aenter__()


async def test_a_server_that_does_not_answer_is_told(state_dir: Path) -> None:
    path = state_dir / "mute.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(DeviceTimeoutError, match=r"within 0\.05 s"):
            await FrameClient(path, timeout_s=0.05).__aenter__()


async def test_an_unknown_stream_is_refused_with_those_there_are(stage: Stage) -> None:
    with pytest.raises(NotFoundError, match="no stream 'raw': there is encoded"):
        await FrameClient(stage.path, "raw").__aenter__()


@pytest.mark.parametrize(
    "hello",
    [
        b"\xff\xfe\x00",
        b"[" * 1000,
        b"not json",
        b"[]",
        b'{"stream": 5}',
        b'{"stream": "encoded", "more": 1}',
        b'{"stream": "encoded", "quality": 101}',
        b'{"stream": "encoded", "width": 15}',
        b'{"stream": "\\ud800"}',
        b'{"stream": "' + b"x" * 2000 + b'"}',
    ],
)
async def test_a_bad_hello_is_answered_and_closed_and_others_are_unharmed(
    stage: Stage, hello: bytes
) -> None:
    async with FrameClient(stage.path) as frames:
        bad = Raw(stage.path)
        bad.say(hello)
        assert json.loads(await bad.hear())["error"]
        assert await bad.hear() == b""
        bad.close()
        stage.frame(3)
        assert await next_frame(frames) == (1, 3, 0)


async def test_a_reader_that_says_nothing_is_let_go(state_dir: Path) -> None:
    async with staged(state_dir, hello_timeout_s=0.02) as stage:
        mute = Raw(stage.path)
        assert json.loads(await mute.hear())["error"]["message"] == "no hello within 0.02 s"
        assert await mute.hear() == b""
        mute.close()


async def test_a_reader_that_talks_on_is_dropped(stage: Stage) -> None:
    chatty = Raw(stage.path)
    chatty.say(b'{"stream": "encoded"}')
    assert await stage.next_count() == 1
    assert await chatty.hear() == b"{}"
    chatty.say(b"more")
    assert await stage.next_count() == 0
    chatty.close()


async def test_one_reader_too_many_is_refused(state_dir: Path) -> None:
    async with staged(state_dir, max_readers=1) as stage, FrameClient(stage.path):
        with pytest.raises(BusyError, match="1 readers are connected, the most"):
            await FrameClient(stage.path).__aenter__()


async def test_a_peer_that_may_not_is_refused(state_dir: Path) -> None:
    async with staged(state_dir, NOBODY) as stage:
        with pytest.raises(NotFoundError, match="may not read frames"):
            await FrameClient(stage.path).__aenter__()


async def test_a_second_server_is_refused(stage: Stage) -> None:
    other = FrameServer(stage.path, open_feed=stage.open_feed, on_readers=lambda _: None)
    with pytest.raises(AlreadyRunningError):
        await other.start()
    await other.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from vizy.frames import FrameFeed, FrameServer

async def main():
    feed = FrameFeed()
    server = FrameServer(
        Path(sys.argv[1]), open_feed=lambda *_: feed, on_readers=lambda _: None
    )
    await server.start()
    print("ready", flush=True)
    n = 0
    while True:
        n += 1
        feed.write(
            bytes([n % 256]) * 100_000,
            width=2, height=1, format="JPEG", timestamp_ns=n, slot_bytes=100_000,
        )
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


async def the_end_of(frames: FrameClient) -> None:
    async for frame in frames:
        assert frame.data


async def from_another_process(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
        async with FrameClient(path) as frames:
            for _ in range(30):
                frame = await asyncio.wait_for(anext(frames), 10)
                assert frame.data == bytes([frame.timestamp_ns % 256]) * 100_000
            process.send_signal(signal.SIGKILL)
            with pytest.raises(DeviceAwayError):
                await the_end_of(frames)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_a_killed_writer_in_another_process_is_away(state_dir: Path) -> None:
    await from_another_process(state_dir / "f.sock")
    assert (state_dir / "f.sock").exists(), "killed: nobody cleared it away"
    async with staged(state_dir) as stage:
        assert stage.path.exists()


def test_uvloop_reads_frames_too(state_dir: Path) -> None:
    run: Callable[[Awaitable[None]], None] = uvloop.run  # type: ignore[assignment]
    run(from_another_process(state_dir / "f.sock"))


async def test_descriptors_do_not_pile_up(stage: Stage) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    before = count()
    for _ in range(20):
        with contextlib.suppress(NotFoundError):
            await FrameClient(stage.path, "raw").__aenter__()
        async with FrameClient(stage.path):
            await stage.next_count()
        await stage.next_count()
    assert count() <= before + 2
