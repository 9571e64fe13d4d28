"""The API and the pictures of a whole Vizy, as a program sees them."""

import io
import json
import struct
import time
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.system import people
from tests.system.processes import VizyProcesses
from web.auth.identity import RoleName
from web.video.live import HEADER

PROBLEM = "application/problem+json"


def is_jpeg(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.format == "JPEG"


def live(vizy: VizyProcesses, **options: object) -> ClientConnection:
    headers = people.headers("viewer")
    return connect(vizy.url.replace("http", "ws") + "/live", additional_headers=headers, **options)


def next_picture(page: ClientConnection) -> tuple[int, bytes]:
    """Return number and data of the next picture."""
    while isinstance(message := page.recv(timeout=10), str):
        assert json.loads(message).keys() in ({"live"}, {"ping"})
    return HEADER.unpack_from(message)[1], message[HEADER.size :]


def close_code(page: ClientConnection) -> int:
    """Wait until the server closes the connection, and return its code."""
    try:
        while True:
            page.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_the_state_says_what_the_camera_can_do(client: httpx.Client) -> None:
    state = client.get("/api/v1/state").json()
    assert state["camera"]["status"] == "ready"
    brightness = next(c for c in state["camera"]["controls"] if c["name"] == "Brightness")
    assert (brightness["minimum"], brightness["maximum"]) == (-1, 1)
    assert "Brightness" in state["controls"]


def test_a_control_that_was_set_is_in_the_state(client: httpx.Client) -> None:
    before = client.get("/api/v1/state").json()["revision"]
    answered = client.patch("/api/v1/controls", json={"Brightness": 0.25, "Contrast": 1.5}).json()
    assert answered["controls"]["Brightness"] == 0.25
    assert answered["revision"] > before
    later = client.get("/api/v1/state").json()
    assert later["revision"] >= answered["revision"]
    assert later["controls"]["Contrast"] == 1.5


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"Brightness": 1.5}', ["Brightness=1.5", "maximum"]),
        ('{"Brightness": "high"}', ["Brightness", "a number"]),
        ('{"Brightness": true}', ["Brightness", "a number"]),
        ('{"Brightness": 1e999}', ["Number out of range"]),
        ('{"Brightness": 1' + "0" * 400 + "}", ["Brightness", "not a finite number"]),
        ('{"Contrast": 1.0, "Glow": 3}', ["Glow", "Brightness"]),
    ],
)
def test_a_refused_value_names_the_limit_and_changes_nothing(
    client: httpx.Client, body: str, words: list[str]
) -> None:
    before = client.get("/api/v1/state").json()["controls"]
    headers = {"Content-Type": "application/json"}
    response = client.patch("/api/v1/controls", content=body, headers=headers)
    assert (response.status_code, response.headers["Content-Type"]) == (422, PROBLEM)
    assert all(word in response.json()["detail"] for word in words)
    assert client.get("/api/v1/state").json()["controls"] == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"' + b"x" * ((1 << 20) - 8) + b'"}',
        b'{"Brightness":[' + b",".join([b"1e15"] * 100_000) + b"]}",
        b'{"Brightness":"' + b"\x7f" * 1_000_000 + b'"}',
        b'{"Brightness":' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"Brightness":1' + b"0" * 5000 + b"}",
    ],
    ids=["as long as a body may be", "longer on the socket", "longer when shown", "deep", "digits"],
)
def test_a_monstrous_body_costs_nobody_the_camera(
    vizy: VizyProcesses, client: httpx.Client, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.patch("/api/v1/controls", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == PROBLEM
    assert len(response.content) < 1000
    assert client.get("/healthz").json()["hardware"] == "ready"
    assert client.get("/api/v1/state").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/v1/captures/../../etc/passwd",
        "/api/v1/captures/..%2f..%2fboot/file",
        "/api/v1/captures/%00/file",
        "/api/v1/captures//file",
    ],
)
def test_what_the_api_does_not_have_is_a_problem_and_never_the_page(
    client: httpx.Client, path: str
) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    response = client.patch("/api/v1/controls", content=b" " * ((1 << 20) + 1))
    assert (response.status_code, response.headers["Content-Type"]) == (413, PROBLEM)


