"""The support bundle tells much and no secret."""

import io
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.system import people
from tests.web.fakes import FakeDevice
from vizy.logfile import LogFile
from vizy.settings import load_settings
from web.auth.file import AccountsFile
from web.system.logs import FileLog
from web.system.scrub import GONE, scrub
from web.system.support import bundle
from web.system.system import System

SECRETS = {
    "hash": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaGhhc2hoYXNo",
    "token": "vizy_kZ3v9QWx71mB0cN5yT8uRhLpS2dFgJaE",
    "session": "c2Vzc2lvbi1zZWNyZXQtb2Ytc29tZWJvZHk",
    "wifi": "correct horse battery",
    "password": "hunter2hunter2",
    "url": "anna:letmein77",
    "key": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
}
LINES = (
    "INFO a: hash {hash} of somebody",
    "INFO a: Authorization: Bearer {token}",
    "INFO a: a new token {token} was made",
    "INFO a: Cookie: other=1; vizy_session={session}; more=2",
    'INFO a: wpa_supplicant psk="{wifi}"',
    "INFO a: connecting with password={password}",
    'INFO a: {{"password": "{password}", "user": "Olga"}}',
    "INFO a: GET https://{url}@camera.local/stream",
    "INFO a: -----BEGIN PRIVATE KEY----- {key} -----END PRIVATE KEY-----",
)


async def test_no_hash_token_session_or_key_is_in_the_bundle(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.move_in(state_dir, 1_764_000_000.0)
    AccountsFile(state_dir)
    monkeypatch.setenv("VIZY_SECRET", SECRETS["password"])
    log = LogFile(state_dir / "vizy.log")
    for line in LINES:
        log.write("web", line.format(**SECRETS))
        log.write("hardware", line.format(**SECRETS))
    log.write("web", "INFO a: password refused for Olga; this line is whole")
    log.close()
    settings = load_settings({"state_dir": str(state_dir)}, {})
    device = FakeDevice(state_dir)
    system = System(settings, device, {}, log=FileLog(state_dir / "vizy.log"))

    archive = zipfile.ZipFile(io.BytesIO(await bundle(system, settings)))
    texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {
        "README.txt",
        "system.json",
        "state.json",
        "settings.json",
        "facts.txt",
        "hardware.log",
        "web.log",
        "kernel.log",
    }
    whole = "\n".join(texts.values())
    accounts = [file for file in state_dir.rglob("*") if file.is_file() and "account" in file.name]
    assert accounts
    hidden = [*SECRETS.values(), people.session_secret("admin"), people.token_secret("admin")]
    for user in people.records(0.0).users:
        hidden.append(user.password)
    for secret in hidden:
        assert secret not in whole
    assert "this line is whole" in texts["web.log"]
    assert texts["web.log"].count("\n") == len(LINES) + 1
    assert msgspec.json.decode(texts["system.json"])["hardware"]["frames"] == 300
    assert msgspec.json.decode(texts["state.json"])["camera"]["model"] == "Fake"
    assert str(state_dir) in texts["facts.txt"]


async def test_a_bundle_is_made_while_everything_is_away(tmp_path: Path) -> None:
    settings = load_settings({"state_dir": str(tmp_path)}, {})
    device = FakeDevice(tmp_path)
    device.go_away()
    archive = zipfile.ZipFile(io.BytesIO(await bundle(System(settings, device, {}), settings)))
    assert archive.read("state.json") == b"null"
    assert b"started by hand" in archive.read("web.log")


@pytest.mark.parametrize(
    "text",
    [
        "INFO hardware.device: camera simulated ready",
        "2026-11-25 12:00:00 vizy_session is the name of a cookie",
        "the token was refused",
        "/var/lib/vizy/captures/20261125T120000.jpg",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert scrub(text) == text
    assert GONE not in scrub(text)
