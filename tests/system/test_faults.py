"""What a whole Vizy does when parts of it die, fill up or are set up wrongly."""

import contextlib
import io
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.system.processes import Process, VizyProcesses
from tests.system.waiting import until


def hardware(client: httpx.Client) -> str:
    return client.get("/healthz").json()["hardware"]


def test_a_killed_daemon_is_away_at_once_and_comes_back_with_everything(
    vizy_processes: VizyProcesses,
) -> None:
    with vizy_processes.client() as client:
        capture = client.post("/api/v1/captures").json()
        before = client.get("/api/v1/state").json()
        data = client.get(capture["url"]).content

        vizy_processes.kill("hardware")
        until(lambda: hardware(client) == "away", timeout_s=5)
        for path in ("/api/v1/state", "/api/v1/captures", "/snapshot.jpg"):
            response = client.get(path)
            assert response.status_code == 503
            assert response.json()["code"] == "device-away"

        vizy_processes.start("hardware")
        until(lambda: hardware(client) == "ready")
        assert client.get(capture["url"]).content == data
        assert client.get("/api/v1/state").json()["revision"] > before["revision"]
        assert client.get("/snapshot.jpg").status_code == 200


def test_a_killed_web_process_comes_back_at_the_same_address(
    vizy_processes: VizyProcesses,
) -> None:
    url = vizy_processes.url
    with vizy_processes.client() as client:
        assert client.patch("/api/v1/controls", json={"Brightness": 0.5}).status_code == 200
    vizy_processes.restart("web")
    assert vizy_processes.url == url
    with vizy_processes.client() as client:
        assert client.get("/api/v1/state").json()["controls"]["Brightness"] == 0.5


def test_every_announced_capture_outlives_kills_in_the_middle_of_captures(
    vizy_processes: VizyProcesses,
) -> None:
    announced: dict[str, int] = {}
    is_over = threading.Event()

    def take() -> None:
        with vizy_processes.client() as client:
            while not is_over.is_set():
                response = client.post("/api/v1/captures")
                if response.status_code == 201:
                    announced[response.json()["url"]] = response.json()["bytes"]

    takers = [threading.Thread(target=take, name=f"taker {n}") for n in range(2)]
    for taker in takers:
        taker.start()
    try:
        for _ in range(3):
            count = len(announced)
            until(lambda count=count: len(announced) > count + 1)
            vizy_processes.restart("hardware")
    finally:
        is_over.set()
        for taker in takers:
            taker.join()

    with vizy_processes.client() as client:
        until(lambda: hardware(client) == "ready")
        for url, size in announced.items():
            data = client.get(url).content
            assert len(data) == size
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
        listed = client.get("/api/v1/captures?limit=500").json()
        assert {item["url"] for item in listed["items"]} >= announced.keys()
    assert not list(vizy_processes.state_dir.rglob("*.part"))


