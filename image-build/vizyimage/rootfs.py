"""Layer 1: the base root file system, of packages and hooks only; made by mmdebstrap, as root.

Nothing of Vizy is in it, so it is made anew only when a profile or a hook changes. Programs of
another architecture are run by qemu-user through binfmt_misc.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from vizyimage.host import key_file
from vizyimage.mirror import mirrored
from vizyimage.profile import ROOT, Arch, Profile, Source
from vizyimage.steps import Step, run

EMULATION = {"QEMU_CPU": "cortex-a72"}
"""25 times faster than qemu's default CPU, which computes pointer authentication in software."""

FORMAT = 1
"""Raised when this module makes something else of the same profile."""

_WHILE_BUILDING = ("force-unsafe-io", "force-confold")


def key(profile: Profile, arch: Arch, root: Path = ROOT) -> str:
    """Name what the layer is made of; another name means another layer."""
    parts = [
        f"format={FORMAT}",
        f"arch={arch}",
        f"suite={profile.suite}",
        f"sources={profile.sources!r}",
        f"pins={profile.pins!r}",
        f"packages={profile.packages_for(arch)!r}",
        f"initramfs={profile.initramfs_modules!r}",
        f"out={profile.leave_out!r}{profile.keep!r}",
    ]
    for hook in (*profile.hooks.essential, *profile.hooks.customize):
        parts.append((root / "hooks" / hook).read_text())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def build(
    profile: Profile, arch: Arch, mirrors: dict[str, str], target: Path, log: Path, step: Step
) -> None:
    """Make the layer.

    Args:
        profile: Of what.
        arch: For what.
        mirrors: Which addresses to ask instead of the official ones.
        target: A file to write, as ``base.tar``.
        log: What mmdebstrap says.
        step: Told how far it is.

    Raises:
        BuildError: A package does not exist, an archive went away, a hook failed.
    """
    work = target.parent / f"{target.name}.work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        write_files(profile, work)
        run(
            command(profile, arch, mirrors, target, work),
            log,
            step,
            env={**EMULATION, "VIZY_FILES": str(work), "TMPDIR": str(work)},
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def command(
    profile: Profile, arch: Arch, mirrors: dict[str, str], target: Path, work: Path
) -> list[str]:
    """Write mmdebstrap's command line."""
    hooks = [
        f"--{stage}-hook={ROOT / 'hooks' / hook}"
        for stage, names in (
            ("essential", profile.hooks.essential),
            ("customize", profile.hooks.customize),
        )
        for hook in names
    ]
    options = [f"--dpkgopt={line}" for line in (*_WHILE_BUILDING, *dpkg_lines(profile))]
    return [
        "mmdebstrap",
        "--verbose",
        "--mode=root",
        "--variant=apt",
        "--format=tar",
        f"--architectures={arch}",
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--aptopt={line}" for line in host_apt()),
        *options,
        f"--setup-hook=cp '{work}/preferences' \"$1/etc/apt/preferences.d/vizy\"",
        *hooks,
        f"--include={','.join(profile.packages_for(arch))}",
        profile.suite,
        str(target),
        *source_lines(profile, mirrors),
    ]


def write_files(profile: Profile, work: Path) -> None:
    """Write what hooks copy into the root: all that is made of the profile's variables."""
    (work / "dpkg.cfg").write_text("\n".join(dpkg_lines(profile)) + "\n")
    (work / "apt.conf").write_text('Apt::Install-Recommends "false";\n')
    (work / "initramfs-modules").write_text("\n".join(profile.initramfs_modules) + "\n")
    (work / "sources").write_text("\n".join(_stanza(source) for source in profile.sources))
    (work / "preferences").write_text(preferences(profile))
    keys = {key_file(each.signed_by) for each in profile.sources if _is_ours(each)}
    if keys:
        (work / "keys").mkdir()
    for file in keys:
        shutil.copy(file, work / "keys")


def dpkg_lines(profile: Profile) -> list[str]:
    """Write what dpkg does not unpack; the exceptions last, since the last match counts."""
    return [f"path-exclude={each}" for each in profile.leave_out] + [
        f"path-include={each}" for each in profile.keep
    ]


def preferences(profile: Profile) -> str:
    """Write the pins as apt's preferences."""
    return "\n".join(
        f"Package: {' '.join(pin.packages)}\nPin: {pin.pin}\nPin-Priority: {pin.priority}\n"
        for pin in profile.pins
    )


def source_lines(profile: Profile, mirrors: dict[str, str]) -> list[str]:
    """Write the archives as lines for the build, with the addresses that are asked here."""
    return [
        f"deb [signed-by={key_file(source.signed_by)}] {mirrored(source.uri, mirrors)} {suite} "
        + " ".join(source.components)
        for source in profile.sources
        for suite in source.suites
    ]


def _stanza(source: Source) -> str:
    """Write an archive as it stands in the image, with its official address."""
    signed_by = source.signed_by
    if _is_ours(source):
        signed_by = f"/etc/apt/keyrings/{Path(signed_by).name}"
    return (
        f"Types: deb\nURIs: {source.uri}\nSuites: {' '.join(source.suites)}\n"
        f"Components: {' '.join(source.components)}\nSigned-By: {signed_by}\n"
    )


def _is_ours(source: Source) -> bool:
    return not source.signed_by.startswith("/")


def host_apt() -> list[str]:
    """Take over how this machine's apt gets through: a proxy, clocks of old mirrors."""
    wanted = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until")
    if shutil.which("apt-config") is None:
        return []
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith(wanted)]
