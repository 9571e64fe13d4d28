"""The hub shares the daemon's frames, over the real frame socket."""

import asyncio
from pathlib import Path

import pytest

from tests.web.daemon import FramesDaemon
from vizy.errors import BusyError
from vizy.frames import Frame
from web.video.frames import FrameHub, Viewer

pytestmark = pytest.mark.timeout(20)


async def until(viewer: Viewer, wanted: str | bytes) -> Frame | str:
    """Read a viewer's news until a status or a picture's data."""
    async with asyncio.timeout(5):
        while True:
            news = await viewer.news()
            if wanted in (news, getattr(news, "data", None)):
                return news


async def test_a_viewer_gets_a_frame(hub: FrameHub, daemon: FramesDaemon) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        sequence = daemon.show(b"picture")
        frame = await viewer.next()
    assert (frame.data, frame.sequence, frame.width, frame.height) == (b"picture", sequence, 64, 48)


async def test_the_daemon_is_read_only_while_somebody_watches(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch():
        await daemon.until_readers(1)
        async with hub.watch():
            assert (daemon.readers, hub.viewers) == (1, 2)
    await daemon.until_readers(0)
    async with hub.watch():
        await daemon.until_readers(1)


async def test_a_slow_viewer_gets_the_newest_frame_and_delays_nobody(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as slow, hub.watch() as fast:
        await daemon.until_readers(1)
        for number in range(20):
            daemon.show(b"%d" % number)
            assert (await fast.next()).data == b"%d" % number
        assert (await slow.next()).data == b"19"


async def test_a_frame_is_handed_out_once(hub: FrameHub, daemon: FramesDaemon) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        daemon.show(b"first")
        await viewer.next()
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        daemon.show(b"second")
        assert (await waiting).data == b"second"


async def test_a_viewer_is_told_before_its_first_frame_that_the_picture_is_live(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as first:
        await daemon.until_readers(1)
        daemon.show(b"picture")
        assert await first.news() == "live"
        async with hub.watch() as second:
            assert await second.news() == "live"


async def test_a_daemon_that_leaves_and_comes_back_is_seen(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        daemon.show(b"before")
        await until(viewer, b"before")
        await daemon.stop()
        await until(viewer, "away")
        assert not hub.live
        await daemon.start()
        await daemon.until_readers(0)  # the old reader
        await daemon.until_readers(1)
        daemon.show(b"after")
        await until(viewer, "live")
        await until(viewer, b"after")


async def test_a_daemon_that_is_not_there_is_away(hub: FrameHub) -> None:
    async with hub.watch() as viewer:
        assert await until(viewer, "away") == "away"


async def test_a_camera_that_sends_no_frames_is_away_until_it_does(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        daemon.show(b"before")
        await until(viewer, "live")
        await until(viewer, "away")
        daemon.show(b"after")
        await until(viewer, "live")
        await until(viewer, b"after")


async def test_one_more_than_the_most_viewers_is_refused(frames_socket: Path) -> None:
    hub = FrameHub(frames_socket, max_viewers=1)
    async with hub.watch():
        with pytest.raises(BusyError, match="1 watch already"):
            async with hub.watch():
                pass
    await hub.close()


async def test_the_number_of_viewers_is_reported(frames_socket: Path) -> None:
    counts: list[int] = []
    hub = FrameHub(frames_socket, on_viewers=counts.append)
    async with hub.watch(), hub.watch():
        pass
    await hub.close()
    assert counts == [1, 2, 1, 0]


async def test_a_long_exposure_is_no_stall_and_a_stall_is_one_once_it_is_short(
    tmp_path: Path,
) -> None:
    exposure_s = 60.0
    path = tmp_path / "frames.sock"
    async with FramesDaemon(path) as daemon:
        hub = FrameHub(path, stall_s=0.05, exposure_s=lambda: exposure_s)
        async with hub.watch() as viewer:
            await daemon.until_readers(1)
            daemon.show(b"exposed for long")
            await until(viewer, b"exposed for long")
            with pytest.raises(TimeoutError):  # ten times what a short exposure is given
                await asyncio.wait_for(viewer.news(), 0.5)
            assert hub.live
            exposure_s = 0.0
            await until(viewer, "away")
        await hub.close()
