"""What came out of a build, for people and programs: ``vizy-VERSION-PROFILE.manifest.json``."""

import hashlib
import os
import subprocess
from pathlib import Path

import msgspec
from msgspec import Struct

from vizyimage.profile import Arch

PARTS = {
    "boot partition": ("boot/firmware",),
    "kernel and initramfs": ("boot",),
    "kernel modules": ("usr/lib/modules",),
    "firmware": ("usr/lib/firmware", "usr/lib/raspi-firmware"),
    "Vizy": ("usr/lib/vizy",),
    "Python of Debian": ("usr/lib/python3", "usr/lib/python3.13"),
    "all else": ("",),
}
"""What is told of sizes; a file counts for the first that has it."""


_SHOWN = r"${Package}\t${Version}\n"


class BootTest(Struct, frozen=True):
    """What QEMU is started with."""

    raw: str
    kernel: str
    initrd: str
    kernel_args: str


class Manifest(Struct, frozen=True):
    """One image.

    Attributes:
        version: Vizy's.
        profile: As ``debian``.
        arch: As ``arm64``.
        commit: Of this repository; with ``-dirty`` where it had changes.
        epoch: SOURCE_DATE_EPOCH: no file in it is younger.
        layers: What the base and the site are named by.
        packages: Debian's, with their versions.
        sizes: Bytes of the tree by part.
        raw_bytes: Of the file that is flashed.
        raw_sha256: Its sum, before it is packed.
        packed_bytes: Of the file to download.
        packed_sha256: Its sum.
        seconds: How long each step took.
        boot_test: What QEMU is started with.
    """

    version: str
    profile: str
    arch: Arch
    commit: str
    epoch: int
    layers: dict[str, str]
    packages: dict[str, str]
    sizes: dict[str, int]
    raw_bytes: int
    raw_sha256: str
    packed_bytes: int
    packed_sha256: str
    seconds: dict[str, float]
    boot_test: BootTest

    def write(self, target: Path) -> None:
        """Write it, as it will be found."""
        target.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")


def packages(tree: Path) -> dict[str, str]:
    """Ask dpkg's records in a tree for every package and its version."""
    listed = subprocess.run(
        ["dpkg-query", f"--admindir={tree / 'var/lib/dpkg'}", "--show", "--showformat", _SHOWN],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(line.split("\t") for line in listed.splitlines())


def sizes(tree: Path) -> dict[str, int]:
    """Sum the bytes of a tree's files by part."""
    sums = dict.fromkeys(PARTS, 0)
    for folder, _, names in os.walk(tree):
        where = str(Path(folder).relative_to(tree))
        part = next(
            name
            for name, tops in PARTS.items()
            if any(top == "" or where == top or where.startswith(f"{top}/") for top in tops)
        )
        sums[part] += sum(Path(folder, name).lstat().st_size for name in names)
    return sums


def sha256(file: Path) -> str:
    """Sum a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def commit(repository: Path) -> str:
    """Name the commit that is built."""
    return _git(repository, "describe", "--always", "--dirty", "--abbrev=12") or "unknown"


def epoch(repository: Path) -> int:
    """Say what time it is in the image: ``SOURCE_DATE_EPOCH``, or that of the commit."""
    told = os.environ.get("SOURCE_DATE_EPOCH") or _git(repository, "log", "-1", "--format=%ct")
    return int(told or 0)


def _git(repository: Path, *command: str) -> str:
    done = subprocess.run(
        ["git", "-C", repository, *command], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
