"""Layer 3: the root as it is on the card, and the disk of it; without loop devices or mounts.

The base is unpacked, Vizy's package installed with dpkg inside it, overlays copied, hooks run, and
genimage writes three partitions from the tree. Needs root.
"""

import hashlib
import os
import re
import shutil
import uuid
from pathlib import Path

from vizyimage import overlay
from vizyimage.profile import ROOT, Arch, Profile
from vizyimage.rootfs import EMULATION
from vizyimage.steps import Step, run

_SPACE = uuid.UUID("6f0a2a4e-2f5e-4d0c-9c0e-76697a790000")

_LARGE = "-T default -b 4096 -i 16384 -J size=8 -m 1"
"""mke2fs' own choices for a large disk: left alone it would choose for 64 MB."""

CONSOLES = {"arm64": "ttyAMA0", "amd64": "ttyS0"}
"""The serial console of QEMU's machines."""


def unpack(base: Path, tree: Path, log: Path, step: Step) -> None:
    """Unpack the base into an empty folder."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True, mode=0o755)
    run(["tar", "--extract", "--numeric-owner", "--file", base, "--directory", tree], log, step)


def install(package: Path, tree: Path, log: Path, step: Step) -> None:
    """Install a package with dpkg inside the tree, without network.

    Raises:
        BuildError: It depends on what no profile has; dpkg names it at the end of the log.
    """
    inside = tree / "tmp" / package.name
    shutil.copyfile(package, inside)
    try:
        run(
            [*_within(tree), "chroot", tree, "dpkg", "--install", f"/tmp/{package.name}"],
            log,
            step,
            env=EMULATION | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    finally:
        inside.unlink()


def finish(profile: Profile, tree: Path, log: Path, step: Step) -> None:
    """Copy the overlays and run the last hooks."""
    overlay.copy(profile, tree)
    for hook in profile.hooks.finish:
        run(
            [*_within(tree), ROOT / "hooks" / hook, tree],
            log,
            step,
            env=EMULATION | {"VIZY_KERNEL_ARGS": " ".join(profile.kernel_args)},
        )


def clamp_times(tree: Path, epoch: int) -> None:
    """Set every time that is later than the commit to that of the commit.

    Not those of Python's sources: what is compiled of them remembers the time.
    """
    for folder, folders, names in os.walk(tree):
        for name in (*names, *folders, "."):
            place = Path(folder, name)
            if place.suffix != ".py" and place.lstat().st_mtime > epoch:
                os.utime(place, (epoch, epoch), follow_symlinks=False)


def write(
    profile: Profile, tree: Path, target: Path, *, epoch: int, seed: str, log: Path, step: Step
) -> None:
    """Write the disk.

    Args:
        profile: The sizes of its partitions.
        tree: The root; what is below ``boot/firmware`` and ``data`` goes to partitions of its own.
        target: The raw image.
        epoch: The time that file systems say they were made.
        seed: What identifiers of file systems are derived from.
        log: What genimage says.
        step: Told how far it is.

    Raises:
        BuildError: The tree does not fit.
    """
    work = target.with_name(f"{target.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("in", "out", "tmp"):
        (work / folder).mkdir(parents=True)
    try:
        config = work / "genimage.cfg"
        config.write_text(genimage_config(profile, target.name, seed))
        run(
            ["genimage", "--config", config, "--rootpath", tree, "--inputpath", work / "in",
             "--outputpath", work / "out", "--tmppath", work / "tmp" / "genimage"],
            log,
            step,
            env={
                "E2FSPROGS_FAKE_TIME": str(epoch),
                "SOURCE_DATE_EPOCH": str(epoch),
                "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
            },
            growing=work / "out" / "root.ext4",
        )  # fmt: skip
        (work / "out" / target.name).rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def genimage_config(profile: Profile, name: str, seed: str) -> str:
    """Write genimage's description of the disk."""
    disk = profile.disk
    root, data = identifier(seed, "root"), identifier(seed, "data")
    boot = hashlib.sha256(f"{seed} boot".encode()).hexdigest()[:8].upper()
    signature = hashlib.sha256(f"{seed} disk".encode()).hexdigest()[:8]
    return f"""\
image boot.vfat {{
    vfat {{ label = "VIZYBOOT" extraargs = "-F 32 --invariant -i {boot}" }}
    mountpoint = "/boot/firmware"
    size = {disk.boot_mb}M
}}
image root.ext4 {{
    ext4 {{ label = "VIZYROOT" use-mke2fs = true extraargs = "-U {root} -E hash_seed={root} -m 1" }}
    mountpoint = "/"
    size = {disk.root_mb}M
}}
# made for a large disk, which it becomes at the first start
image data.ext4 {{
    ext4 {{
        label = "VIZYDATA" use-mke2fs = true
        extraargs = "-U {data} -E hash_seed={data},resize=512G {_LARGE}"
    }}
    mountpoint = "/data"
    size = {disk.data_mb}M
}}
image {name} {{
    hdimage {{ partition-table-type = "mbr" disk-signature = 0x{signature} align = 4M }}
    partition boot {{ partition-type = 0xC bootable = true image = "boot.vfat" }}
    partition root {{ partition-type = 0x83 image = "root.ext4" }}
    partition data {{ partition-type = 0x83 image = "data.ext4" }}
}}
"""


def identifier(seed: str, part: str) -> uuid.UUID:
    """Derive a UUID: the same commit gives the same."""
    return uuid.uuid5(_SPACE, f"{seed} {part}")


def kernel_files(tree: Path) -> tuple[Path, Path]:
    """Find the newest kernel and its initramfs, which QEMU is given."""
    kernels = (tree / "boot").glob("vmlinuz-*")
    kernel = max(kernels, key=lambda file: [int(part) for part in re.findall(r"\d+", file.name)])
    return kernel, kernel.with_name(kernel.name.replace("vmlinuz-", "initrd.img-"))


def qemu_args(profile: Profile, arch: Arch) -> str:
    """Write the kernel's arguments for a start in QEMU."""
    return " ".join([*profile.kernel_args, f"console={CONSOLES[arch]}"])


def _within(tree: Path) -> list[str | Path]:
    """Give a program a /proc in the tree that is gone when it ends, however it ends."""
    return [
        "unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={tree / 'proc'}",
    ]  # fmt: skip