def test_a_capture_is_a_picture_of_full_size(client: httpx.Client) -> None:
    created = client.post("/api/v1/captures")
    capture = created.json()
    assert created.status_code == 201
    file = client.get(capture["url"])
    with Image.open(io.BytesIO(file.content)) as picture:
        picture.load()
        assert picture.size == (capture["size"]["width"], capture["size"]["height"])
        assert picture.getexif()
    assert len(file.content) == capture["bytes"]
    assert client.get("/api/v1/captures?limit=1").json()["items"] == [capture]
    part = client.get(capture["url"], headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"\xff\xd8")


def test_a_snapshot_is_a_picture(client: httpx.Client) -> None:
    assert is_jpeg(client.get("/snapshot.jpg").content)


def test_the_stream_goes_on(client: httpx.Client) -> None:
    with client.stream("GET", "/stream.mjpg") as response:
        data = b""
        for piece in response.iter_raw():
            data += piece
            if data.count(b"Content-Type: image/jpeg") == 4:
                break
    assert is_jpeg(data.split(b"\r\n\r\n")[1])


def test_the_live_socket_sends_pictures_as_they_are_acknowledged(vizy: VizyProcesses) -> None:
    with live(vizy) as page:
        for _ in range(5):
            number, data = next_picture(page)
            assert is_jpeg(data)
            page.send(json.dumps({"ack": number, "busy_ms": 1.0}))


@pytest.mark.parametrize(
    ("message", "code"),
    [("nonsense", 1003), (b"\x00", 1003), (b"", 1003), ("x" * 300, 1009), ("x" * 70_000, 1009)],
)
def test_a_page_that_breaks_the_rules_is_closed_and_the_others_are_not(
    vizy: VizyProcesses, message: str | bytes, code: int
) -> None:
    with live(vizy) as good, live(vizy) as bad:
        bad.send(message)
        assert close_code(bad) == code
        number, _ = next_picture(good)
        good.send(json.dumps({"ack": number}))
        assert next_picture(good)[0] > number


@pytest.mark.parametrize("path", ["/", "/api/v1/state", "/snapshot.jpg", "/healthz"])
def test_foreign_names_and_pages_are_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 421
    assert client.get(path, headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_live_socket_refuses_foreign_pages(vizy: VizyProcesses) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        live(vizy, origin="http://evil.example")


def test_the_encoder_runs_only_while_somebody_watches(
    vizy: VizyProcesses, client: httpx.Client
) -> None:
    def readers() -> int:
        return client.get("/api/v1/state").json()["streaming"]["readers"]

    with live(vizy) as page:
        next_picture(page)
        assert readers() == 1
    deadline = time.monotonic() + 10
    while readers():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_header_of_a_picture_is_what_the_page_expects() -> None:
    assert struct.calcsize(HEADER.format) == 28  # HEADER_BYTES in web/assets/live.js


@pytest.mark.parametrize(
    ("role", "method", "path", "options", "status", "code"),
    [
        (None, "GET", "/api/v1/state", {}, 401, "not-signed-in"),
        (None, "GET", "/stream.mjpg", {}, 401, "not-signed-in"),
        ("viewer", "PATCH", "/api/v1/controls", {"json": {"Contrast": 1}}, 403, "not-allowed"),
        ("admin", "GET", "/api/v1/nothing", {}, 404, "not-found"),
        ("admin", "OPTIONS", "/api/v1/nothing", {}, 404, "not-found"),
        ("admin", "GET", "/api/v1/captures/delete", {}, 405, "method-not-allowed"),
        ("admin", "TRACE", "/api/v1/state", {}, 405, "method-not-allowed"),
        ("admin", "PUT", "/api/v1/illuminator", {"content": b"{}"}, 415, "unsupported-media-type"),
        ("admin", "GET", "/api/v1/state?x=1", {}, 422, "invalid-value"),
        ("admin", "GET", "/api/v1/state", {"headers": {"Host": "a.b"}}, 421, "misdirected-request"),
    ],
)
def test_every_refusal_is_a_problem_that_nobody_keeps(
    vizy: VizyProcesses,
    role: RoleName | None,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str,
) -> None:
    with vizy.client(role) as client:
        response = client.request(method, path, **options)
    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]


def test_options_say_what_a_path_takes(client: httpx.Client) -> None:
    response = client.options("/api/v1/captures")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH, POST"


def test_only_players_are_asked_for_a_password(vizy: VizyProcesses) -> None:
    with vizy.client(None) as client:
        assert client.get("/snapshot.jpg").headers["WWW-Authenticate"] == 'Basic realm="Vizy"'
        assert client.get("/api/v1/state").headers["WWW-Authenticate"] == "Bearer"
