"""Where packages really come from: the mirror that this machine's own apt uses.

A profile names the official address. A machine in a closed network reaches a mirror only, and its
own apt is set to that one; so a build asks the same. What is written into the image is the official
address, always. Reads files, opens no connection.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

ARCHIVES = {"debian": "deb.debian.org", "debian-security": "deb.debian.org"}
"""The last folder of an address by which a mirror of an archive is known, and the official host."""


def host_mirrors(etc: Path = Path("/etc/apt")) -> dict[str, str]:
    """Read which address this machine's apt uses for each archive of ``ARCHIVES``.

    Returns:
        By the archive's name, as ``debian-security``; empty on a machine without apt.
    """
    found: dict[str, str] = {}
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix in {".list", ".sources"} and file.is_file():
            for uri in _uris(file.read_text()):
                archive = _archive(uri)
                if archive:
                    found.setdefault(archive, uri.rstrip("/"))
    return found


def mirrored(uri: str, mirrors: dict[str, str]) -> str:
    """Choose the address to ask instead of an official one; the same where there is no mirror."""
    archive = _archive(uri)
    if archive and urlsplit(uri).hostname == ARCHIVES[archive]:
        return mirrors.get(archive, uri)
    return uri


def _archive(uri: str) -> str | None:
    last = urlsplit(uri).path.rstrip("/").rpartition("/")[2]
    return last if last in ARCHIVES else None


def _uris(text: str) -> list[str]:
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    deb822 = [word for line in lines if line.startswith("URIs:") for word in line.split()[1:]]
    return deb822 + re.findall(r"(?m)^deb\s+(?:\[[^\]]*\]\s+)?(https?://\S+)", "\n".join(lines))