def test_a_full_disk_refuses_a_capture_and_leaves_nothing_half_written(state_dir: Path) -> None:
    with (
        VizyProcesses(state_dir, {"VIZY_STORAGE_FLOOR_BYTES": str(1 << 60)}) as vizy,
        vizy.client() as client,
    ):
        response = client.post("/api/v1/captures")
        assert (response.status_code, response.json()["code"]) == (507, "disk-full")
        assert client.get("/api/v1/state").json()["storage"]["status"] == "full"
        assert client.get("/api/v1/captures").json()["count"] == 0
        folder = state_dir / "captures"
        assert not [file for file in folder.rglob("*") if file.suffix in (".jpg", ".part")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "vizy-test", folder],
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if made.returncode:
        pytest.skip("a file system can be made by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_loses_nothing_and_hinders_no_start(small_disk: Path) -> None:
    options = {"VIZY_STORAGE_FLOOR_BYTES": "0"}
    with VizyProcesses(small_disk / "s", options) as vizy, vizy.client() as client:
        captures: list[Any] = []
        while (answer := client.post("/api/v1/captures")).status_code == 201:
            captures.append(answer.json())
        assert captures
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        for attempt in (answer, client.get(captures[0]["url"].replace("file", "thumbnail"))):
            assert (attempt.status_code, attempt.json()["code"]) == (507, "disk-full")
            assert "No space left" in attempt.json()["detail"]
        assert client.get("/api/v1/state").json()["storage"]["status"] == "full"
        assert client.patch("/api/v1/controls", json={"Brightness": 0.5}).status_code == 200

        vizy.restart("hardware")
        until(lambda: hardware(client) == "ready")
        assert client.get("/api/v1/captures").json()["count"] == len(captures)
        for capture in captures:
            assert len(client.get(capture["url"]).content) == capture["bytes"]
        assert not list(small_disk.rglob("*.part"))

        ballast.unlink()
        (small_disk / "s" / "captures" / f"{captures.pop()['id']}.jpg").unlink()
        assert client.post("/api/v1/captures").status_code == 201
        assert client.get("/api/v1/state").json()["storage"]["status"] == "ok"


def test_the_oldest_captures_make_room_where_the_owner_chose_that(small_disk: Path) -> None:
    options = {
        "VIZY_STORAGE_FLOOR_BYTES": str(3 << 20),
        "VIZY_STORAGE_WHEN_FULL": "delete-oldest",
    }
    with VizyProcesses(small_disk / "s", options) as vizy, vizy.client() as client:
        answers = [client.post("/api/v1/captures") for _ in range(8)]
        assert [answer.status_code for answer in answers] == [201] * 8
        taken = [answer.json()["id"] for answer in answers]
        listed = client.get("/api/v1/captures").json()
        assert 0 < listed["count"] < 8
        assert [item["id"] for item in listed["items"]] == taken[: -listed["count"] - 1 : -1]
        files = {path.stem for path in (small_disk / "s" / "captures").glob("*.jpg")}
        assert files == {item["id"] for item in listed["items"]}


def test_one_capture_is_taken_while_eight_wait_and_the_rest_are_refused(
    vizy_processes: VizyProcesses,
) -> None:
    answers: list[httpx.Response] = []

    def take() -> None:
        with vizy_processes.client(timeout=120) as client:  # nine stills, one after another
            answers.append(client.post("/api/v1/captures"))

    takers = [threading.Thread(target=take) for _ in range(12)]
    daemon = vizy_processes["hardware"]
    daemon.signal(signal.SIGSTOP)  # so that all twelve are there when it looks
    for taker in takers:
        taker.start()
    time.sleep(1)
    daemon.signal(signal.SIGCONT)
    for taker in takers:
        taker.join()
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(refusals) == 3
    assert all("8 captures wait already" in refusal["detail"] for refusal in refusals)
    with vizy_processes.client() as client:
        assert client.get("/api/v1/captures").json()["count"] == 9


def test_a_daemon_that_hangs_is_away_soon_and_is_taken_back(vizy_processes: VizyProcesses) -> None:
    refusals: list[httpx.Response] = []

    def take() -> None:
        with vizy_processes.client() as client:
            refusals.append(client.post("/api/v1/captures"))

    daemon = vizy_processes["hardware"]
    with vizy_processes.client() as client:
        daemon.signal(signal.SIGSTOP)
        taker = threading.Thread(target=take)
        taker.start()
        until(lambda: hardware(client) == "away", timeout_s=12)  # two pings of 3 s
        taker.join()
        assert (refusals[0].status_code, refusals[0].json()["code"]) == (503, "device-away")
        assert client.patch("/api/v1/controls", json={"Brightness": 0}).status_code == 503
        daemon.signal(signal.SIGCONT)
        until(lambda: hardware(client) == "ready")
        assert client.patch("/api/v1/controls", json={"Brightness": 0.5}).status_code == 200


@pytest.mark.parametrize("module", ["hardware", "web"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_asked_to_end_ends_well(
    vizy_processes: VizyProcesses, module: str, number: signal.Signals
) -> None:
    process = vizy_processes[module]
    process.signal(number)
    assert process.wait() == 0
    assert "Traceback" not in process.log


def refused(module: str, vizy: VizyProcesses) -> str:
    """Start a process that must not start, and return its last line."""
    process = Process(module, vizy.environ)
    assert process.wait(timeout_s=20) == 2, process.log
    assert "Traceback" not in process.log
    return process.lines[-1]


def test_a_second_daemon_on_one_state_folder_says_who_holds_it(
    vizy_processes: VizyProcesses,
) -> None:
    line = refused("hardware", vizy_processes)
    assert str(vizy_processes["hardware"].pid) in line
    with vizy_processes.client() as client:
        assert hardware(client) == "ready"


def test_a_port_in_use_is_named(state_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("web", VizyProcesses(state_dir, {"VIZY_PORT": str(port)}))
    assert f"port {port}" in line
    assert "in use" in line


def test_a_damaged_file_of_accounts_is_named_and_is_no_first_visit(state_dir: Path) -> None:
    vizy = VizyProcesses(state_dir)
    file = state_dir / "web" / "accounts.json"
    file.write_bytes(file.read_bytes()[:100])
    line = refused("web", vizy)
    assert str(file) in line
    assert "from a backup" in line


@pytest.mark.parametrize("module", ["hardware", "web"])
def test_a_typo_in_the_settings_file_is_named_and_the_file_is_kept(
    state_dir: Path, module: str
) -> None:
    file = state_dir / "vizy.toml"
    file.write_text("[camera]\nbackand = 'simulated'\n")
    line = refused(module, VizyProcesses(state_dir))
    assert "backand" in line
    assert "vizy.toml" in line
    assert file.read_text() == "[camera]\nbackand = 'simulated'\n"


def test_a_state_folder_that_cannot_be_written_is_named(state_dir: Path) -> None:
    blocked = state_dir / "file"
    blocked.write_text("no folder")
    line = refused("hardware", VizyProcesses(blocked, has_people=False))
    assert str(blocked) in line


@pytest.mark.parametrize("content", [None, b"", b"this is no video" * 100])
def test_a_clip_that_cannot_be_played_is_named(state_dir: Path, content: bytes | None) -> None:
    clip = state_dir / "clip.avi"
    if content is not None:
        clip.write_bytes(content)
    line = refused("hardware", VizyProcesses(state_dir, {"VIZY_CAMERA": f"video:{clip}"}))
    assert str(clip) in line


def test_the_web_serves_without_the_daemon_and_finds_it_later(state_dir: Path) -> None:
    vizy = VizyProcesses(state_dir)
    try:
        vizy.start("web")
        with vizy.client() as client:
            assert hardware(client) == "away"
            assert client.get("/").status_code == 200
            vizy.start("hardware")
            until(lambda: hardware(client) == "ready")
    finally:
        vizy.__exit__(None, None, None)
