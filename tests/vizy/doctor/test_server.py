"""Each check of the web process tells a fault from its absence, and says what to do."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from vizy.cli.doctor import server
from vizy.settings import Settings, WebSettings


@contextlib.contextmanager
def serving(body: bytes, known: str = "127.0.0.1") -> Iterator[int]:
    """A server that answers the same to everybody who asks it under a name that it knows."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = self.headers["Host"].startswith(known)
            self.send_response(200 if is_known else 421)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield web.server_port
        finally:
            web.shutdown()
            thread.join()


def settings(port: int, host: str = "127.0.0.1") -> Settings:
    return Settings(state_dir="/s", runtime_dir="/r", web=WebSettings(host=host, port=port))


@pytest.mark.parametrize(
    ("body", "verdict", "text"),
    [
        (b'{"status": "ok", "hardware": "ready"}', "ok", "the camera is there"),
        (b'{"status": "ok", "hardware": "away"}', "warning", "the camera is away"),
        (b"<html>", "wrong", "is not Vizy (200): it is "),
    ],
)
def test_what_answers_at_the_port_is_known(body: bytes, verdict: str, text: str) -> None:
    with serving(body) as port:
        found = server.check_web(settings(port))
    assert (found.verdict, text in found.text) == (verdict, True), found.text


def test_who_has_the_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert server.who_listens(port).endswith(f"process {os.getpid()}")
    assert server.who_listens(port) == ""
    found = server.check_web(settings(port))
    assert (found.verdict, found.cure) == (
        "wrong",
        "start it with `vizy run`, or name its port with --port",
    )
    assert server.check_web(settings(0)).verdict == "ok"


def test_another_users_process_is_not_to_be_seen(tmp_path: Path) -> None:
    assert server.who_listens(80, tmp_path) == ""


def test_the_names_of_the_page_are_tried() -> None:
    with serving(b"{}", "garden.local") as port:
        assert server.check_names(settings(port, "0.0.0.0"), "garden").verdict == "ok"
        refused = server.check_names(settings(port, "0.0.0.0"), "shed")
        assert (refused.verdict, "shed.local" in refused.cure) == ("wrong", True)
    assert server.check_names(settings(port, "0.0.0.0"), "garden").verdict == "warning"
    assert "only this machine" in server.check_names(settings(port)).text
