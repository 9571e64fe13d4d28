"""A whole Vizy over https: real handshakes, with programs that look at whom they talk to."""

import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.certificates import own_authority, signed
from tests.system import people
from tests.system.processes import VizyProcesses
from vizy import Vizy
from vizy.cli import main
from vizy.errors import DeviceAwayError, InvalidValueError

TOKEN = people.token_secret("operator")


@pytest.fixture(scope="module")
def vizy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VizyProcesses]:
    folder = tmp_path_factory.mktemp("vizy")
    with VizyProcesses(folder, {"VIZY_TLS": "self-signed"}) as processes:
        yield processes


@pytest.fixture(scope="module")
def certificate(vizy: VizyProcesses, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server shows, as docs/settings.md gets it."""
    path = tmp_path_factory.mktemp("trusted") / "vizy.pem"
    path.write_text(ssl.get_server_certificate(address(vizy)))
    return path


@pytest.fixture
def trusted(certificate: Path) -> ssl.SSLContext:
    """A client's as strict as Python's newest make it."""
    context = ssl.create_default_context(cafile=certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def address(vizy: VizyProcesses) -> tuple[str, int]:
    url = httpx.URL(vizy.url)
    assert url.scheme == "https"
    assert url.port
    return url.host, url.port


def test_the_fingerprint_is_the_same_in_the_handshake_the_log_the_page_and_the_doctor(
    vizy: VizyProcesses, trusted: ssl.SSLContext
) -> None:
    with (
        socket.create_connection(address(vizy)) as plain,
        trusted.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.version() == "TLSv1.3"
        shown = secure.getpeercert(binary_form=True)
    assert shown
    shown = ssl.DER_cert_to_PEM_cert(shown)
    looked = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(looked, input=shown, capture_output=True, text=True, check=True).stdout
    fingerprint = said.strip().partition("=")[2]
    vizy["web"].until_line(f"certificate: sha256 {fingerprint}")
    with vizy.client(verify=trusted) as client:
        told = client.get("/api/v1/system").json()["certificate"]
    assert told["fingerprint"] == fingerprint
    environ = {"VIZY_STATE_DIR": str(vizy.state_dir), "VIZY_PORT": str(address(vizy)[1])}
    right = CliRunner().invoke(main, ["doctor"], env={**environ, "VIZY_TLS": "self-signed"})
    assert re.search(rf"web process: it answers at .*\n.*\n.*{fingerprint}", right.output)
    wrong = CliRunner().invoke(main, ["doctor"], env=environ)
    assert "by https, and web.tls is off" in wrong.output


def test_the_sdk_works_over_it_with_the_certificate_and_not_without(
    vizy: VizyProcesses, certificate: Path, tmp_path: Path
) -> None:
    with Vizy(vizy.url, token=TOKEN, ca_file=certificate) as trusting:
        camera = trusting.camera
        assert camera.state.camera.status == "ready"
        camera.controls["Brightness"] = 0.1
        assert camera.snapshot().data.startswith(b"\xff\xd8")
        assert next(camera.frames()).data.startswith(b"\xff\xd8")
        assert next(camera.watch()).controls["Brightness"] == 0.1
        capture = camera.capture()
        assert capture.save(tmp_path).read_bytes().startswith(b"\xff\xd8")
    with Vizy(vizy.url, token=TOKEN) as careful, pytest.raises(DeviceAwayError, match="ca_file"):
        _ = careful.camera.state
    for wrong, text in ((tmp_path / "no.pem", "No such file"), (Path(__file__), "no certificate")):
        with (
            Vizy(vizy.url, token=TOKEN, ca_file=wrong) as odd,
            pytest.raises(InvalidValueError, match=text),
        ):
            _ = odd.camera.state


def test_the_command_works_over_it(vizy: VizyProcesses, certificate: Path) -> None:
    there = ["status", "--json", "--host", vizy.url]
    environ = {"VIZY_TOKEN": TOKEN}
    named = CliRunner().invoke(main, [*there, "--ca-file", str(certificate)], env=environ)
    by_variable = CliRunner().invoke(main, there, env=environ | {"VIZY_CA_FILE": str(certificate)})
    for asked in (named, by_variable):
        assert json.loads(asked.stdout)["camera"]["status"] == "ready", asked.output
    refused = CliRunner().invoke(main, there, env=environ)
    assert (refused.exit_code, "--ca-file" in refused.stderr) == (1, True)


def test_both_sockets_speak_it_to_pages_of_ours_alone(
    vizy: VizyProcesses, trusted: ssl.SSLContext
) -> None:
    host, port = address(vizy)
    for path in ("/live", "/_dash-devices/socket"):
        url = f"wss://{host}:{port}{path}"
        options = {"ssl": trusted, "additional_headers": people.headers("viewer")}
        with connect(url, origin=vizy.url, **options) as page:
            page.send('{"shown": 400}' if path == "/live" else '{"t":"hello"}')
            assert page.recv(timeout=20)
        for origin in (f"http://{host}:{port}", "https://evil.example"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(url, origin=origin, **options)


def test_a_session_is_kept_to_https_and_browsers_may_go_back_to_http(
    vizy: VizyProcesses, trusted: ssl.SSLContext
) -> None:
    with vizy.client(None, verify=trusted) as client:
        form = {"name": people.NAMES["viewer"], "password": people.PASSWORD}
        answer = client.post("/login", data=form, headers={"Origin": vizy.url})
        assert answer.status_code == 303
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" not in answer.headers
        assert client.get("/api/v1/state").status_code == 200


def test_neither_plain_http_nor_old_tls_is_answered(
    vizy: VizyProcesses, trusted: ssl.SSLContext
) -> None:
    host, port = address(vizy)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{host}:{port}/healthz")
    old = ["openssl", "s_client", "-connect", f"{host}:{port}", "-tls1_1"]
    lenient = ["-cipher", "ALL:@SECLEVEL=0"]
    assert subprocess.run([*old, *lenient], input=b"", capture_output=True).returncode
    new = [*old[:-1], "-tls1_2"]
    assert not subprocess.run(new, input=b"", capture_output=True).returncode
    with vizy.client(verify=trusted) as client:
        assert client.get("/healthz").json()["status"] == "ok"


def test_an_own_certificate_is_trusted_by_who_trusts_its_authority_and_kept_to(
    state_dir: Path, tmp_path: Path
) -> None:
    authority = own_authority(tmp_path)
    pair = signed(tmp_path, authority)
    options = {"VIZY_TLS": "own", "VIZY_CERTIFICATE": str(pair[0]), "VIZY_KEY": str(pair[1])}
    with VizyProcesses(state_dir, options) as vizy:
        with Vizy(vizy.url, token=TOKEN, ca_file=authority.certificate) as trusting:
            assert trusting.camera.state.camera.status == "ready"
        context = ssl.create_default_context(cafile=authority.certificate)
        with vizy.client(verify=context) as client:
            kept = client.get("/healthz").headers["Strict-Transport-Security"]
        assert kept == "max-age=2592000"
        vizy["web"].stop()
        pair.key.unlink()
        refused = subprocess.run(
            [sys.executable, "-m", "web"],
            env=vizy.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith(f"vizy web: {pair.key} cannot be read: No")
