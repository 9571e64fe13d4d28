"""Jobs of a real daemon, over its real socket: bursts, brackets, time-lapses, kills and stops."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from tests.hardware.cameras import CLIP
from tests.hardware.daemons import DaemonProcess
from vizy.device import DeviceMirror
from vizy.errors import BusyError, InvalidValueError, NotFoundError
from vizy.frames import FrameClient
from vizy.jobs import Bracket, Burst, JobSpec, JobState, TimeLapse
from vizy.state import Capture

CLIP_CAMERA = {"camera": f"video:{CLIP}"}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonProcess]:
    """A daemon on the simulated camera, for tests that do it no harm."""
    with DaemonProcess(tmp_path_factory.mktemp("d")) as daemon:
        yield daemon.wait_ready()


@pytest.fixture
async def mirror(simulated: DaemonProcess) -> AsyncIterator[DeviceMirror]:
    async with DeviceMirror(simulated.socket) as mirror:
        yield mirror


async def reached(mirror: DeviceMirror, job_id: str, done: int = 10**9) -> JobState:
    """Wait until a job has ended, or done so much."""
    async with asyncio.timeout(60):
        async for now in mirror.follow():
            for job in now.state.jobs if now.state and now.connected else ():
                if job.id == job_id and (job.has_ended or job.done >= done):
                    return job
    raise AssertionError


async def finished(mirror: DeviceMirror, spec: JobSpec) -> tuple[JobState, list[Capture]]:
    """Run a job to its end; return it and its captures, oldest first."""
    state = await reached(mirror, (await mirror.start_job(spec)).id)
    return state, await captures_of(mirror, state)


async def captures_of(mirror: DeviceMirror, job: JobState) -> list[Capture]:
    page = await mirror.list_captures(limit=500)
    return [capture for capture in page.items[::-1] if capture.group == job.id]


async def pixels_of(mirror: DeviceMirror, capture: Capture) -> np.ndarray:
    path = (await mirror.get_capture(capture.id)).path
    return simplejpeg.decode_jpeg(Path(path).read_bytes())


@pytest.mark.parametrize(
    ("source", "count", "shape"), [("live", 10, (720, 1280, 3)), ("still", 2, (2464, 3280, 3))]
)
async def test_a_burst_is_so_many_whole_captures_with_their_group_and_kind(
    mirror: DeviceMirror, source: str, count: int, shape: tuple[int, ...]
) -> None:
    seen: set[int] = set()

    async def watch() -> None:
        async for now in mirror.follow():
            seen.update(job.done for job in now.state.jobs[:1])

    watching = asyncio.create_task(watch())
    state, captures = await finished(mirror, Burst(count=count, fps=20, source=source))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert (state.status, state.done, state.total, state.reason) == ("done", count, count, "")
    assert [capture.kind for capture in captures] == ["burst"] * count
    for capture in captures:
        assert (await pixels_of(mirror, capture)).shape == shape
    assert len(seen) > 1, "no progress was published"


async def test_the_pictures_of_a_bracket_get_brighter_and_the_controls_come_back(
    mirror: DeviceMirror,
) -> None:
    before = await mirror.set_controls(
        {"AeEnable": False, "ExposureTime": 4000, "AnalogueGain": 1.5}
    )
    state, captures = await finished(mirror, Bracket(ev=(-2, 0, 2)))
    assert (state.status, state.done, state.reason) == ("done", 3, "")
    means = [float((await pixels_of(mirror, capture)).mean()) for capture in captures]
    assert means[0] * 1.3 < means[1] < means[2] / 1.3
    assert {capture.kind for capture in captures} == {"bracket"}
    assert mirror.state is not None
    assert mirror.state.controls == before.controls


async def test_a_bracket_that_is_stopped_puts_automatic_exposure_back(
    mirror: DeviceMirror,
) -> None:
    await mirror.set_controls({"AeEnable": True})
    state = await mirror.start_job(Bracket(ev=(-1, 0, 1, 2)))
    with pytest.raises(BusyError, match="ExposureTime belongs to bracket"):
        await mirror.set_controls({"ExposureTime": 5000})
    with pytest.raises(BusyError, match="changes the exposure of all pictures"):
        await mirror.start_job(Burst())
    await mirror.set_controls({"Contrast": 1.25})
    await reached(mirror, state.id, done=1)
    stopped = await mirror.stop_job(state.id)
    assert (stopped.status, stopped.reason) == ("stopped", "")
    assert 1 <= stopped.done < 4
    assert len(await captures_of(mirror, stopped)) == stopped.done
    controls = (await mirror.set_controls({})).controls
    assert (controls["AeEnable"], controls["Contrast"]) == (True, 1.25)


async def test_what_cannot_be_done_is_refused_with_the_reason(mirror: DeviceMirror) -> None:
    with pytest.raises(InvalidValueError, match=r"starts='noon' is no time"):
        await mirror.start_job(TimeLapse(starts="noon"))
    with pytest.raises(InvalidValueError, match=r"count"):
        await mirror.start_job(Burst(count=1))
    with pytest.raises(NotFoundError, match="there is no job 'nothing'"):
        await mirror.stop_job("nothing")
    waiting = [await mirror.start_job(TimeLapse(starts="2999-01-01T00:00:00Z")) for _ in range(8)]
    assert {state.status for state in waiting} == {"waiting"}
    with pytest.raises(BusyError, match="8 jobs run, the most"):
        await mirror.start_job(Burst())
    for state in waiting:
        assert (await mirror.stop_job(state.id)).status == "stopped"


async def test_the_live_picture_goes_on_during_a_time_lapse_and_a_stop_keeps_all(
    state_dir: Path,
) -> None:
    with DaemonProcess(state_dir, **CLIP_CAMERA) as daemon:
        daemon.wait_ready()
        async with (
            DeviceMirror(daemon.socket) as mirror,
            FrameClient(daemon.settings.frames_socket) as frames,
        ):
            state = await mirror.start_job(TimeLapse(interval_s=0.5))
            watching = asyncio.create_task(reached(mirror, state.id, done=3))
            shown = 0
            async with asyncio.timeout(30):
                async for _ in frames:
                    shown += 1
                    if watching.done() and shown > 10:
                        break
            stopped = await mirror.stop_job((await watching).id)
            assert stopped.status == "stopped"
            assert len(await captures_of(mirror, stopped)) == stopped.done >= 3
            assert mirror.state is not None
            assert mirror.state.streaming.active
        assert daemon.stop()[0] == 0


async def test_a_time_lapse_goes_on_after_a_kill_and_after_a_restart(state_dir: Path) -> None:
    with DaemonProcess(state_dir, **CLIP_CAMERA) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            state = await mirror.start_job(TimeLapse(interval_s=0.5, count=9))
            await reached(mirror, state.id, done=3)
            daemon.kill()
    with DaemonProcess(state_dir, **CLIP_CAMERA) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            again = await reached(mirror, state.id, done=5)
            assert (again.status, again.started, again.spec) == (
                "running",
                state.started,
                state.spec,
            )
            assert daemon.stop()[0] == 0
    with DaemonProcess(state_dir, **CLIP_CAMERA) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            ended = await reached(mirror, state.id)
            assert (ended.status, ended.done, ended.total) == ("done", 9, 9)
        assert daemon.stop()[0] == 0
    pictures = list((state_dir / "captures").glob("*.jpg"))
    assert 9 <= len(pictures) <= 12, "a kill loses the count of the last second, no picture"
    assert state.id not in (state_dir / "jobs.json").read_text()


async def test_a_kill_during_a_bracket_leaves_the_exposure_as_it_was(state_dir: Path) -> None:
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            await mirror.set_controls({"Brightness": 0.25})
            state = await mirror.start_job(Bracket(ev=(-4, -4, -4, -4)))
            await reached(mirror, state.id, done=1)
            await mirror.set_controls({"Contrast": 1.5})
            kept = state_dir / "controls.json"
            async with asyncio.timeout(30):
                while not kept.exists() or "1.5" not in kept.read_text():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            daemon.kill()
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            assert mirror.state is not None
            assert mirror.state.controls["AeEnable"] is True
            assert mirror.state.controls["Contrast"] == 1.5
            assert mirror.state.jobs == ()
