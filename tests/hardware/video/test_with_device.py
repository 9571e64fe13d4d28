"""A recording of a real device: the simulated camera, its thread, faults and all."""

import asyncio
from pathlib import Path

from hardware.camera.simulated import SimulatedCamera
from hardware.video.encoders import SOFTWARE, Encoders
from hardware.video.recording import RecordingJob
from hardware.video.studio import Studio
from tests.hardware.test_device import Bench
from tests.hardware.video.studio import Shelf, Told, room_enough, watch
from vizy.errors import CameraError
from vizy.jobs import Recording
from vizy.state import Size


async def test_a_camera_that_fails_and_comes_back_leaves_a_gap_in_one_video(
    tmp_path: Path,
) -> None:
    camera = SimulatedCamera(seed=1)
    bench = Bench(camera, tmp_path)
    await bench.start()
    shelf, told = Shelf(tmp_path / "captures"), Told()
    shelf.folder.mkdir()
    studio = Studio(
        live=bench.device,
        shelf=shelf,
        encoders=Encoders(SOFTWARE),
        check_room=room_enough,
        fps=100,
    )
    job = RecordingJob(Recording(), studio)
    task = asyncio.create_task(job.run(told.progress))
    bench.device.attach("viewers", bench.sink)
    async with asyncio.timeout(20):
        while not shelf.ids:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    camera.fail_next(CameraError("cable out"))
    await bench.until(lambda state: state.camera.status == "fault")
    await bench.until(lambda state: state.camera.status == "ready" and state.streaming.active)
    shown = bench.sink.taken
    async with asyncio.timeout(20):
        while bench.sink.taken < shown + 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    told.progress.stopping.set()
    async with asyncio.timeout(20):
        await task
    (capture,) = shelf.captures
    seen = watch(shelf.file(capture))
    assert seen.size == Size(160, 120)
    steps = [after - before for before, after in zip(seen.pts_s, seen.pts_s[1:], strict=False)]
    assert min(steps) > 0
    assert max(steps) > 3 * sorted(steps)[len(steps) // 2]
    bench.device.detach("viewers")
    await bench.close()
