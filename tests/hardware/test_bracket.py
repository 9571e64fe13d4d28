"""Brackets: the exposures asked for, controls put back in every case, nobody's write lost."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from hardware.camera import CameraInfo, Frame
from hardware.camera.reported import (
    AE_ENABLE,
    ANALOGUE_GAIN,
    BRIGHTNESS,
    EXPOSURE_TIME,
    SENSOR_CONTROLS,
)
from hardware.jobs import BracketJob
from hardware.jobs.exposures import settings_for
from hardware.loans import LentControls
from hardware.remembered import RememberedControls
from tests.hardware.jobbing import Album, HandTime, Told, picture
from vizy.controls import ControlInfo, ControlValue
from vizy.errors import BusyError, CameraError, DeviceError, DiskFullError, InvalidValueError
from vizy.jobs import Bracket
from vizy.state import Size


class Exposed:
    """A camera whose frames show a write two stills later."""

    def __init__(self, controls: tuple[ControlInfo, ...] = SENSOR_CONTROLS) -> None:
        self.info = CameraInfo("fake", "Fake 1", Size(64, 48), controls)
        self.values: dict[str, ControlValue] = {info.name: info.default for info in controls}
        self.writes: list[dict[str, object]] = []
        self.frames = 0
        self.fail_writes = 0
        self.longest_us = 10**9
        self.tells = True
        self._shown = [dict(self.values)] * 2

    async def set_controls(self, values: Mapping[str, object]) -> None:
        await asyncio.sleep(0)
        if self.fail_writes and self.writes:
            self.fail_writes -= 1
            raise CameraError("unplugged")
        self.writes.append(dict(values))
        self.values |= values  # type: ignore[arg-type]

    async def capture_still(self) -> Frame:
        await asyncio.sleep(0)
        self.frames += 1
        self._shown.append(dict(self.values))
        shown = self._shown.pop(0)
        time_us = min(shown.get("ExposureTime", 0), self.longest_us)
        gain = shown.get("AnalogueGain", 1.0)
        return picture(1, **{"ExposureTime": time_us, "AnalogueGain": gain} if self.tells else {})


class Bench:
    def __init__(self, folder: Path, camera: Exposed) -> None:
        self.camera = camera
        self.album = Album(HandTime())
        self.loans = LentControls()
        self.remembered = RememberedControls(folder / "controls.json")
        self.told = Told()

    def job(self, *ev: float) -> BracketJob:
        return BracketJob(
            Bracket(ev=ev or (-2, 0, 2)),
            self.camera,
            lambda: self.camera.values,
            self.album,
            self.loans,
            self.remembered.hold,
            clock=self.album.clock,
        )

    @property
    def exposures(self) -> list[float]:
        return [
            float(frame.metadata["ExposureTime"]) * float(frame.metadata["AnalogueGain"])
            for frame in self.album.frames
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, Exposed())


async def test_each_still_has_the_exposure_asked_for(bench: Bench) -> None:
    await bench.job(-2, 0, 1.5).run(bench.told.progress)
    assert bench.exposures == pytest.approx([5000, 20_000, 56_569], rel=0.01)
    assert bench.album.kinds == {("bracket", "job-1")}
    assert bench.told.last == (3, 3, "")


async def test_automatic_exposure_is_switched_on_again_and_nothing_else_written(
    bench: Bench,
) -> None:
    await bench.job().run(bench.told.progress)
    assert bench.camera.writes[-1] == {"AeEnable": True}


async def test_an_exposure_set_by_hand_comes_back(bench: Bench) -> None:
    bench.camera.values |= {"AeEnable": False, "ExposureTime": 1234, "AnalogueGain": 2.0}
    before = dict(bench.camera.values)
    await bench.job().run(bench.told.progress)
    assert bench.camera.values == before


@pytest.mark.parametrize("how", ["disk", "camera", "cancel", "stop"])
async def test_the_controls_come_back_whatever_happens(bench: Bench, how: str) -> None:
    bench.camera.values |= {"AeEnable": False, "ExposureTime": 1234, "AnalogueGain": 2.0}
    before = dict(bench.camera.values)
    arrived = asyncio.Event()

    def happen() -> Exception | None:
        arrived.set()
        if how == "disk":
            return DiskFullError("no room")
        if how == "camera":
            bench.camera.fail_writes = 2  # of the next exposure, and of the first restoring
        if how == "stop":
            bench.told.progress.stopping.set()
        return None

    bench.album.fails = happen
    running = asyncio.create_task(bench.job().run(bench.told.progress))
    await arrived.wait()
    if how == "cancel":
        running.cancel()
    (result,) = await asyncio.gather(running, return_exceptions=True)
    assert bench.camera.values == before
    kinds = {"disk": DiskFullError, "camera": CameraError, "cancel": asyncio.CancelledError}
    assert isinstance(result, kinds.get(how, type(None)))
    if how == "stop":
        assert bench.told.last[0] == 1
    bench.loans.check(["ExposureTime"])


async def test_controls_that_cannot_be_put_back_are_said(bench: Bench) -> None:
    bench.album.fails = lambda: setattr(bench.camera, "fail_writes", 99)
    with pytest.raises(CameraError, match="unplugged"):
        await bench.job().run(bench.told.progress)


async def test_meanwhile_others_are_refused_the_exposure_and_keep_all_else(bench: Bench) -> None:
    refused: list[str] = []

    def others() -> None:
        bench.loans.check(["Brightness", "Contrast"])
        with pytest.raises(BusyError) as caught:
            bench.loans.check(["Brightness", "ExposureTime"])
        refused.append(str(caught.value))

    bench.album.fails = others
    await bench.job().run(bench.told.progress)
    assert len(refused) == 3
    assert refused[0].startswith("ExposureTime belongs to bracket job-1 until that ends")
    bench.loans.check(["ExposureTime"])


async def test_a_kill_meanwhile_finds_the_controls_of_before(bench: Bench, tmp_path: Path) -> None:
    bench.remembered.restore(SENSOR_CONTROLS)
    bench.camera.values |= {"AeEnable": False, "ExposureTime": 1234}
    bench.remembered.note(SENSOR_CONTROLS, bench.camera.values)
    kept: list[dict[str, object]] = []

    def killed() -> None:
        bench.remembered.note(SENSOR_CONTROLS, bench.camera.values | {"Brightness": 0.5})
        kept.append(RememberedControls(tmp_path / "controls.json").restore(SENSOR_CONTROLS))

    async def keep() -> None:
        assert await bench.remembered.save()

    await keep()
    bench.album.fails = killed
    await bench.job().run(bench.told.progress)
    await keep()
    after = RememberedControls(tmp_path / "controls.json").restore(SENSOR_CONTROLS)
    assert {each["ExposureTime"] for each in kept} == {1234}
    assert (after["ExposureTime"], after["Brightness"]) == (1234, 0.5)


async def test_a_camera_without_controls_of_the_exposure_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Exposed((BRIGHTNESS,)))
    with pytest.raises(InvalidValueError, match="Fake 1 has neither ExposureTime nor AnalogueGain"):
        bench.job()


async def test_a_camera_that_limits_the_exposure_is_said(bench: Bench) -> None:
    bench.camera.longest_us = 30_000
    with pytest.raises(DeviceError, match=r"30000 µs .* where 80000 µs were set"):
        await bench.job(0, 2).run(bench.told.progress)
    assert bench.camera.writes[-1] == {"AeEnable": True}
    assert bench.told.last[0] == 1


async def test_a_camera_that_does_not_tell_its_exposure_is_believed(bench: Bench) -> None:
    bench.camera.tells = False
    await bench.job().run(bench.told.progress)
    assert bench.told.last == (3, 3, "the camera does not tell its exposure")


@pytest.mark.parametrize(
    ("ev", "start", "wanted"),
    [
        (2.0, (1000, 2.0), (4000, 2.0)),
        (-2.0, (1000, 2.0), (250, 2.0)),
        (-5.0, (1000, 4.0), (75, 1.667)),
        (3.0, (4000, 1.0), (10_000, 3.2)),
    ],
)
def test_time_comes_first_and_gain_is_the_rest(
    ev: float, start: tuple[int, float], wanted: tuple[int, float]
) -> None:
    controls = (AE_ENABLE, msgspec.structs.replace(EXPOSURE_TIME, maximum=10_000), ANALOGUE_GAIN)
    begin = {"ExposureTime": start[0], "AnalogueGain": start[1]}
    found = settings_for(ev, begin, controls)
    assert found["AeEnable"] is False
    assert (found["ExposureTime"], found["AnalogueGain"]) == pytest.approx(wanted, rel=0.01)


def test_gain_alone_will_do() -> None:
    assert settings_for(1.0, {"AnalogueGain": 2.0}, (ANALOGUE_GAIN,)) == {"AnalogueGain": 4.0}


def test_a_camera_that_reports_no_exposure_at_all_breaks_nothing() -> None:
    dark = {"ExposureTime": 0, "AnalogueGain": 0.0}
    assert settings_for(0.0, dark, SENSOR_CONTROLS)["ExposureTime"] == 75


def test_an_exposure_out_of_reach_is_refused_with_the_limits() -> None:
    controls = (msgspec.structs.replace(EXPOSURE_TIME, maximum=10_000),)
    with pytest.raises(InvalidValueError, match=r"ev=\+4 .*ExposureTime from 75 to 10000"):
        settings_for(4.0, {"ExposureTime": 5000}, controls)
