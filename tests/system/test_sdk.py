"""The SDK against the real processes: the same, over the network and on the device."""

import asyncio
import io
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.system import people
from tests.system.processes import VizyProcesses
from vizy import AsyncVizy, Vizy
from vizy.errors import (
    DeviceAwayError,
    DeviceError,
    DeviceTimeoutError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotPossibleError,
    NotSignedInError,
    ProtectedError,
    UnknownControlError,
)
from vizy.sdk.sync import Camera


def address(vizy: VizyProcesses, way: str) -> str:
    return vizy.url if way == "http" else f"unix:{vizy.state_dir / 'run'}"


@pytest.fixture(params=["http", "device"])
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def camera(vizy: VizyProcesses, way: str) -> Iterator[Camera]:
    with Vizy(address(vizy, way), token=people.token_secret("operator")) as opened:
        yield opened.camera


def test_everything_says_briefly_what_it_is(vizy: VizyProcesses, way: str) -> None:
    with Vizy(address(vizy, way), token=people.token_secret("viewer")) as opened:
        assert repr(opened) == f"<Vizy at {address(vizy, way)}>"
        assert repr(opened.camera) == f"<Camera of {address(vizy, way)}>"
        assert repr(opened.camera.captures) == f"<Captures of {address(vizy, way)}>"


def test_the_state_is_whole(camera: Camera) -> None:
    state = camera.state
    assert state.camera.status == "ready"
    assert camera.state.revision >= state.revision


def test_controls_are_a_mapping_with_limits(camera: Camera) -> None:
    controls = camera.controls
    controls["Brightness"] = 0.25
    assert controls["Brightness"] == 0.25
    assert controls.set(Brightness=-0.1, Contrast=1.1)["Contrast"] == pytest.approx(1.1)
    assert controls.info["Brightness"].maximum == 1.0
    assert {"Brightness", "ExposureTime"} <= set(controls)
    assert dict(controls.items())["Brightness"] == pytest.approx(-0.1)
    assert len(controls.values()) == len(controls)
    assert "Brightness" in repr(controls)
    assert "<th>control</th>" in controls._repr_html_()
    with pytest.raises(InvalidValueError, match="Brightness=5 is above"):
        controls.set(Brightness=5, Contrast=2.0)
    assert controls["Contrast"] == pytest.approx(1.1)
    with pytest.raises(UnknownControlError, match="Bright is not a control"):
        controls["Bright"] = 1
    with pytest.raises(UnknownControlError, match="Bright is not a control"):
        controls.reset("Bright")
    controls.reset("Brightness")
    assert (controls["Brightness"], controls["Contrast"]) == (0.0, pytest.approx(1.1))
    controls.reset()
    assert controls["Contrast"] == controls.info["Contrast"].default


