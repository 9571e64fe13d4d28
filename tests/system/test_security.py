"""Who gets in, on a whole Vizy: what is open ends at once, and what strangers try is refused."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.system import people
from tests.system.processes import VizyProcesses
from web.auth.gate import COOKIE
from web.auth.identity import RoleName

LONG_S = 5  # to wait: longer than a try takes on the slowest machine
SOCKETS = ["/live", "/_dash-devices/socket"]


@pytest.fixture
def house(state_dir: Path) -> Iterator[VizyProcesses]:
    """A whole Vizy for one test, whose people it may throw out."""
    with VizyProcesses(state_dir) as processes:
        yield processes


def signed_in(vizy: VizyProcesses, role: RoleName) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={people.session_secret(role)}", "Origin": vizy.url}


def opened(vizy: VizyProcesses, path: str, headers: dict[str, str]) -> ClientConnection:
    own = dict(headers)
    origin = own.pop("Origin", None)
    url = vizy.url.replace("http", "ws") + path
    return connect(url, origin=origin, additional_headers=own)


def greeted(page: ClientConnection) -> None:
    """Do what a page does first on the socket of Dash."""
    page.send(json.dumps({"t": "hello", "page": os.urandom(16).hex()}))
    assert json.loads(page.recv(timeout=10))[0]["t"] == "hello"


def until_closed(page: ClientConnection) -> int | None:
    """Read until the server closes; return the code, None if the connection was cut."""
    with contextlib.suppress(TimeoutError):
        while True:
            try:
                page.recv(timeout=10)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None
    raise AssertionError("it is still open")


def end_by_api(vizy: VizyProcesses) -> None:
    with vizy.client() as client:
        assert client.delete("/api/v1/sessions/s-viewer").status_code == 204


def end_by_removal(vizy: VizyProcesses) -> None:
    with vizy.client() as client:
        assert client.delete("/api/v1/users/Vera").status_code == 204


def end_by_logout(vizy: VizyProcesses) -> None:
    answer = httpx.post(f"{vizy.url}/logout", headers=signed_in(vizy, "viewer"))
    assert answer.status_code == 303


def end_by_command(vizy: VizyProcesses) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vizy.cli", "password", "vera"],
        env=vizy.environ,
        input="another good one\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert "another good one" not in done.stdout + done.stderr


@pytest.mark.parametrize("end", [end_by_api, end_by_removal, end_by_logout, end_by_command])
def test_everything_open_ends_when_a_session_ends(
    house: VizyProcesses, end: Callable[[VizyProcesses], None]
) -> None:
    viewer = signed_in(house, "viewer")
    streaming = threading.Event()
    ended: list[float] = []

    def watch() -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.stream("GET", f"{house.url}/stream.mjpg", headers=viewer, timeout=20) as response,
        ):
            for _ in response.iter_raw():
                streaming.set()
        ended.append(time.monotonic())

    stream = threading.Thread(target=watch)
    stream.start()
    assert streaming.wait(10)
    with opened(house, "/live", viewer) as live, opened(house, SOCKETS[1], viewer) as page:
        greeted(page)
        live.recv(timeout=10)
        began = time.monotonic()
        end(house)
        until_closed(live)
        until_closed(page)
    stream.join(15)
    assert ended
    assert max(ended[0], time.monotonic()) - began < 15
    for path in ("/live", "/stream.mjpg", "/api/v1/state"):
        assert httpx.get(house.url + path, headers=viewer).status_code == 401
    with opened(house, SOCKETS[1], viewer) as page:
        assert until_closed(page) == 4003, "the page is told that it has to sign in"
    assert people.session_secret("viewer") not in house["web"].log


def test_who_is_demoted_steers_no_more_on_a_page_that_stays_open(house: VizyProcesses) -> None:
    operator = signed_in(house, "operator")
    edit = {
        "output": "",
        "inputs": [
            {"id": {"control": "Brightness", "part": "value"}, "property": "value", "value": 0.5}
        ],
        "changedPropIds": ['{"control":"Brightness","part":"value"}.value'],
    }
    callbacks = httpx.get(f"{house.url}/_dash-dependencies", headers=operator).json()
    edit["output"] = next(
        c["output"]
        for c in callbacks
        if '"part":"note"' in c["output"] and '"part":"value"' in c["inputs"][0]["id"]
    )
    place = {"id": {"control": "Brightness", "part": "note"}, "property": "children"}
    edit["outputs"] = place

    def answer(page: ClientConnection, number: int) -> int:
        page.send(json.dumps({"t": "req", "i": number, "u": "update", "b": edit}))
        while True:
            for message in json.loads(page.recv(timeout=10)):
                if message["t"] == "res" and message["i"] == number:
                    return message["s"]

    with opened(house, SOCKETS[1], operator) as page, house.client() as client:
        greeted(page)
        assert answer(page, 1) in (200, 204)
        changed = client.patch("/api/v1/users/Olga", json={"role": "viewer"})
        assert changed.status_code == 200
        edit["inputs"][0]["value"] = -0.5
        assert answer(page, 2) == 403
        assert client.get("/api/v1/state").json()["controls"]["Brightness"] == 0.5


def test_a_viewer_may_call_nothing_that_steers(vizy: VizyProcesses) -> None:
    """Each callback of every page, over HTTP and over the socket."""
    viewer = signed_in(vizy, "viewer")
    callbacks = httpx.get(f"{vizy.url}/_dash-dependencies", headers=viewer).json()
    on_server = [c["output"] for c in callbacks if not c.get("clientside_function")]
    reading = ("_pages_content.children", '{"chart":["ALL"]}.figure')
    steering = [output for output in on_server if not any(name in output for name in reading)]
    assert len(steering) > 3
    with opened(vizy, SOCKETS[1], viewer) as page:
        greeted(page)
        for number, output in enumerate(steering, 1):
            body = {"output": output, "inputs": [], "changedPropIds": []}
            page.send(json.dumps({"t": "req", "i": number, "u": "update", "b": body}))
        refused: dict[int, int] = {}
        while len(refused) < len(steering):
            messages = json.loads(page.recv(timeout=10))
            refused |= {m["i"]: m["s"] for m in messages if m["t"] == "res"}
    assert set(refused.values()) == {403}
    for output in steering:
        body = {"output": output, "inputs": [], "changedPropIds": []}
        url = f"{vizy.url}/_dash-update-component"
        # 409: shared ones are taken on the socket only, which has refused it above.
        assert httpx.post(url, json=body, headers=viewer).status_code in (403, 409), output


def test_sockets_refuse_strangers_and_foreign_pages(vizy: VizyProcesses) -> None:
    for path in SOCKETS:
        foreign = {**signed_in(vizy, "admin"), "Origin": "http://evil.example"}
        with pytest.raises(InvalidStatus, match="403"):
            opened(vizy, path, foreign)
    with pytest.raises(InvalidStatus, match="401"):
        opened(vizy, "/live", {})
    with opened(vizy, SOCKETS[1], {}) as page:
        assert until_closed(page) == 4003


def test_foreign_pages_change_nothing_with_somebodys_cookie(vizy: VizyProcesses) -> None:
    admin = signed_in(vizy, "admin")
    cross = [
        {**admin, "Origin": "http://evil.example"},
        {**admin, "Origin": "null"},
        {"Cookie": admin["Cookie"]},
        {"Cookie": admin["Cookie"], "Sec-Fetch-Site": "cross-site"},
        {"Cookie": admin["Cookie"], "Sec-Fetch-Site": "same-site"},
    ]
    for headers in cross:
        for method, path in (
            ("POST", "/api/v1/captures"),
            ("DELETE", "/api/v1/users/Vera"),
            ("POST", "/logout"),
            ("POST", "/login"),
            ("POST", "/_dash-update-component"),
        ):
            answer = httpx.request(method, vizy.url + path, headers=headers)
            assert answer.status_code == 403, (method, path, headers)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/{}",
        "/login/static/{}",
        "/_dash-component-suites/dash/{}",
        "/api/v1/captures/{}/file",
        "/api/v1/captures/{}/thumbnail",
        "/api/v1/captures/{}",
    ],
)
def test_no_path_leads_out_of_its_folder(vizy: VizyProcesses, path: str) -> None:
    port = int(vizy.url.rpartition(":")[2])
    accounts = "web/accounts.json"
    for up in ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%00/", "....//"):
        for target in ("etc/passwd", accounts, f"%2f{vizy.state_dir}/{accounts}"):
            raw = path.format(up * 9 + target)
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                header = f"Authorization: Bearer {people.token_secret('admin')}"
                asked = f"GET {raw} HTTP/1.1\r\nHost: localhost:{port}\r\n{header}\r\n"
                connection.sendall(f"{asked}Connection: close\r\n\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert b"root:" not in answer
            assert b"argon2id" not in answer
            assert b" 200 " not in answer.split(b"\r\n")[0] or b"<html" in answer, raw


def test_bodies_and_headers_that_are_too_large_cost_nobody_anything(vizy: VizyProcesses) -> None:
    large = "x" * ((1 << 20) + 1)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": vizy.url}
    assert httpx.post(f"{vizy.url}/login", content=large, headers=form).status_code == 413
    just = "name=" + "x" * ((1 << 20) - 100)
    assert httpx.post(f"{vizy.url}/login", content=just, headers=form).status_code == 401
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.get(f"{vizy.url}/", headers={"Cookie": f"{COOKIE}={'x' * 200_000}"})
        assert answer.status_code >= 400
    for junk in ("x" * 10_000, "\\", '"', "a=b;" * 1000):
        answer = httpx.get(f"{vizy.url}/api/v1/state", headers={"Cookie": f"{COOKIE}={junk}"})
        assert answer.status_code == 401
    with vizy.client() as client:
        assert client.get("/api/v1/state").status_code == 200


def test_a_password_is_guessed_no_faster_than_the_back_off_and_then_taken(
    house: VizyProcesses,
) -> None:
    headers = {"Origin": house.url}

    def sign_in(password: str) -> httpx.Response:
        form = {"name": "Vera", "password": password}
        return httpx.post(f"{house.url}/login", data=form, headers=headers)

    begun, taken, wait_s = time.monotonic(), 0, 0
    while wait_s < LONG_S:  # it doubles with each guess that is taken
        answer = sign_in(f"guess {taken}")
        taken += answer.status_code == 401
        wait_s = int(answer.headers.get("Retry-After", 0))
        time.sleep(wait_s if wait_s < LONG_S else 0)
    assert time.monotonic() - begun >= sum(2**further for further in range(taken - 6))
    refused = sign_in(people.PASSWORD)
    assert refused.status_code == 429, "a right one is not taken either while one has to wait"
    time.sleep(int(refused.headers["Retry-After"]))
    assert sign_in(people.PASSWORD).status_code == 303
    log = house["web"].log
    assert "a wrong password for Vera from 127.0.0.1" in log
    assert "guess" not in log
    assert people.PASSWORD not in log


def test_a_session_survives_a_restart_and_a_password_works_afterwards(
    house: VizyProcesses,
) -> None:
    viewer = signed_in(house, "viewer")
    form = {"name": "Olga", "password": people.PASSWORD}
    signed = httpx.post(f"{house.url}/login", data=form, headers={"Origin": house.url})
    cookie = {COOKIE: signed.cookies[COOKIE]}
    house.restart("web")
    assert httpx.get(f"{house.url}/api/v1/me", headers=viewer).json()["name"] == "Vera"
    assert httpx.get(f"{house.url}/api/v1/me", cookies=cookie).json()["name"] == "Olga"


def test_a_forgotten_password_is_replaced_at_the_device_while_the_web_is_stopped(
    house: VizyProcesses,
) -> None:
    house["web"].stop()
    end_by_command(house)
    house.start("web")
    form = {"name": "Vera", "password": "another good one"}
    answer = httpx.post(f"{house.url}/login", data=form, headers={"Origin": house.url})
    assert answer.status_code == 303
    wrong = subprocess.run(
        [sys.executable, "-m", "vizy.cli", "password", "Nobody"],
        env=house.environ,
        input="another good one\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert wrong.returncode == 1
    assert "there are Owner (admin), Olga (operator), Vera (viewer)" in wrong.stderr


def test_a_network_may_be_let_in(state_dir: Path) -> None:
    options = {"VIZY_HOST": "0.0.0.0", "VIZY_HOSTS": "camera.example"}
    with VizyProcesses(state_dir, options) as vizy:
        url = vizy.url.replace("0.0.0.0", "127.0.0.1")
        for host, status in (("camera.example", 401), ("192.168.1.7", 401), ("evil.example", 421)):
            answer = httpx.get(f"{url}/api/v1/state", headers={"Host": host})
            assert answer.status_code == status
