"""What a build would do, told without root, network or doing any of it."""

from pathlib import Path

import msgspec
from msgspec import Struct

from vizyimage import rootfs, site
from vizyimage.cache import Cache
from vizyimage.errors import ProfileError
from vizyimage.host import key_file
from vizyimage.mirror import mirrored
from vizyimage.overlay import files
from vizyimage.profile import ROOT, Arch, Disk, Pin, Profile


class PlannedSource(Struct, frozen=True):
    """An archive.

    Attributes:
        uri: Its official address, which the image has.
        asked: The address that is asked here: the mirror that this machine's apt uses.
        suites: As ``trixie``.
        components: As ``main``.
        key: The file its signature is checked with.
        has_key: Is that file there?
    """

    uri: str
    asked: str
    suites: list[str]
    components: list[str]
    key: str
    has_key: bool


class PlannedFile(Struct, frozen=True):
    """A file of an overlay and where it goes."""

    source: str
    destination: str
    mode: str


class PlannedLayer(Struct, frozen=True):
    """A layer, named by what it is made of."""

    name: str
    key: str
    is_cached: bool


class Plan(Struct, frozen=True):
    """All that a build of one profile for one architecture takes."""

    profile: str
    description: str
    arch: Arch
    sources: list[PlannedSource]
    pins: list[Pin]
    packages: list[str]
    left_out: list[str]
    kept: list[str]
    overlay: list[PlannedFile]
    hooks: dict[str, list[str]]
    kernel_args: list[str]
    initramfs_modules: list[str]
    disk: Disk
    layers: list[PlannedLayer]
    result: str

    def as_json(self) -> str:
        """Write it for programs."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()

    def as_text(self) -> str:
        """Write it for people."""
        return "\n".join(_lines(self))


def plan(
    profile: Profile,
    arch: Arch,
    *,
    mirrors: dict[str, str],
    cache: Cache,
    version: str,
    root: Path = ROOT,
) -> Plan:
    """Tell what a build would do.

    Args:
        profile: Of what.
        arch: For what.
        mirrors: See ``mirror.host_mirrors``.
        cache: Where layers are kept.
        version: Vizy's.
        root: The folder ``image-build``.

    Raises:
        ProfileError: The profile is not made for the architecture.
    """
    check_arch(profile, arch)
    return Plan(
        profile=profile.name,
        description=profile.description,
        arch=arch,
        sources=[
            PlannedSource(
                uri=source.uri,
                asked=mirrored(source.uri, mirrors),
                suites=source.suites,
                components=source.components,
                key=str(key_file(source.signed_by, root)),
                has_key=key_file(source.signed_by, root).is_file(),
            )
            for source in profile.sources
        ],
        pins=profile.pins,
        packages=profile.packages_for(arch),
        left_out=profile.leave_out,
        kept=profile.keep,
        overlay=[
            PlannedFile(str(each.source.relative_to(root)), each.destination, each.mode)
            for each in files(profile, root)
        ],
        hooks={
            "essential": profile.hooks.essential,
            "customize": profile.hooks.customize,
            "finish": profile.hooks.finish,
        },
        kernel_args=profile.kernel_args,
        initramfs_modules=profile.initramfs_modules,
        disk=profile.disk,
        layers=_layers(profile, arch, cache, root),
        result=f"{result_name(profile, arch, version)}.img.zst",
    )


def check_arch(profile: Profile, arch: Arch) -> None:
    """Refuse an architecture that a profile is not made for.

    Raises:
        ProfileError: It names those that it is made for.
    """
    if arch not in profile.architectures:
        raise ProfileError(
            f"ARCH={arch}: {profile.name} is made for {', '.join(profile.architectures)} only"
        )


def result_name(profile: Profile, arch: Arch, version: str) -> str:
    """Name what comes out, without endings: arm64 is what everybody wants, so it is not said."""
    return f"vizy-{version}-{profile.name}" + ("" if arch == "arm64" else f"-{arch}")


def _layers(profile: Profile, arch: Arch, cache: Cache, root: Path) -> list[PlannedLayer]:
    keys = {"base": rootfs.key(profile, arch, root), "site": site.key(arch)}
    return [
        PlannedLayer(name, key, cache.place(f"{name}-{arch}", key, ".tar").is_file())
        for name, key in keys.items()
    ]


def _lines(plan: Plan) -> list[str]:
    lines = [f"{plan.profile} for {plan.arch}: {plan.description}", "", "sources"]
    for source in plan.sources:
        lines.append(f"  {source.uri} {' '.join(source.suites)} ({', '.join(source.components)})")
        lines.append(f"    asked here: {source.asked}")
        lines.append(f"    signed by: {source.key}" + ("" if source.has_key else " - NOT THERE"))
    lines += ["", "pins"] + [
        f"  {each.priority:5} {each.pin}: {' '.join(each.packages)}" for each in plan.pins
    ]
    lines += ["", f"packages ({len(plan.packages)})", *(f"  {each}" for each in plan.packages)]
    lines += ["", "left out of packages", *(f"  {each}" for each in plan.left_out)]
    lines += ["", "but kept", *(f"  {each}" for each in plan.kept)]
    lines += ["", "overlay files"] + [
        f"  {each.destination} ({each.mode}) from {each.source}" for each in plan.overlay
    ]
    for stage, names in plan.hooks.items():
        lines += ["", f"hooks: {stage}", *(f"  {each}" for each in names)]
    disk = plan.disk
    lines += [
        "",
        f"kernel arguments: {' '.join(plan.kernel_args)}",
        f"initramfs modules: {' '.join(plan.initramfs_modules)}",
        "",
        "disk (MBR)",
        f"  1 VIZYBOOT FAT32 {disk.boot_mb} MiB at /boot/firmware",
        f"  2 VIZYROOT ext4 {disk.root_mb} MiB at /, read-only",
        f"  3 VIZYDATA ext4 {disk.data_mb} MiB at /data, grown at first boot",
        "",
        "layers",
    ]
    lines += [
        f"  {each.name} {each.key} ({'cached' if each.is_cached else 'to be built'})"
        for each in plan.layers
    ]
    return [*lines, "", f"result: {plan.result}"]
