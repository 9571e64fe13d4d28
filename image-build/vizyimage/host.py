"""What the machine that builds must have, looked at before any work."""

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from vizyimage.errors import HostError
from vizyimage.mirror import mirrored
from vizyimage.profile import ROOT, Arch, Profile

TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "genimage": "genimage",
    "mkdosfs": "dosfstools",
    "mcopy": "mtools",
    "mke2fs": "e2fsprogs",
    "zstd": "zstd",
    "unshare": "util-linux",
}
"""The programs of a build and the Debian packages that have them."""

ROOM_BYTES = 6_000_000_000
"""What a build from nothing needs at once: a base, its copy, the raw image, the packed one."""

REACH_TIMEOUT_S = 15.0


def need_root() -> None:
    """Refuse to go on without root: mmdebstrap and chroot need it.

    Raises:
        HostError: Somebody else builds.
    """
    if os.geteuid() != 0:
        raise HostError("building an image needs root: run it with sudo (`--plan` needs none)")


def deb_arch() -> str:
    """Say what dpkg calls this machine."""
    listed = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    return listed.stdout.strip()


def need_tools(arch: Arch) -> None:
    """Refuse to go on without a program, naming the line that installs it.

    Raises:
        HostError: A program is missing, or programs of the architecture cannot be run here.
    """
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        raise HostError(
            f"missing here: {', '.join(missing)}: sudo apt install --no-install-recommends "
            + " ".join(missing)
        )
    if not _runs(arch):
        raise HostError(
            f"programs for {arch} do not run here: sudo apt install qemu-user-static "
            "binfmt-support arch-test, then sudo mount -t binfmt_misc binfmt_misc "
            "/proc/sys/fs/binfmt_misc and sudo update-binfmts --enable qemu-aarch64"
        )


def _runs(arch: Arch) -> bool:
    """Tell if this machine runs an architecture's programs, after asking binfmt_misc to."""
    if shutil.which("arch-test") is None:
        return False
    if _ok("arch-test", arch):
        return True
    if not Path("/proc/sys/fs/binfmt_misc/register").exists():
        _ok("mount", "-t", "binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc")
    _ok("update-binfmts", "--import", "qemu-aarch64")
    _ok("update-binfmts", "--enable", "qemu-aarch64")
    return _ok("arch-test", arch)


def _ok(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def need_room(folder: Path, need_bytes: int = ROOM_BYTES) -> None:
    """Refuse to fill a disk.

    Raises:
        HostError: Less than ``need_bytes`` are free where ``folder`` is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < need_bytes:
        raise HostError(
            f"{folder} has {free / 1e9:.1f} GB free, a build needs {need_bytes / 1e9:.1f} GB: "
            "make room, or set VIZY_IMAGE_CACHE to a folder elsewhere"
        )


def need_archives(
    profile: Profile,
    mirrors: dict[str, str],
    *,
    root: Path = ROOT,
    answers: Callable[[str], str | None] | None = None,
) -> None:
    """Refuse to go on where an archive cannot be asked, or its key is not there.

    Args:
        profile: Whose archives.
        mirrors: See ``mirror.host_mirrors``.
        root: The folder ``image-build``.
        answers: Asks an address; returns why it does not answer, or None. For tests.

    Raises:
        HostError: With everything that is missing at once, each with its address and what to do.
    """
    ask = answers or why_not
    wrong: list[str] = []
    for source in profile.sources:
        key = key_file(source.signed_by, root)
        if not key.is_file():
            wrong.append(f"the key of {source.uri} is not there: {key}; {_key_advice(key, root)}")
        base = mirrored(source.uri, mirrors)
        for suite in source.suites:
            address = f"{base}/dists/{suite}/InRelease"
            reason = ask(address)
            if reason:
                wrong.append(
                    f"{address} cannot be reached: {reason}; build where it can, "
                    "or choose a profile that does without"
                )
    if wrong:
        raise HostError(
            f"PROFILE={profile.name} cannot be built here, nothing was done:\n"
            + "\n".join(f"  - {each}" for each in wrong)
        )


def key_file(signed_by: str, root: Path = ROOT) -> Path:
    """Find the key of an archive: of this machine, or of ``keys/``."""
    return Path(signed_by) if signed_by.startswith("/") else root / signed_by


def _key_advice(key: Path, root: Path) -> str:
    if key.is_relative_to(root):
        return f"{root / 'keys/README.md'} tells how to get and check it"
    return "sudo apt install debian-archive-keyring"


def why_not(address: str) -> str | None:
    """Ask an address for its head; tell why it does not answer, or None where it does."""
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=REACH_TIMEOUT_S):
            return None
    except urllib.error.HTTPError as error:
        return f"the server says {error.code} {error.reason}"
    except (OSError, urllib.error.URLError) as error:
        return str(getattr(error, "reason", error))


def need_all(
    profile: Profile, arch: Arch, mirrors: dict[str, str], folders: Iterable[Path]
) -> None:
    """Look at everything.

    Raises:
        HostError: Something is missing.
    """
    need_root()
    need_tools(arch)
    need_archives(profile, mirrors)
    for folder in folders:
        need_room(folder)
