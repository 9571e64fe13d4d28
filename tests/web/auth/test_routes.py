"""The table of routes and callbacks: what is served is listed, what is not listed is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.fakes import FakeDevice, parts_of
from web.api import endpoints
from web.app import WebApp
from web.auth.identity import Role
from web.auth.routes import SOCKET, Routes

# What nobody needs a login for; everything else is for viewers at least.
OPEN = {
    ("/login", "GET"),
    ("/login", "POST"),
    ("/welcome", "GET"),
    ("/welcome", "POST"),
    ("/logout", "POST"),
    ("/login/static/<path:filename>", "GET"),
    ("/_favicon.ico", "GET"),
    ("/healthz", "GET"),
    ("/metrics", "GET"),  # only for this machine itself, as tests/web/test_metrics.py shows
    ("/_dash-devices/socket", SOCKET),  # refuses by itself, and says why
}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebApp]:
    app = WebApp(parts_of(FakeDevice(tmp_path)))
    async with app.dash.server.test_app():
        yield app
    await app.close()


def served(web: WebApp) -> set[tuple[str, str]]:
    """Everything that the application answers, as route and method."""
    found: set[tuple[str, str]] = set()
    for rule in web.dash.server.url_map.iter_rules():
        methods = {SOCKET} if rule.websocket else (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found |= {(rule.rule, method) for method in methods}
    return found


async def test_every_route_and_socket_is_listed_with_its_role(web: WebApp, tmp_path: Path) -> None:
    routes = Routes(endpoints(parts_of(FakeDevice(tmp_path))))
    everything = served(web)
    assert [asked for asked in everything if routes.role(*asked) is None] == []
    assert {asked for asked in everything if routes.role(*asked) == Role.ANYONE} == OPEN
    assert {asked for asked, _ in routes} == everything, "the table lists what is not served"


async def test_what_changes_something_is_not_for_viewers(tmp_path: Path) -> None:
    own = ("/me/", "/sessions", "/tokens")  # one's own, which the endpoint sees to
    for endpoint in endpoints(parts_of(FakeDevice(tmp_path))):
        least = Role.OPERATOR if endpoint.method != "GET" else Role.VIEWER
        if not endpoint.path.startswith(own):
            assert endpoint.role >= least, f"{endpoint.method} {endpoint.path}"


async def test_every_callback_is_listed_with_its_role(web: WebApp) -> None:
    on_server = [name for name, entry in web.dash.callback_map.items() if "callback" in entry]
    assert on_server
    assert [name for name in on_server if web.callbacks.role(name) is None] == []


def test_a_route_that_is_not_listed_is_for_nobody() -> None:
    routes = Routes(())
    assert routes.role("/new", "GET") is None
    assert routes.role("/", "POST") is None
    assert routes.role("/healthz", SOCKET) is None
    assert routes.role("/new", "OPTIONS") is None


def test_looking_at_headers_needs_what_looking_needs() -> None:
    routes = Routes(())
    assert routes.role("/snapshot.jpg", "HEAD") == routes.role("/snapshot.jpg", "GET")
