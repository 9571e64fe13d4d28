"""What the ``openssl`` command does for us: make a pair of key and certificate, and read one.

Called at the start and by `Tls.keep`, on any thread but the loop's: each call waits for a process.
A key is on no disk and in no command line meanwhile. Source: openssl-genpkey(1), openssl-req(1),
openssl-x509(1).
"""

import re
import ssl
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from vizy.errors import NotPossibleError, SettingsError
from web.tls.certificate import Certificate

_TIMEOUT_S = 60.0
_NAME = re.compile(r"(DNS|IP Address):([^,\s]+)")


def make_pair(name: str, names: Sequence[str], *, days: int) -> bytes:
    """Return a new private key (ECDSA P-256) and a certificate that it has signed, as PEM.

    The certificate can sign no other: who trusts it trusts this device and nothing else.

    Args:
        name: Whom it is of; at most 64 characters.
        names: What it is for, as ``DNS:vizy.local`` and ``IP:192.168.1.20``.
        days: How long it is valid, from now on.

    Raises:
        NotPossibleError: There is no such command, or it failed.
    """
    curve = "ec_paramgen_curve:P-256"
    key = _run("genpkey", "-algorithm", "EC", "-pkeyopt", curve)
    extensions = (
        f"subjectAltName={','.join(names)}",
        "basicConstraints=critical,CA:FALSE",
        "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=serverAuth",
        "subjectKeyIdentifier=hash",
    )
    # Settings of the machine's own are not for us: they might ask for more, or for less.
    fixed = ("-x509", "-new", "-sha256", "-utf8", "-config", "/dev/null", "-key", "/dev/stdin")
    added = (word for each in extensions for word in ("-addext", each))
    certificate = _run("req", *fixed, "-days", str(days), "-subj", f"/CN={name}", *added, given=key)
    return key + certificate


def read(path: Path) -> Certificate:
    """Return what the first certificate of a PEM file says.

    Raises:
        SettingsError: The file cannot be read, or holds none.
        NotPossibleError: There is no such command.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    wanted = ("-enddate", "-fingerprint", "-sha256", "-ext", "subjectAltName")
    try:
        text = _run("x509", "-noout", *wanted, given=data).decode("utf-8", "replace")
    except _FailedError as error:
        raise SettingsError(f"{path} holds no certificate in PEM that can be read") from error
    lines = (line.partition("=") for line in text.splitlines())
    said = {name.lower(): value for name, _, value in lines}
    return Certificate(
        file=str(path),
        fingerprint=said["sha256 fingerprint"],
        names=tuple(_short(*found) for found in _NAME.findall(text)),
        ends_s=ssl.cert_time_to_seconds(said["notafter"]),
    )


def _short(kind: str, name: str) -> str:
    return name if kind == "DNS" else ip_address(name).compressed


class _FailedError(NotPossibleError):
    """The command did not do it."""


def _run(*arguments: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["openssl", *arguments],
            input=given,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise NotPossibleError(
            "web.tls needs the command openssl, which is not there: `sudo apt install openssl`, or "
            "set web.tls to off"
        ) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"code {error.returncode}"
        raise _FailedError(f"openssl {arguments[0]} failed: {reason}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotPossibleError(f"openssl {arguments[0]} failed: {error}") from error
    return done.stdout
