"""Presets: saved durably, recalled all or nothing, bounded, and kept over restarts."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from hardware.kept import KeptFile
from hardware.presets import Presets
from hardware.store import StateStore
from tests.hardware.daemons import DaemonProcess
from tests.vizy.fakes import CONTROLS, a_state
from vizy.device import DeviceMirror
from vizy.errors import (
    BusyError,
    InvalidValueError,
    NotFoundError,
    NotPossibleError,
    StorageError,
)
from vizy.presets import MAX_PRESETS, Preset


class Bench:
    """Presets over a camera that takes everything, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.written: list[dict[str, object]] = []
        self.refusal: Exception | None = None
        self.controls = CONTROLS
        self.store = StateStore(a_state(ExposureTime=500))
        file = KeptFile(folder / "presets.json", tuple[Preset, ...], "presets", pause_s=0)
        self.presets = Presets(file, self.store, lambda: self.controls, self.write)

    async def write(self, values: Mapping[str, object]) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.written.append(dict(values))

    @property
    def kept(self) -> dict[str, dict[str, object]]:
        return {each.name: dict(each.values) for each in self.store.state.presets}


async def test_what_a_person_set_is_saved_and_recalled_after_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.presets.open()
    await bench.presets.save("Night", None)
    assert bench.kept == {"Night": {"Brightness": 0.0, "AeEnable": True}}
    await bench.presets.save("dawn", {"Brightness": 0.5})
    again = Bench(tmp_path)
    await again.presets.open()
    assert list(again.kept) == ["dawn", "Night"]
    await again.presets.recall("dawn")
    assert again.written == [{"Brightness": 0.5}]
    await again.presets.save("dawn", {"Brightness": 0.25})
    await again.presets.delete("Night")
    assert again.kept == {"dawn": {"Brightness": 0.25}}
    for gone in (again.presets.recall("Night"), again.presets.delete("Night")):
        with pytest.raises(NotFoundError, match="there are 'dawn'"):
            await gone


async def test_what_the_camera_does_not_take_any_more_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path)
    await bench.presets.save("a", {"Brightness": 0.5, "ExposureTime": 9})
    await bench.presets.save("b", {"ExposureTime": 9})
    bench.controls = CONTROLS[:2]
    await bench.presets.recall("a")
    assert bench.written == [{"Brightness": 0.5}]
    assert "'a' is recalled without a value: ExposureTime is not a control" in caplog.text
    with pytest.raises(InvalidValueError, match="takes no value of preset 'b'"):
        await bench.presets.recall("b")


async def test_a_recall_that_is_refused_says_why(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.presets.save("a", {"Brightness": 0.5})
    bench.refusal = BusyError("Brightness belongs to bracket 1")
    with pytest.raises(BusyError, match="bracket 1"):
        await bench.presets.recall("a")


@pytest.mark.parametrize("name", ["", " a", "a ", "a/b", "a\nb", "a\n", "..", "x" * 41])
async def test_a_name_that_cannot_be_shown_or_addressed_is_refused(
    tmp_path: Path, name: str
) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(InvalidValueError, match="cannot be a preset's name"):
        await bench.presets.save(name, None)
    assert bench.kept == {}


async def test_values_are_checked_and_there_is_an_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(InvalidValueError, match="its maximum"):
        await bench.presets.save("a", {"Brightness": 9})
    with pytest.raises(InvalidValueError, match="is empty"):
        await bench.presets.save("a", {})
    full = [Preset(f"p{n}", {"Brightness": 0.0}) for n in range(MAX_PRESETS)]
    text = json.dumps([{"name": each.name, "values": each.values} for each in full])
    (tmp_path / "presets.json").write_text(text)
    await bench.presets.open()
    with pytest.raises(BusyError, match="64 presets, the most"):
        await bench.presets.save("one more", None)
    await bench.presets.save("p0", {"Brightness": 1.0})
    assert bench.kept["p0"] == {"Brightness": 1.0}


async def test_a_damaged_file_is_kept_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "presets.json").write_text('[{"name": ')
    bench = Bench(tmp_path)
    with caplog.at_level(logging.WARNING):
        await bench.presets.open()
    assert bench.kept == {}
    assert (tmp_path / "presets.json.damaged").exists()
    assert "presets.json.damaged" in caplog.text


async def test_on_a_disk_that_refuses_nothing_changes(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "gone")
    with pytest.raises(StorageError):
        await bench.presets.save("a", None)
    assert bench.kept == {}


async def test_a_real_daemon_serves_them(state_dir: Path) -> None:
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            await mirror.set_controls({"Brightness": 0.25})
            state = await mirror.save_preset("Night")
            (preset,) = state.presets
            assert (preset.name, preset.values["Brightness"]) == ("Night", 0.25)
            assert "ExposureTime" not in preset.values, "auto exposure chooses it"
            await mirror.set_controls({"Brightness": -0.5})
            assert (await mirror.recall_preset("Night")).controls["Brightness"] == 0.25
            assert (await mirror.delete_preset("Night")).presets == ()
            with pytest.raises(NotPossibleError, match="illuminator_pin"):
                await mirror.set_illuminator(0.5)
        assert daemon.stop()[0] == 0
