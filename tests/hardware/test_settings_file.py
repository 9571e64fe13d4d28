"""The settings file: changed whole or not at all, applied at once where that is possible."""

from pathlib import Path

import pytest

from hardware.settings import SettingsFile
from hardware.store import StateStore
from tests.hardware.cameras import CLIP
from tests.hardware.daemons import DaemonProcess
from tests.vizy.fakes import a_state
from vizy.device import DeviceMirror
from vizy.errors import InvalidValueError, SettingsError, StorageError
from vizy.settings import Settings, resolve


class Bench:
    """A settings file in a folder, and what is applied of it."""

    def __init__(self, folder: Path, text: str = "", **variables: str) -> None:
        self.path = folder / "vizy.toml"
        if text:
            self.path.write_text(text)
        self.store = StateStore(a_state())
        self.applied: list[Settings] = []
        environ = {"VIZY_STATE_DIR": str(folder)} | variables
        settings = resolve({}, environ).settings
        self.file = SettingsFile(settings, environ, self.store, self.applied.append)


async def test_a_change_is_in_the_file_and_waits_where_it_must(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "# mine\n[camera]\nfps = 12.0 # slow\n")
    report = await bench.file.change({"camera.fps": 25, "storage.keep_days": 30, "web.port": 81})
    assert bench.path.read_text().startswith("# mine\n[camera]\nfps = 25.0 # slow\n")
    assert report.in_file == {"camera.fps": 25, "storage.keep_days": 30, "web.port": 81}
    assert (report.in_force["camera.fps"], report.next["camera.fps"]) == (12, 25)
    assert report.in_force["storage.keep_days"] == 30
    assert report.waiting == ("camera.fps", "web.port")
    assert bench.applied[-1].storage.keep_days == 30
    state = bench.store.state.settings
    assert (state.changes, state.waiting) == (1, ("camera.fps",))
    back = await bench.file.change({"camera.fps": None, "storage.keep_days": None})
    assert back.in_file == {"web.port": 81}
    assert back.next["camera.fps"] == 30
    await bench.file.reset()
    assert (await bench.file.get()).in_file == {}
    assert "# mine" in bench.path.read_text()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"stream.quality": 50, "camera.fps": 500},
            "camera.fps = 500 is refused: camera.fps takes",
        ),
        ({"nothing": None}, "nothing is not a setting"),
        ({"camera.fpz": 5}, "camera.fpz is not a setting: did you mean `camera.fps`?"),
        ({"camera.backend": "video"}, "needs camera.file"),
        ({"camera.set_delay_ms": [30, 5]}, "the lower comes first"),
        ({"web.port": 80}, "web.port is fixed by --port or VIZY_PORT"),
        ({"state_dir": "/elsewhere"}, "state_dir is not a setting"),
    ],
)
async def test_what_is_refused_changes_nothing(
    tmp_path: Path, values: dict[str, object], text: str
) -> None:
    bench = Bench(tmp_path, "[stream]\nquality = 70\n", VIZY_PORT="0")
    with pytest.raises(InvalidValueError, match=text.replace("?", r"\?")):
        await bench.file.change(values)
    assert bench.path.read_text() == "[stream]\nquality = 70\n"
    assert bench.applied == []
    assert bench.store.state.settings.changes == 0


async def test_a_disk_that_refuses_keeps_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageError("no")

    bench = Bench(tmp_path, "[web]\nport = 5\n")
    monkeypatch.setattr("hardware.settings.write_durably", fail)
    with pytest.raises(StorageError):
        await bench.file.change({"web.port": 6})
    assert bench.path.read_text() == "[web]\nport = 5\n"
    assert (await bench.file.get()).next["web.port"] == 5


async def test_a_file_that_somebody_broke_by_hand_is_named_and_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.path.write_text("[web]\nport = 'x'\n")
    with pytest.raises(SettingsError, match=r'vizy.toml: web.port = "x" is refused'):
        await bench.file.change({"stream.quality": 6})
    assert bench.path.read_text() == "[web]\nport = 'x'\n"


async def test_a_daemon_takes_up_changes_starts_as_wished_and_can_be_made_new(
    state_dir: Path,
) -> None:
    camera = f"video:{CLIP}"
    with DaemonProcess(state_dir, camera=camera) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            await mirror.save_preset("Night", {"Brightness": 0.5})
            changes = {
                "storage.floor_bytes": 5 << 20,
                "startup.preset": "Night",
                "startup.motion": True,
                "startup.lamp": 0.5,  # there is none: this stops nothing
                "camera.width": 640,
            }
            report = await mirror.change_settings(changes)
            assert report.fixed["camera.backend"] == "--camera or VIZY_CAMERA"
            async for now in mirror.follow():
                assert now.state is not None
                if now.state.settings.changes and now.state.storage.floor_bytes == 5 << 20:
                    assert now.state.settings.waiting == ("camera.width",)
                    break
        assert daemon.stop()[0] == 0
    with DaemonProcess(state_dir, camera=camera) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            assert mirror.state is not None
            assert mirror.state.controls["Brightness"] == 0.5
            assert [job.spec.__class__.__name__ for job in mirror.state.jobs] == ["Motion"]
            assert (await mirror.get_settings()).in_force["camera.width"] == 640
            kept = await mirror.capture()
            await mirror.update_captures([kept.id], protected=True)
            await mirror.reset()
            assert (await mirror.get_settings()).in_file == {}
            async for now in mirror.follow():
                assert now.state is not None
                if now.state.presets == () and now.state.controls["Brightness"] == 0:
                    break
            assert (await mirror.list_captures()).count == 1
            await mirror.reset(captures=True)
            assert (await mirror.list_captures()).count == 0
