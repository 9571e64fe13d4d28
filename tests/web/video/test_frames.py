"""The hub shares the daemon's frames, over the real frame socket."""

import asyncio
from pathlib import Path

import pytest

from tests.web.daemon import FramesDaemon
from vizy.errors import BusyError
from vizy.frames import Frame, FrameClient
from web.video.frames import FrameHub
from web.video.variants import NATIVE, Variant
from web.video.viewer import Viewer

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


async def test_each_variant_is_read_once_and_only_while_somebody_watches_it(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    small = Variant(32, 60)
    async with hub.watch() as whole, hub.watch(small) as one, hub.watch(small) as other:
        await daemon.until_readers(2)
        assert daemon.read == {(None, None), (32, 60)}
        daemon.show(b"picture")
        assert (await whole.next()).data == b"picture"
        assert (await one.next()).data == (await other.next()).data == b"picture at 32"
    await daemon.until_readers(0)


async def test_a_viewer_moves_to_another_size_without_a_gap(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        hub.move(viewer, Variant(32))
        daemon.show(b"before")
        assert (await viewer.next()).data == b"before"
        await daemon.until_readers(2)
        assert viewer.variant == NATIVE
        daemon.show(b"after")
        await until(viewer, b"after at 32")
        assert viewer.variant == Variant(32)
        await daemon.until_read(32)


async def test_a_viewer_who_changes_its_mind_stays_where_it_is(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as viewer:
        await daemon.until_readers(1)
        hub.move(viewer, Variant(32))
        hub.move(viewer, Variant(16))
        hub.move(viewer, NATIVE)
        await daemon.until_read(None)
        daemon.show(b"picture")
        assert (await viewer.next()).data == b"picture"
    await daemon.until_readers(0)


async def test_a_viewer_who_leaves_on_the_move_leaves_both(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with hub.watch() as viewer:
        hub.move(viewer, Variant(32))
        await daemon.until_readers(2)
    await daemon.until_readers(0)


async def test_one_variant_too_many_is_the_nearest_smaller_one(
    frames_socket: Path, daemon: FramesDaemon
) -> None:
    hub = FrameHub(frames_socket, max_variants=2)
    async with hub.watch(Variant(48)), hub.watch(Variant(32)):
        for wanted, given in ((NATIVE, 48), (Variant(40), 32), (Variant(20), 32)):
            async with hub.watch(wanted) as viewer:
                assert viewer.source.variant == Variant(given)
    await hub.close()


async def test_viewers_find_another_size_when_other_programs_have_taken_the_last(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with FrameClient(daemon.path, width=16), hub.watch() as viewer:
        await daemon.until_readers(2)
        daemon.most = 2
        async with hub.watch(Variant(32)) as refused:
            hub.move(viewer, Variant(32))
            async with asyncio.timeout(5):
                while refused.source.variant != NATIVE:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            daemon.show(b"picture")
            await until(refused, b"picture")
            await until(viewer, b"picture")
        assert hub.variants == {NATIVE}


async def test_a_size_that_is_no_smaller_than_the_cameras_is_the_cameras(
    frames_socket: Path, daemon: FramesDaemon
) -> None:
    hub = FrameHub(frames_socket, native_width=lambda: 64)
    async with hub.watch(), hub.watch(Variant(64)), hub.watch(Variant(128)):
        assert hub.variants == {NATIVE}
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
