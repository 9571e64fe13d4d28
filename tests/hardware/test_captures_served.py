"""Captures over the daemon's socket and by the command: found, protected, deleted, restored."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.hardware.cameras import CLIP
from tests.hardware.daemons import DaemonProcess
from vizy.cli import main
from vizy.device import DeviceMirror
from vizy.errors import InvalidValueError, NotFoundError, ProtectedError
from vizy.state import Capture

SMALL = {"camera": f"video:{CLIP}"}


@pytest.fixture
def daemon(state_dir: Path) -> Iterator[DaemonProcess]:
    with DaemonProcess(state_dir, **SMALL) as daemon:
        yield daemon.wait_ready()


async def take(mirror: DeviceMirror, count: int) -> list[Capture]:
    """Take some, and return them as they sort: those of one frame of the clip share their time."""
    taken = [await mirror.capture() for _ in range(count)]
    return sorted(taken, key=lambda capture: capture.id)


async def test_they_are_found_protected_deleted_and_restored(daemon: DaemonProcess) -> None:
    async with DeviceMirror(daemon.socket) as mirror:
        first, second, third = await take(mirror, 3)
        (tagged,) = await mirror.update_captures([second.id], protected=True, tags=["owl"])
        assert (tagged.protected, tagged.tags) == (True, ("owl",))
        assert (await mirror.list_captures(tag="owl")).items == (tagged,)
        assert (await mirror.list_captures(kind="burst")).count == 0
        assert (await mirror.list_captures(until=first.created)).count == 0
        assert (await mirror.list_captures(since=first.created)).count == 3
        with pytest.raises(ProtectedError, match=second.id):
            await mirror.delete_captures([first.id, second.id])
        assert await mirror.delete_captures([first.id, third.id]) == (first, third)
        assert (await mirror.list_captures()).items == (tagged,)
        assert await mirror.restore_captures([third.id]) == (third,)
        assert (await mirror.list_captures()).items == (third, tagged)
        with pytest.raises(NotFoundError):
            await mirror.restore_captures(["nothing"])
        with pytest.raises(InvalidValueError):
            await mirror.update_captures([first.id], tags=[" "])
        with pytest.raises(InvalidValueError):
            await mirror.delete_captures([])
        with pytest.raises(InvalidValueError, match="gives no raw data: take a still without"):
            await mirror.capture(raw=True)
        assert mirror.state is not None
        assert not mirror.state.camera.has_raw
        assert mirror.state.camera.status == "ready", "a refusal is no fault of the camera"


async def test_a_kill_forgets_neither_a_deletion_nor_its_undo(state_dir: Path) -> None:
    with DaemonProcess(state_dir, **SMALL) as daemon:
        async with DeviceMirror(daemon.wait_ready().socket) as mirror:
            first, second = await take(mirror, 2)
            await mirror.delete_captures([first.id])
            daemon.kill()
    with DaemonProcess(state_dir, **SMALL) as daemon:
        async with DeviceMirror(daemon.wait_ready().socket) as mirror:
            assert mirror.state is not None
            assert mirror.state.captures.deleted == 1
            assert (await mirror.list_captures()).items == (second,)
            await mirror.restore_captures([first.id])
            assert (await mirror.list_captures()).items == (second, first)
        daemon.stop()
    settings = SMALL | {"storage.undo_s": "0"}
    with DaemonProcess(state_dir, **settings) as daemon:
        async with DeviceMirror(daemon.wait_ready().socket) as mirror:
            await mirror.delete_captures([first.id])
            async with asyncio.timeout(20):
                async for now in mirror.follow():
                    if now.state is not None and now.state.captures.deleted == 0:
                        break
        files = [path.stem for path in (state_dir / "captures").glob("*.jpg")]
        assert files == [second.id]


def test_the_command_does_the_same(daemon: DaemonProcess, state_dir: Path) -> None:
    def vizy(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env={"VIZY_STATE_DIR": str(state_dir)})

    def listing(*filters: str) -> str:
        return vizy("captures", "list", *filters).stdout

    def listed(*filters: str) -> list[str]:
        return [line.split()[0] for line in listing(*filters).splitlines()]

    ids = sorted(vizy("capture").stdout.split()[0] for _ in range(3))
    assert listed() == ids[::-1]
    assert "protected" in vizy("captures", "protect", ids[0]).stdout
    assert " kB  still" in listing()
    tagged = vizy("captures", "tag", ids[1], "-t", "barn owl", "-t", "night")
    assert "#barn owl #night" in tagged.stdout
    assert listed("--tag", "barn owl") == [ids[1]]
    nothing = vizy("captures", "list", "--kind", "motion")
    assert (nothing.stdout, nothing.stderr, nothing.exit_code) == ("", "no captures\n", 0)
    refused = vizy("captures", "delete", *ids)
    assert refused.exit_code == 1
    assert f"Error: protected: {ids[0]}: nothing was deleted" in refused.stderr
    assert vizy("captures", "unprotect", ids[0]).exit_code == 0
    assert len(vizy("captures", "delete", *ids).stdout.splitlines()) == 3
    assert listed() == []
    assert vizy("captures", "restore", *ids).exit_code == 0
    page = json.loads(listing("--json", "--limit", "2"))
    assert [item["id"] for item in page["items"]] == ids[:0:-1]
    assert (page["count"], page["next"]) == (3, ids[1])
    assert f"3 in all; go on with --before {ids[1]}" in listing("--limit", "2")
    assert listed("--before", ids[1]) == [ids[0]]
    raw = vizy("capture", "--raw")
    assert raw.exit_code == 1
    assert "gives no raw data" in raw.stderr
    noon = vizy("captures", "list", "--since", "noon")
    assert noon.exit_code == 1
    assert noon.stderr == "Error: since='noon' is no time: write it as 2026-11-21T12:00:00Z\n"
    assert "has no time zone" in vizy("captures", "list", "--until", "2026-11-21").stderr
    assert vizy("captures", "list", "--kind", "nonsense").exit_code == 2
    assert vizy("captures", "delete").exit_code == 2
