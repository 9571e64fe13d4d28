"""The certificate in use: what is refused at the start, and what is taken up while it runs."""

import asyncio
import contextlib
import hashlib
import logging
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.certificates import Pair, openssl, own_authority, signed
from vizy.errors import SettingsError
from vizy.settings import Settings, WebSettings
from web.tls.tls import Tls, tls_of

YEAR_S = 366 * 86_400


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return own_authority(tmp_path_factory.mktemp("authority"))


@contextlib.asynccontextmanager
async def serving(tls: Tls) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls.context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def shown(port: int, trusted: Pair) -> str:
    """Shake hands as a careful client, and return the fingerprint of what was shown."""
    context = ssl.create_default_context(cafile=trusted.certificate)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    seen = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return hashlib.sha256(seen).digest().hex(":").upper()


def own(pair: Pair) -> Settings:
    web = WebSettings(tls="own", certificate=str(pair.certificate), key=str(pair.key))
    return Settings(state_dir="/s", runtime_dir="/r", web=web)


def test_off_is_plain_http() -> None:
    assert tls_of(Settings(state_dir="/s", runtime_dir="/r")) is None


async def test_an_own_certificate_is_shown_and_a_new_one_from_the_next_handshake_on(
    tmp_path: Path, authority: Pair
) -> None:
    pair = signed(tmp_path, authority)
    tls = await asyncio.to_thread(tls_of, own(pair))
    assert tls
    assert tls.certificate.names == ("localhost", "127.0.0.1")
    async with serving(tls) as port:
        first = await shown(port, authority)
        assert first == tls.certificate.fingerprint
        signed(tmp_path, authority)
        keeping = asyncio.create_task(tls.keep(look_s=0.01))
        async with asyncio.timeout(20):
            while (second := await shown(port, authority)) == first:
                pass
        keeping.cancel()
        await asyncio.wait({keeping})
        assert second == tls.certificate.fingerprint


async def test_a_new_one_that_is_wrong_is_told_and_the_one_before_stays(
    tmp_path: Path, authority: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair = signed(tmp_path, authority)
    tls = await asyncio.to_thread(tls_of, own(pair))
    assert tls
    first = tls.certificate
    other = signed(tmp_path, authority, "other")
    other.certificate.replace(pair.certificate)
    async with serving(tls) as port:
        with caplog.at_level(logging.ERROR):
            keeping = asyncio.create_task(tls.keep(look_s=0.01))
            async with asyncio.timeout(20):
                while not caplog.messages:  # noqa: ASYNC110 - a log has no event
                    await asyncio.sleep(0.02)
            keeping.cancel()
            await asyncio.wait({keeping})
        assert f"{pair.key} is not the key of {pair.certificate}" in caplog.messages[0]
        assert await shown(port, authority) == first.fingerprint
    assert tls.certificate == first


def test_what_ends_soon_is_warned_of_and_what_has_ended_is_refused(
    tmp_path: Path, authority: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair = signed(tmp_path, authority)
    with caplog.at_level(logging.WARNING):
        Tls(lambda: pair, now=lambda: time.time() + 20 * 86_400)
    assert "ends on" in caplog.text
    with pytest.raises(SettingsError, match=rf"{pair.certificate}: .* has ended on \d+-.*: put"):
        Tls(lambda: pair, now=lambda: time.time() + YEAR_S)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("no certificate", "device.pem cannot be read: No such file or directory: put it there"),
        ("no key", "device.key cannot be read: No such file or directory: put it there"),
        ("a folder", "device.pem cannot be read: Is a directory"),
        ("another key", "device.key is not the key of .*device.pem: take the pair"),
        ("a password", "device.key has a password, .*`openssl pkey -in .*device.key -out NEW`"),
        ("swapped", r"cannot be used \(.+\): a certificate and its private key are needed"),
        ("nonsense", r"cannot be used \(.+\): a certificate and its private key are needed"),
        ("an empty key", r"cannot be used \(.+\): a certificate and its private key are needed"),
    ],
)
def test_files_that_cannot_work_are_refused_with_what_to_do(
    tmp_path: Path, authority: Pair, fault: str, text: str
) -> None:
    pair = signed(tmp_path, authority)
    match fault:
        case "no certificate":
            pair.certificate.unlink()
        case "no key":
            pair.key.unlink()
        case "a folder":
            pair.certificate.unlink()
            pair.certificate.mkdir()
        case "another key":
            signed(tmp_path, authority, "other").key.replace(pair.key)
        case "a password":
            locked = tmp_path / "locked.key"
            secret = ("-aes256", "-passout", "pass:secret")
            openssl("pkey", "-in", str(pair.key), "-out", str(locked), *secret)
            locked.replace(pair.key)
        case "swapped":
            pair = Pair(pair.key, pair.certificate)
        case "nonsense":
            pair.certificate.write_bytes(b"\xff\x00 nonsense")
        case _:
            pair.key.write_bytes(b"")
    with pytest.raises(SettingsError, match=text):
        tls_of(own(pair))
