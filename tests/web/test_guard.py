"""Who may speak to the web server: hosts, origins, sizes, headers."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from web.guard import Guard


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body; accepts every WebSocket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    guard = Guard(application, hosts=["vizy.example"], max_body_bytes=1000)
    transport = httpx.ASGITransport(app=guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1:8080",
        "192.168.1.20",
        "[::1]:8080",
        "[fe80::1]",
        "LOCALHOST:1",
        "vizy.example:80",
        socket.gethostname(),
        f"{socket.gethostname()}.local:8080",
    ],
)
async def test_our_own_names_are_served_at_any_port(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
        "localhost:port",
        "localhost:8080@evil.example",
        "evil.example#localhost",
    ],
)
async def test_a_foreign_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    response = await client.get("/", headers={"Host": host})
    assert response.status_code == 421
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "localhost" in response.json()["detail"]


async def test_two_host_headers_are_refused(client: httpx.AsyncClient) -> None:
    headers = [("Host", "localhost"), ("Host", "evil.example")]
    assert (await client.get("/", headers=headers)).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://localhost:8080", "http://LOCALHOST:8080", "https://localhost:8080"]
)
async def test_our_own_pages_are_served(client: httpx.AsyncClient, origin: str) -> None:
    assert (await client.post("/", headers={"Origin": origin})).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:9999",
        "http://localhost",
        "null",
        "",
        "file://",
        "http://localhost:8080.evil.example",
        "http://127.0.0.1:8080",
        "http://[",
        "http://a:b",
    ],
)
async def test_a_foreign_page_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    response = await client.get("/", headers={"Origin": origin})
    assert response.status_code == 403


async def test_another_site_may_link_here_but_not_change_anything(
    client: httpx.AsyncClient,
) -> None:
    for site in ("cross-site", "same-site"):  # the latter: another port of ours
        headers = {"Sec-Fetch-Site": site}
        assert (await client.get("/", headers=headers)).status_code == 200
        assert (await client.post("/", headers=headers)).status_code == 403


async def test_a_body_up_to_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/", content=b"x" * 1000)).text == "1000"


async def test_a_body_that_is_announced_too_large_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/", content=b"x" * 1001)
    assert response.status_code == 413
    assert "1001 bytes is above 1000 bytes" in response.json()["detail"]


async def test_a_body_that_turns_out_too_large_is_refused(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    response = await client.post("/", content=pieces())
    assert response.status_code == 413
    assert response.headers["Connection"] == "close"


async def test_what_was_ended_before_it_was_answered_is_a_problem() -> None:
    async def ended(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    transport = httpx.ASGITransport(app=Guard(ended))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "service-unavailable")
    assert "ask again" in answer.json()["detail"]


async def test_every_answer_tells_browsers_what_our_pages_may_do(
    client: httpx.AsyncClient,
) -> None:
    for response in (await client.get("/"), await client.get("/", headers={"Host": "evil"})):
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


async def handshake(**headers: str) -> dict[str, Any]:
    """Open a WebSocket, and return the first event that the server side answered."""
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/live",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    events: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(event: dict[str, Any]) -> None:
        events.append(event)

    await Guard(application)(scope, receive, send)
    return events[0]


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"Host": "localhost:8080", "Origin": "http://localhost:8080"}, "websocket.accept"),
        ({"Host": "localhost", "Origin": "http://localhost"}, "websocket.accept"),
        ({"Host": "localhost:8080"}, "websocket.accept"),  # a program: browsers name their page
        ({"Host": "localhost:8080", "Origin": "http://evil.example"}, "websocket.close"),
        ({"Host": "localhost:8080", "Origin": "null"}, "websocket.close"),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, "websocket.close"),
        ({}, "websocket.close"),
    ],
)
async def test_a_websocket_is_accepted_from_our_own_pages_only(
    headers: dict[str, str], answer: str
) -> None:
    assert (await handshake(**headers))["type"] == answer


def over(scheme: str, **options: bool) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Guard(application, **options))
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost")


async def test_over_https_our_own_pages_are_https_at_its_port() -> None:
    async with over("https") as client:
        for origin, status in (
            ("https://localhost", 200),
            ("https://localhost:443", 200),
            ("http://localhost", 403),
            ("http://localhost:443", 403),  # whoever answers there without TLS is not us
            ("https://localhost:8443", 403),
        ):
            answer = await client.post("/", headers={"Origin": origin})
            assert answer.status_code == status, origin


async def test_only_who_asks_for_it_is_kept_to_https() -> None:
    header = "Strict-Transport-Security"
    async with over("https", is_https_kept=True) as kept, over("https") as free:
        assert (await kept.get("/")).headers[header] == "max-age=2592000"
        assert header not in (await free.get("/")).headers
