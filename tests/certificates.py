"""Certificates as an owner has them: from an authority of one's own, made by ``openssl``."""

import subprocess
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    certificate: Path
    key: Path


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


def own_authority(folder: Path) -> Pair:
    """An authority for the home network."""
    return _made(
        folder / "authority",
        ("-subj", "/CN=Home"),
        ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"),
    )


def signed(folder: Path, authority: Pair, name: str = "device") -> Pair:
    """A certificate of a device, signed by the authority."""
    by = ("-CA", str(authority.certificate), "-CAkey", str(authority.key))
    extensions = ("subjectAltName=DNS:localhost,IP:127.0.0.1", "basicConstraints=CA:FALSE")
    return _made(folder / name, ("-subj", f"/CN={name}", *by), extensions)


def _made(stem: Path, options: tuple[str, ...], extensions: tuple[str, ...]) -> Pair:
    pair = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key"))
    fresh = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30")
    files = ("-keyout", str(pair.key), "-out", str(pair.certificate))
    added = (word for each in extensions for word in ("-addext", each))
    openssl("req", "-x509", "-config", "/dev/null", *fresh, *files, *options, *added)
    return pair
