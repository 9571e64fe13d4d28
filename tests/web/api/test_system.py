"""The device itself by the API, over a device that stands in for the daemon."""

import asyncio
import io
import zipfile
from pathlib import Path

import msgspec
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import FakeDevice, parts_of
from vizy.errors import NotPossibleError
from vizy.logfile import LogFile
from web.api.mount import mount
from web.api.system import system
from web.parts import Parts
from web.problems import install_problems
from web.system.logs import FileLog
from web.system.manager import Manager, Power, What
from web.system.system import MAX_FOLLOWERS, System


class Recorder(Manager):
    """A manager that only writes down what it is asked for."""

    name = "recorder"

    def __init__(self) -> None:
        self.done: list[str] = []

    async def restart(self, what: What) -> None:
        self.done.append(what)

    async def power(self, how: Power) -> None:
        if how == "reboot":
            raise NotPossibleError("reboot is refused: polkit")
        self.done.append(how)


@pytest.fixture
def manager() -> Recorder:
    return Recorder()


@pytest.fixture
def parts(tmp_path: Path, manager: Recorder) -> Parts:
    parts = parts_of(FakeDevice(tmp_path))
    log = LogFile(tmp_path / "vizy.log")
    log.write("hardware", "10:00:00 INFO hardware: ready")
    log.write("web", "10:00:00 ERROR vizy.web: it failed")
    log.close()
    source = FileLog(tmp_path / "vizy.log", look_s=0.01)
    own = System(parts.settings, parts.device, {}, manager=manager, log=source)
    return Parts(
        settings=parts.settings,
        device=parts.device,
        hub=parts.hub,
        accounts=parts.accounts,
        system=own,
    )


@pytest.fixture
def client(parts: Parts) -> Client:
    app = Quart(__name__)
    install_problems(app)
    app.register_blueprint(mount(system(parts)))
    return app.test_client()


async def test_health_is_told_of_both_processes_and_the_machine(client: Client) -> None:
    told = await (await client.get("/api/v1/system")).get_json()
    assert told["verdict"] == {"status": "well", "text": "All is well."}
    assert told["hardware"]["control_writes"] == 17
    assert told["web"]["memory_bytes"] > 10_000_000
    assert told["manager"] == "recorder"
    assert told["storage"]["total_bytes"] == 3
    assert {"vizy", "python", "dash"} <= set(told["versions"])


async def test_health_is_told_while_the_daemon_is_away(client: Client, parts: Parts) -> None:
    parts.device.go_away()
    told = await (await client.get("/api/v1/system")).get_json()
    assert (told["hardware"], told["storage"]) == (None, None)
    assert told["verdict"]["status"] == "wrong"


async def test_the_log_is_filtered_and_bounded(client: Client) -> None:
    told = await (await client.get("/api/v1/system/log?level=warning")).get_json()
    assert [line["text"] for line in told["items"]] == ["vizy.web: it failed"]
    told = await (await client.get("/api/v1/system/log?process=hardware&lines=5")).get_json()
    assert [line["level"] for line in told["items"]] == ["info"]
    for query in ("lines=0", "lines=5001", "level=loud", "process=other", "colour=red"):
        assert (await client.get(f"/api/v1/system/log?{query}")).status_code == 422


async def test_the_log_is_followed_by_a_bounded_number(
    client: Client, parts: Parts, tmp_path: Path
) -> None:
    path = "/api/v1/system/log/stream?level=error"
    async with client.request(path) as stream:
        await stream.send_complete()
        assert (await stream.receive()).startswith(b":")
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        log = LogFile(tmp_path / "vizy.log")
        log.write("web", "INFO vizy.web: nothing")
        log.write("web", "ERROR vizy.web: again")
        log.close()
        event = await asyncio.wait_for(stream.receive(), 10)
        assert msgspec.json.decode(event.removeprefix(b"data: "))["text"] == "vizy.web: again"
        followers = [parts.system.follow_log(lambda _: True) for _ in range(MAX_FOLLOWERS - 1)]
        for follower in followers:
            await anext(follower)
        assert (await client.get(path)).status_code == 409
        for follower in followers:
            await follower.aclose()
        await stream.disconnect()


async def test_processes_are_restarted(client: Client, manager: Recorder) -> None:
    for what in ("hardware", "web", "all"):
        answer = await client.post("/api/v1/system/restart", json={"what": what})
        assert (answer.status_code, await answer.get_json()) == (202, {"what": what})
    assert manager.done == ["hardware", "web", "all"]
    assert (await client.post("/api/v1/system/restart", json={"what": "x"})).status_code == 422


async def test_power_off_is_typed(client: Client, manager: Recorder) -> None:
    for body in ({}, {"confirm": ""}, {"confirm": "power off"}, {"confirm": "REBOOT"}):
        assert (await client.post("/api/v1/system/poweroff", json=body)).status_code == 422
    assert manager.done == []
    answer = await client.post("/api/v1/system/poweroff", json={"confirm": "POWER OFF"})
    assert (answer.status_code, manager.done) == (204, ["poweroff"])
    refused = await client.post("/api/v1/system/reboot", json={"confirm": "REBOOT"})
    assert refused.status_code == 409
    assert (await refused.get_json())["detail"] == "reboot is refused: polkit"


async def test_the_support_bundle_is_a_download(client: Client) -> None:
    answer = await client.get("/api/v1/system/support")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=vizy-support-")
    archive = zipfile.ZipFile(io.BytesIO(await answer.get_data()))
    assert archive.testzip() is None
    assert b"it failed" in archive.read("web.log")
