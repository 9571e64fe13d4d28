"""Build an image: every step in its order, each told; only layers and results stay behind."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from vizyimage import deb, disk, host, imager, manifest, planning, rootfs, sbom, site
from vizyimage.cache import Cache
from vizyimage.profile import Arch, Profile
from vizyimage.steps import Step, Steps, run

PACK = ["zstd", "--quiet", "--force", "-T0", "-12", "--long=27"]
"""What a card is packed with: any zstd unpacks it; more takes minutes for a few MB."""


def build(
    profile: Profile,
    arch: Arch,
    mirrors: dict[str, str],
    *,
    version: str,
    repository: Path,
    cache: Cache,
    dist: Path,
    fresh: bool = False,
) -> manifest.Manifest:
    """Build an image.

    Args:
        profile: Of what.
        arch: For what.
        mirrors: See ``mirror.host_mirrors``.
        version: Vizy's.
        repository: The tree that is built.
        cache: Where layers are kept.
        dist: Where results go.
        fresh: Make the base anew though it is there, with today's packages.

    Raises:
        BuildError: Something is missing here, or a step failed.
    """
    planning.check_arch(profile, arch)
    host.need_all(profile, arch, mirrors, [cache.folder])
    name = planning.result_name(profile, arch, version)
    with cache.lock(name):
        return _Build(profile, arch, mirrors, version, repository, cache, dist, fresh).all(name)


def package(arch: Arch, version: str, repository: Path, cache: Cache, dist: Path) -> Path:
    """Build the package alone.

    Raises:
        BuildError: Something is missing here, or a step failed.
    """
    host.need_root()
    host.need_room(cache.folder)
    steps = Steps(total=2)
    with steps.step("packages of Python") as step:
        layer = site_layer(arch, cache, step)
    with steps.step("package") as step:
        return deb_package(arch, layer, version, repository, cache, dist, step)


def site_layer(arch: Arch, cache: Cache, step: Step) -> Path:
    """Find layer 2 or make it."""
    log = _fresh_log(cache, f"site-{arch}")
    layer, was_there = cache.get(
        f"site-{arch}",
        site.key(arch),
        ".tar",
        lambda target: site.build(arch, cache, target, log, step),
    )
    step.note = "cached" if was_there else f"{layer.stat().st_size / 1e6:.0f} MB"
    return layer


def deb_package(
    arch: Arch, layer: Path, version: str, repository: Path, cache: Cache, dist: Path, step: Step
) -> Path:
    """Build the package into the folder of results."""
    target = dist / f"vizy_{version}_{arch}.deb"
    dist.mkdir(parents=True, exist_ok=True)
    deb.build(
        arch,
        layer,
        target,
        version=version,
        epoch=manifest.epoch(repository),
        repository=repository,
        cache=cache,
        log=_fresh_log(cache, f"deb-{arch}"),
        step=step,
    )
    step.note = f"{target.stat().st_size / 1e6:.0f} MB"
    return target


def _fresh_log(cache: Cache, name: str) -> Path:
    log = cache.folder / "logs" / f"{name}.log"
    log.unlink(missing_ok=True)
    return log


@dataclass
class _Build:
    """One build; its methods are its steps."""

    profile: Profile
    arch: Arch
    mirrors: dict[str, str]
    version: str
    repository: Path
    cache: Cache
    dist: Path
    fresh: bool

    def __post_init__(self) -> None:
        self._epoch = manifest.epoch(self.repository)
        self._steps = Steps(total=9)

    def all(self, name: str) -> manifest.Manifest:
        base = self._base()
        package = self._package()
        tree = self.cache.folder / f"tree-{name}"
        try:
            self._tree(base, package, tree)
            raw = self._disk(tree, name)
            packed = self._pack(raw, name)
            return self._describe(tree, raw, packed, name)
        finally:
            shutil.rmtree(tree, ignore_errors=True)

    def _log(self, name: str) -> Path:
        log = self.cache.folder / "logs" / f"{self.profile.name}-{self.arch}-{name}.log"
        log.unlink(missing_ok=True)
        return log

    def _base(self) -> Path:
        log = self._log("base")
        with self._steps.step("base root file system") as step:
            base, was_there = self.cache.get(
                f"base-{self.arch}",
                rootfs.key(self.profile, self.arch),
                ".tar",
                lambda target: rootfs.build(
                    self.profile, self.arch, self.mirrors, target, log, step
                ),
                fresh=self.fresh,
            )
            step.note = "cached" if was_there else f"{base.stat().st_size / 1e6:.0f} MB"
        return base

    def _package(self) -> Path:
        with self._steps.step("packages of Python") as step:
            layer = site_layer(self.arch, self.cache, step)
        with self._steps.step("package") as step:
            return deb_package(
                self.arch, layer, self.version, self.repository, self.cache, self.dist, step
            )

    def _tree(self, base: Path, package: Path, tree: Path) -> None:
        log = self._log("tree")
        with self._steps.step("unpacking the base") as step:
            disk.unpack(base, tree, log, step)
        with self._steps.step("installing Vizy") as step:
            disk.install(package, tree, log, step)
            deb.add_files(self.repository, "vizy-image.install", tree)
        with self._steps.step("overlays, hooks, initramfs") as step:
            disk.finish(self.profile, tree, log, step)
            disk.clamp_times(tree, self._epoch)

    def _disk(self, tree: Path, name: str) -> Path:
        raw = self.cache.folder / f"{name}.img"
        with self._steps.step("the disk") as step:
            seed = f"{name} {self._epoch}"
            log = self._log("disk")
            disk.write(self.profile, tree, raw, epoch=self._epoch, seed=seed, log=log, step=step)
            step.note = f"{raw.stat().st_size / 1e6:.0f} MB"
        return raw

    def _pack(self, raw: Path, name: str) -> Path:
        self.dist.mkdir(parents=True, exist_ok=True)
        packed = self.dist / f"{name}.img.zst"
        unfinished = packed.with_suffix(".unfinished")
        with self._steps.step("packing") as step:
            try:
                run([*PACK, raw, "-o", unfinished], self._log("pack"), step, growing=unfinished)
                unfinished.rename(packed)
            finally:
                unfinished.unlink(missing_ok=True)
            step.note = f"{packed.stat().st_size / 1e6:.0f} MB"
        return packed

    def _describe(self, tree: Path, raw: Path, packed: Path, name: str) -> manifest.Manifest:
        with self._steps.step("sums and manifest"):
            kernel, initrd = (
                Path(shutil.copy(file, raw.with_suffix(ending)))
                for file, ending in zip(
                    disk.kernel_files(tree), (".vmlinuz", ".initrd"), strict=True
                )
            )
            made = manifest.Manifest(
                version=self.version,
                profile=self.profile.name,
                arch=self.arch,
                commit=manifest.commit(self.repository),
                epoch=self._epoch,
                layers={
                    "base": rootfs.key(self.profile, self.arch),
                    "site": site.key(self.arch),
                },
                packages=manifest.packages(tree),
                sizes=manifest.sizes(tree),
                raw_bytes=raw.stat().st_size,
                raw_sha256=manifest.sha256(raw),
                packed_bytes=packed.stat().st_size,
                packed_sha256=manifest.sha256(packed),
                seconds={key: round(value, 1) for key, value in self._steps.seconds.items()},
                boot_test=manifest.BootTest(
                    raw=str(raw),
                    kernel=str(kernel),
                    initrd=str(initrd),
                    kernel_args=disk.qemu_args(self.profile, self.arch),
                ),
            )
            made.write(self.dist / f"{name}.manifest.json")
            self._describe_to_others(made, tree, packed, name)
            (self.dist / f"{name}.img.zst.sha256").write_text(
                f"{made.packed_sha256}  {packed.name}\n"
            )
        return made

    def _describe_to_others(
        self, made: manifest.Manifest, tree: Path, packed: Path, name: str
    ) -> None:
        bill = sbom.document(
            tree,
            made.packages,
            name=name,
            version=self.version,
            arch=self.arch,
            epoch=self._epoch,
        )
        sbom.write(bill, self.dist / f"{name}.sbom.json")
        if self.arch == "arm64":  # Imager writes for Raspberry Pis only
            listed = imager.document(made, self.profile, packed)
            imager.write(listed, self.dist / f"{name}.imager.json")


def summary(made: manifest.Manifest, seconds: float) -> str:
    """Tell what came out, in a few lines."""
    lines = [f"{part:22} {size / 1e6:7.1f} MB" for part, size in made.sizes.items()]
    lines += [
        f"{'raw image':22} {made.raw_bytes / 1e6:7.1f} MB",
        f"{'packed':22} {made.packed_bytes / 1e6:7.1f} MB",
        f"{'seconds':22} {seconds:7.0f}",
        f"raw     {made.boot_test.raw}",
        f"kernel  {made.boot_test.kernel}",
        f"initrd  {made.boot_test.initrd}",
        f"args    {made.boot_test.kernel_args}",
    ]
    return "\n".join(lines)
