"""Events of a whole Vizy: to whom they come, and when they end."""

import contextlib
import json
import signal
from collections.abc import Iterator

import httpx

from tests.system import people
from tests.system.processes import VizyProcesses
from web.auth.identity import COOKIE

URL = "/api/v1/events"


def named(lines: Iterator[str], wanted: str) -> dict[str, object]:
    """Return the data of the next event of a name."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif name == wanted and line.startswith("data: "):
            found: dict[str, object] = json.loads(line.removeprefix("data: "))
            return found
    raise EOFError


def test_a_change_by_one_program_is_an_event_for_another(client: httpx.Client) -> None:
    with client.stream("GET", URL) as response:
        lines = response.iter_lines()
        state = named(lines, "state")
        client.patch("/api/v1/controls", json={"Contrast": 1.25})
        changed: dict[str, object] = {}
        while "controls" not in changed:
            change = named(lines, "change")
            assert isinstance(change["sections"], dict)
            assert isinstance(change["revision"], int)
            assert isinstance(state["revision"], int)
            assert change["revision"] > state["revision"]
            changed = change["sections"]
        assert isinstance(changed["controls"], dict)
        assert changed["controls"]["Contrast"] == 1.25


def test_events_tell_when_the_daemon_dies_and_is_back_and_end_with_the_server(
    vizy_processes: VizyProcesses,
) -> None:
    with (
        vizy_processes.client() as client,
        client.stream("GET", URL) as response,
        client.stream("GET", "/stream.mjpg") as stream,
    ):
        lines = response.iter_lines()
        next(stream.iter_raw())
        named(lines, "state")
        vizy_processes.restart("hardware")
        named(lines, "away")
        named(lines, "state")
        vizy_processes["web"].signal(signal.SIGTERM)
        with contextlib.suppress(httpx.RemoteProtocolError):
            for _ in lines:
                pass
        assert vizy_processes["web"].wait() == 0
        log = vizy_processes["web"].log
        assert "Traceback" not in log
        assert "ERROR" not in log


def test_events_end_with_the_token_that_asked_for_them(vizy: VizyProcesses) -> None:
    cookie = {"Cookie": f"{COOKIE}={people.session_secret('admin')}", "Origin": vizy.url}
    order = {"name": "Short-lived", "role": "viewer"}
    with vizy.client(None, headers=cookie) as browser:
        made = browser.post("/api/v1/tokens", json=order).json()
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        with vizy.client(None, headers=bearer) as program, program.stream("GET", URL) as response:
            lines = response.iter_lines()
            named(lines, "state")
            assert browser.delete(f"/api/v1/tokens/{made['id']}").is_success
            with contextlib.suppress(httpx.RemoteProtocolError):
                for _ in lines:
                    pass
