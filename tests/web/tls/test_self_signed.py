"""The certificate that the device makes for itself: what is in it, and when it is made anew."""

import shutil
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certificates import openssl
from vizy.errors import NotPossibleError
from web.tls.openssl import read
from web.tls.self_signed import SelfSigned

DAY_S = 86_400.0


def addresses() -> list[str]:
    return ["192.168.1.20", "fd00::20"]


def of(folder: Path, host: str = "Garden", days: float = 0) -> SelfSigned:
    """The certificate of a machine, some days from now."""
    return SelfSigned(
        folder,
        now=lambda: time.time() + days * DAY_S,
        hostname=lambda: host,
        addresses=addresses,
    )


def fingerprint(made: SelfSigned) -> str:
    return read(made.files()[0]).fingerprint


def test_it_is_made_once_for_every_name_of_the_machine_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    made = of(tmp_path / "web")
    path, key = made.files()
    assert (path, oct(path.stat().st_mode & 0o777)) == (key, "0o600")
    found = read(path)
    expected = "garden garden.local localhost 127.0.0.1 ::1 192.168.1.20 fd00::20"
    assert found.names == tuple(expected.split())
    assert 820 < (found.ends_s - time.time()) / DAY_S < 826
    assert fingerprint(of(tmp_path / "web")) == found.fingerprint
    assert list(path.parent.iterdir()) == [path]


def test_who_trusts_it_trusts_no_other_that_its_key_has_signed(tmp_path: Path) -> None:
    path, _ = of(tmp_path).files()
    device = tmp_path / "other.pem"
    by = ("-CA", str(path), "-CAkey", str(path))
    named = ("-subj", "/CN=bank.example", "-addext", "subjectAltName=DNS:bank.example")
    fresh = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    files = ("-keyout", str(tmp_path / "other.key"), "-out", str(device))
    openssl("req", "-x509", "-config", "/dev/null", *fresh, *files, *by, *named)
    openssl("verify", "-x509_strict", "-CAfile", str(path), str(path))
    with pytest.raises(Exception, match="returned non-zero"):
        openssl("verify", "-CAfile", str(path), str(device))


def test_it_is_made_anew_before_it_ends(tmp_path: Path) -> None:
    first = fingerprint(of(tmp_path))
    assert fingerprint(of(tmp_path, days=790)) == first
    assert fingerprint(of(tmp_path, days=800)) != first


def test_another_name_makes_it_anew_and_another_address_does_not(tmp_path: Path) -> None:
    first = fingerprint(of(tmp_path))
    moved = SelfSigned(tmp_path, hostname=lambda: "garden", addresses=lambda: ["10.0.0.1"])
    assert fingerprint(moved) == first
    shed = of(tmp_path, "shed")
    assert fingerprint(shed) != first
    assert read(shed.path).names[:2] == ("shed", "shed.local")


@pytest.mark.parametrize("host", ["a" * 64, "garden.local", "shed_1", "my camera", "/CN=evil, x"])
def test_every_hostname_has_one_that_is_kept(tmp_path: Path, host: str) -> None:
    assert fingerprint(of(tmp_path, host)) == fingerprint(of(tmp_path, host))
    assert "localhost" in read(of(tmp_path, host).path).names


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[whole.index(b"-----BEGIN CERT") :],
        lambda whole: whole[: whole.index(b"-----BEGIN CERT")],
        lambda whole: b"\0" * len(whole),
    ],
    ids=["empty", "half", "no key", "no certificate", "zeros"],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    made = of(tmp_path)
    first = fingerprint(made)
    made.path.write_bytes(damage(made.path.read_bytes()))
    (made.path.parent / ".pair.pem.1234.part").write_bytes(b"what a power cut left")
    assert fingerprint(made) != first
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*made.files())
    assert list(made.path.parent.iterdir()) == [made.path]


def test_without_openssl_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotPossibleError, match="apt install openssl"):
        of(tmp_path).files()
    (tmp_path / "openssl").symlink_to(shutil.which("false", path="/usr/bin:/bin") or "")
    with pytest.raises(NotPossibleError, match="openssl genpkey failed"):
        of(tmp_path).files()
    assert not (tmp_path / "tls").exists()
