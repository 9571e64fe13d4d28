"""An archive of packages, made here, that a guest takes packages from as from Debian's own."""

import functools
import hashlib
import http.server
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

NAME = "vizy-test-update"

_CONTROL = f"""\
Package: {NAME}
Version: {{version}}
Architecture: all
Maintainer: Nobody <nobody@localhost>
Description: changes its version
"""

_RELEASE = """\
Origin: Debian
Label: Debian-Security
Suite: stable-security
Codename: trixie-security
Date: Thu, 01 Jan 2026 00:00:00 UTC
SHA256:
 {digest} {size} Packages
"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        """Say nothing."""


class Archive:
    """Serves a folder.

    Args:
        folder: What is put there can be fetched.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        handler = functools.partial(_Handler, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    @property
    def url(self) -> str:
        """Where a guest finds it: QEMU's name for the loopback address outside."""
        return f"http://10.0.2.2:{self._server.server_port}"

    @property
    def source(self) -> str:
        """The line for apt."""
        return f"deb [trusted=yes] {self.url} ./"

    def publish(self, version: str) -> None:
        """Put the package there in a version, as security's archive would."""
        tree = self.folder.with_name(f"{NAME}-{version}")
        for folder in ("DEBIAN", "usr/share/vizy-test"):
            (tree / folder).mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(_CONTROL.format(version=version))
        (tree / "usr/share/vizy-test/version").write_text(f"{version}\n")
        file = self.folder / f"{NAME}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, file], check=True)
        told = subprocess.check_output(["dpkg-deb", "--field", file], text=True)
        index = (
            f"{told.rstrip()}\nFilename: ./{file.name}\nSize: {file.stat().st_size}\n"
            f"SHA256: {hashlib.sha256(file.read_bytes()).hexdigest()}\n"
        ).encode()
        digest = hashlib.sha256(index).hexdigest()
        (self.folder / "Packages").write_bytes(index)
        (self.folder / "Release").write_text(_RELEASE.format(digest=digest, size=len(index)))
