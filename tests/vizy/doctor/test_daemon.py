"""Each check of the hardware process tells a fault from its absence, and says what to do."""

import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.vizy.commands import running
from tests.vizy.fakes import a_state
from vizy.cli.doctor import daemon
from vizy.sensors import DeviceWarning
from vizy.settings import Settings


@pytest.fixture
def settings(state_dir: Path) -> Settings:
    (state_dir / "run").mkdir()
    return Settings(state_dir=str(state_dir), runtime_dir=str(state_dir / "run"))


def test_a_daemon_that_answers_tells_its_state(settings: Settings, state_dir: Path) -> None:
    with running(state_dir):
        found, state = daemon.check_daemon(settings)
    assert (found.verdict, state) == ("ok", a_state())


def test_a_daemon_that_is_not_there_is_told_from_one_that_left_its_socket(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, state = daemon.check_daemon(settings)
    assert (found.verdict, state) == ("wrong", None)
    assert "start it with `vizy run`" in found.cure
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(settings.hardware_socket))
    assert "left the socket" in daemon.check_daemon(settings)[0].cure
    monkeypatch.setattr(daemon.os, "access", lambda *_: False)
    assert "group vizy" in daemon.check_daemon(settings)[0].cure


def test_the_socket_of_the_frames_is_probed(settings: Settings) -> None:
    assert daemon.check_frames_socket(settings).verdict == "wrong"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as frames:
        frames.bind(str(settings.frames_socket))
        frames.listen(1)
        assert daemon.check_frames_socket(settings).verdict == "ok"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("ready", "ok"), ("starting", "warning"), ("stalled", "wrong"), ("fault", "wrong")],
)
def test_a_camera_that_does_not_work_is_told_with_its_reason(status: Any, verdict: str) -> None:
    camera = msgspec.structs.replace(a_state().camera, status=status, reason="cable out")
    found = daemon.check_camera(msgspec.structs.replace(a_state(), camera=camera))
    assert (found.verdict, bool(found.cure)) == (verdict, verdict != "ok")
    assert ("cable out" in found.text) == (verdict != "ok")


@pytest.mark.parametrize(
    ("status", "verdict"), [("ok", "ok"), ("full", "wrong"), ("failed", "wrong")]
)
def test_a_disk_that_refuses_is_told(status: Any, verdict: str) -> None:
    storage = msgspec.structs.replace(a_state().storage, status=status, reason="no room")
    found = daemon.check_storage(msgspec.structs.replace(a_state(), storage=storage))
    assert found.verdict == verdict


def test_what_the_sensors_warn_of_is_repeated() -> None:
    assert daemon.check_warnings(a_state())[0].verdict == "ok"
    warnings = (
        DeviceWarning(id="a", severity="warning", text="warm", sensor="s", since=""),
        DeviceWarning(id="b", severity="critical", text="under-voltage", sensor="s", since=""),
    )
    found = daemon.check_warnings(msgspec.structs.replace(a_state(), warnings=warnings))
    assert [(each.verdict, each.text) for each in found] == [
        ("warning", "warm"),
        ("wrong", "under-voltage"),
    ]
