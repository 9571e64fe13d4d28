"""Remembered controls: what is kept, what is left out, and how the disk may fail."""

import asyncio
import errno
import logging
from pathlib import Path

import pytest

from hardware import kept as module
from hardware.camera.reported import SENSOR_CONTROLS
from hardware.remembered import RememberedControls
from vizy.controls import ControlValue
from vizy.errors import StorageError

DEFAULTS: dict[str, ControlValue] = {info.name: info.default for info in SENSOR_CONTROLS}


async def keep(path: Path, **values: ControlValue) -> None:
    kept = RememberedControls(path)
    kept.restore(SENSOR_CONTROLS)
    kept.note(SENSOR_CONTROLS, DEFAULTS | values)
    assert await kept.save()


async def test_values_come_back(tmp_path: Path) -> None:
    await keep(tmp_path / "controls.json", Brightness=0.25, AeEnable=False, ExposureTime=5000)
    found = RememberedControls(tmp_path / "controls.json").restore(SENSOR_CONTROLS)
    assert (found["Brightness"], found["ExposureTime"]) == (0.25, 5000)


async def test_a_value_of_several_numbers_comes_back(tmp_path: Path) -> None:
    await keep(tmp_path / "controls.json", ScalerCrop=(0, 0, 1640, 1232))
    found = RememberedControls(tmp_path / "controls.json").restore(SENSOR_CONTROLS)
    assert found["ScalerCrop"] == (0, 0, 1640, 1232)


async def test_what_an_algorithm_chose_is_not_kept(tmp_path: Path) -> None:
    await keep(tmp_path / "controls.json", ExposureTime=1234)
    found = RememberedControls(tmp_path / "controls.json").restore(SENSOR_CONTROLS)
    assert found["AeEnable"] is True
    assert not {"ExposureTime", "AnalogueGain", "ColourTemperature"} & found.keys()


def test_what_the_camera_does_not_take_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c.json").write_text('{"Brightness": 7, "Contrast": 2, "LensPosition": 1}')
    with caplog.at_level(logging.WARNING):
        assert RememberedControls(tmp_path / "c.json").restore(SENSOR_CONTROLS) == {"Contrast": 2.0}
    assert "Brightness=7" in caplog.text
    assert "LensPosition" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a":' * 9999])
def test_a_damaged_file_is_kept_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c.json").write_bytes(content)
    assert RememberedControls(tmp_path / "c.json").restore(SENSOR_CONTROLS) == {}
    assert (tmp_path / "c.json.damaged").read_bytes() == content
    assert "cannot be understood" in caplog.text


async def test_a_burst_of_notes_is_one_write_and_the_last_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[bytes] = []
    written = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write(path: Path, data: bytes, *, replace: bool) -> None:
        writes.append(data)
        loop.call_soon_threadsafe(written.set)

    monkeypatch.setattr(module, "write_durably", write)
    kept = RememberedControls(tmp_path / "c.json", pause_s=0.2)
    kept.restore(SENSOR_CONTROLS)
    task = asyncio.create_task(kept.run())
    for n in range(100):
        kept.note(SENSOR_CONTROLS, DEFAULTS | {"Brightness": n / 100})
    async with asyncio.timeout(20):
        await written.wait()
    for n in range(100):
        kept.note(SENSOR_CONTROLS, DEFAULTS | {"Brightness": -n / 100})
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await kept.save()
    assert len(writes) == 2
    assert b'"Brightness": -0.99' in writes[1]


async def test_a_disk_that_refuses_is_logged_and_does_not_end_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write(path: Path, data: bytes, *, replace: bool) -> None:
        raise StorageError(f"{path} cannot be written: {errno.errorcode[errno.EIO]}")

    monkeypatch.setattr(module, "write_durably", write)
    kept = RememberedControls(tmp_path / "c.json")
    kept.restore(SENSOR_CONTROLS)
    kept.note(SENSOR_CONTROLS, DEFAULTS)
    assert not await kept.save()
    assert "controls are not remembered" in caplog.text
