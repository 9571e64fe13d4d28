"""Each check of the machine tells a fault from its absence, and says what to do."""

from pathlib import Path

import msgspec
import pytest

from vizy.cli.doctor import machine
from vizy.settings import CameraSettings, Settings

FLOOR = Settings(state_dir="/", runtime_dir="/").storage.floor_bytes


def settings(state_dir: Path) -> Settings:
    return Settings(state_dir=str(state_dir), runtime_dir=str(state_dir / "run"))


def test_a_mistyped_variable_is_named_with_what_was_meant() -> None:
    assert [each.verdict for each in machine.check_variables({"VIZY_PORT": "1", "HOME": "/"})] == [
        "ok"
    ]
    (found,) = machine.check_variables({"VIZY_PROT": "1", "VIZY_URL": "u", "VIZY_TOKEN": "t"})
    assert (found.verdict, found.text) == (
        "wrong",
        "VIZY_PROT is no variable of Vizy: did you mean VIZY_PORT?",
    )
    (far,) = machine.check_variables({"VIZY_SOMETHING_ELSE": "1"})
    assert "docs/settings.md" in far.text


def test_folders_are_there_and_may_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    assert [each.verdict for each in machine.check_folders(settings(tmp_path))] == ["ok", "ok"]
    (missing, _) = machine.check_folders(settings(tmp_path / "none"))
    assert (missing.verdict, "vizy run" in missing.cure) == ("warning", True)
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    assert {each.verdict for each in machine.check_folders(settings(tmp_path))} == {"wrong"}


@pytest.mark.parametrize(
    ("free", "verdict"), [(FLOOR - 1, "wrong"), (FLOOR, "warning"), (FLOOR * 2, "ok")]
)
def test_the_disk_has_room(tmp_path: Path, free: int, verdict: str) -> None:
    found = machine.check_disk(settings(tmp_path / "none"), lambda _: (FLOOR * 9, 0, free))
    assert found.verdict == verdict
    assert bool(found.cure) == (verdict != "ok")


def test_a_clock_that_stopped_or_was_not_set_is_found(tmp_path: Path) -> None:
    none = tmp_path / "none"
    assert machine.check_clock(0, none).verdict == "wrong"
    assert machine.check_clock(2e9, none).verdict == "ok"
    assert machine.check_clock(2e9, tmp_path).verdict == "warning"
    (tmp_path / "synchronized").touch()
    assert machine.check_clock(2e9, tmp_path).verdict == "ok"


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    here = settings(tmp_path)
    assert machine.check_libraries(here).verdict == "ok"
    without = machine.check_libraries(here, lambda name: None if name == "av" else name)
    assert "av (videos)" in without.text
    pi = msgspec.structs.replace(here, camera=CameraSettings(backend="picamera2"))
    found = machine.check_libraries(pi, lambda name: None if name == "picamera2" else name)
    assert "apt install python3-picamera2" in found.cure