def test_a_capture_is_taken_saved_looked_at_kept_and_deleted(
    camera: Camera, tmp_path: Path
) -> None:
    taken = camera.capture()
    told: list[tuple[int, int]] = []
    saved = taken.save(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert saved == tmp_path / f"{taken.id}.jpg"
    assert saved.read_bytes() == taken.bytes()
    assert told[-1] == (taken.info.bytes, taken.info.bytes)
    assert taken.image().shape == (taken.info.size.height, taken.info.size.width, 3)
    assert taken._repr_jpeg_() == taken.thumbnail().data == taken.bytes("thumbnail")
    assert taken.save(tmp_path, part="thumbnail").stat().st_size
    with pytest.raises(NotFoundError):
        taken.bytes("raw")
    taken.tag("tomato", "day 1")
    taken.untag("day 1")
    taken.protect()
    assert (taken.tags, taken.is_protected) == (("tomato",), True)
    assert [found.id for found in camera.captures.find(tag="tomato")] == [taken.id]
    with pytest.raises(ProtectedError):
        taken.delete()
    taken.protect(False)
    taken.delete()
    with pytest.raises(NotFoundError):
        camera.captures.get(taken.id)
    taken.restore()
    assert next(iter(camera.captures)).id == taken.id
    assert camera.captures.get(taken.id).created.tzinfo is not None
    taken.delete()


def test_a_file_that_was_cut_off_is_gone_on_with(camera: Camera, tmp_path: Path) -> None:
    taken = camera.capture()
    whole = taken.bytes()
    part = tmp_path / f"{taken.id}.jpg.part"
    part.write_bytes(b"x" * 1000)
    got: list[int] = []
    saved = taken.save(tmp_path, progress=lambda done, _: got.append(done))
    assert saved.read_bytes() == b"x" * 1000 + whole[1000:]
    assert got[0] > 1000
    assert not part.exists()


def test_captures_are_written_to_a_zip(camera: Camera, tmp_path: Path) -> None:
    both = [camera.capture(), camera.capture()]
    file = camera.captures.download_zip(tmp_path / "all.zip", both)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert sorted(archive.namelist()) == sorted(each.filename for each in both)
        assert archive.read(both[0].filename) == both[0].bytes()
    with pytest.raises(NotFoundError):
        camera.captures.get("nothing")
    assert list(tmp_path.iterdir()) == [file]


def test_presets_are_saved_recalled_and_deleted(camera: Camera) -> None:
    camera.controls["Brightness"] = 0.5
    camera.presets.save("evening / 1".replace("/", "&"))
    camera.presets.save("noon", {"Brightness": -0.5})
    assert camera.presets["evening & 1"]["Brightness"] == 0.5
    camera.presets.recall("noon")
    assert camera.controls["Brightness"] == -0.5
    camera.presets.recall("evening & 1")
    assert camera.controls["Brightness"] == 0.5
    for name in list(camera.presets):
        camera.presets.delete(name)
    assert len(camera.presets) == 0
    with pytest.raises(NotFoundError):
        camera.presets.recall("noon")
    camera.controls.reset()


def test_a_job_is_started_and_stopped(camera: Camera) -> None:
    job = camera.timelapse(3600)
    assert camera.job(job.id).state.status in ("running", "waiting")
    assert job.stop().status == "stopped"
    with camera.recording() as recording:
        assert recording.state.status == "running"
    assert recording.state.has_ended
    with pytest.raises(NotFoundError, match="no job nothing"):
        camera.job("nothing")


def test_a_job_is_waited_for_to_its_end(camera: Camera) -> None:
    seen: list[int] = []
    job = camera.burst(3, fps=20)
    ended = job.wait(progress=lambda state: seen.append(state.done), timeout_s=30)
    assert (ended.status, ended.done, seen[-1]) == ("done", 3, 3)
    assert [capture.kind for capture in job.captures()] == ["burst"] * 3
    endless = camera.timelapse(3600)
    with pytest.raises(DeviceTimeoutError, match="has not ended within"):
        endless.wait(timeout_s=0.2)
    endless.stop()


def test_a_watched_state_is_there_at_once_and_follows_what_changes(camera: Camera) -> None:
    states = camera.watch()
    first = next(states)
    camera.controls["Brightness"] = 0.75
    for state in states:
        assert state.revision >= first.revision
        if state.controls["Brightness"] == 0.75:
            break
    camera.controls.reset()


def test_sensors_and_their_history_are_arrays(camera: Camera) -> None:
    name = next(iter(camera.sensors))
    assert camera.sensors[name].label
    history = camera.sensors.history(names=[name])
    assert list(history) == [name]
    assert history.times.dtype == np.float64
    assert history[name].low.shape == history[name].high.shape == history.times.shape


def test_a_snapshot_and_live_pictures_are_jpeg(camera: Camera) -> None:
    assert camera.snapshot()._repr_jpeg_().startswith(b"\xff\xd8")
    small, coarse = camera.snapshot(width=320), camera.snapshot(width=320, quality=10)
    assert small.image().shape == coarse.image().shape == (180, 320, 3)
    assert len(coarse.data) < len(small.data)
    frames = camera.frames()
    first, second = next(frames), next(frames)
    assert first.data != second.data
    assert first.image().shape == (720, 1280, 3)
    frames.close()


def test_a_lamp_that_is_not_there_is_told(camera: Camera) -> None:
    with pytest.raises(NotPossibleError):
        camera.light(0.5)
    with pytest.raises(InvalidValueError):
        camera.light(2)


def test_raw_frames_are_arrays_on_the_device_only(vizy: VizyProcesses) -> None:
    with Vizy(address(vizy, "device")) as opened:
        for frame in opened.camera.raw_frames():
            assert frame.array().shape == (720, 1280, 3)
            assert len(repr(frame)) < 80
            break
    with (
        Vizy(vizy.url, token=people.token_secret("viewer")) as opened,
        pytest.raises(InvalidValueError, match="on the device"),
    ):
        opened.camera.raw_frames()


def test_a_token_is_needed_and_its_role_counts(vizy: VizyProcesses) -> None:
    with Vizy(vizy.url) as nobody, pytest.raises(NotSignedInError, match="Bearer"):
        _ = nobody.camera.state
    with (
        Vizy(vizy.url, token="vizy_other") as other,
        pytest.raises(NotSignedInError, match="token"),
    ):
        _ = other.camera.state
    with (
        Vizy(vizy.url, token=people.token_secret("viewer")) as viewer,
        pytest.raises(NotAllowedError, match="needs the role"),
    ):
        viewer.camera.capture()


def test_an_address_where_nobody_is_fails_at_once(tmp_path: Path) -> None:
    with Vizy("http://127.0.0.1:9") as nobody, pytest.raises(DeviceAwayError, match="cannot be"):
        _ = nobody.camera.state
    with Vizy(f"unix:{tmp_path}") as nobody, pytest.raises(DeviceAwayError, match="away"):
        _ = nobody.camera.state
    for wrong in ("vizy.local", "ftp://vizy.local", "http://"):
        with pytest.raises(InvalidValueError, match="no address"):
            Vizy(wrong)


def test_address_and_token_may_be_variables(
    vizy: VizyProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZY_URL", vizy.url)
    monkeypatch.setenv("VIZY_TOKEN", people.token_secret("viewer"))
    with Vizy() as opened:
        assert opened.camera.state.camera.model


async def test_it_works_where_a_loop_runs_already_and_closes_twice(vizy: VizyProcesses) -> None:
    opened = Vizy(address(vizy, "device"))
    assert opened.camera.state.revision
    opened.close()
    opened.close()
    with pytest.raises(DeviceError, match="closed"):
        _ = opened.camera.state


async def test_coroutines_do_the_same(vizy: VizyProcesses, way: str) -> None:
    token = people.token_secret("operator")
    async with AsyncVizy(address(vizy, way), token=token) as opened:
        camera = opened.camera
        await camera.controls.set(Brightness=0.1)
        assert (await camera.state).controls["Brightness"] == pytest.approx(0.1)
        taken = await camera.capture()
        async for found in camera.captures.find(kind="still"):
            assert found.id == taken.id
            break
        async with camera.recording() as job:
            assert job.id
        snapshots = await asyncio.gather(*(camera.snapshot() for _ in range(3)))
        assert all(snapshot.data for snapshot in snapshots)


def test_ctrl_c_ends_the_waiting_and_the_program(vizy: VizyProcesses, way: str) -> None:
    code = """
from vizy import Vizy
with Vizy() as vizy:
    for _ in vizy.camera.frames():
        print(1, flush=True)
"""
    environ = vizy.environ | {
        "VIZY_URL": address(vizy, way),
        "VIZY_TOKEN": people.token_secret("viewer"),
    }
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    program.stdout.readline()
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=20)
    assert said.endswith("KeyboardInterrupt\n")
    assert said.count("Traceback") == 1
    assert "never" not in said


def test_closing_ends_what_another_thread_waits_for(vizy: VizyProcesses, way: str) -> None:
    opened = Vizy(address(vizy, way), token=people.token_secret("operator"))
    started = threading.Event()
    told: list[str] = []

    def look() -> None:
        try:
            for _ in opened.camera.frames():
                started.set()
        except DeviceError as error:
            told.append(str(error))

    thread = threading.Thread(target=look)
    thread.start()
    assert started.wait(10)
    opened.close()
    thread.join(10)
    assert told
    assert "closed" in told[0]


def test_the_daemon_and_the_command_do_without_the_http_client() -> None:
    code = "import sys, hardware.__main__, vizy.cli; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
