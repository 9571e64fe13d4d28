"""The package ``vizy_VERSION_ARCH.deb``: site, Vizy itself, and all that ``systemd/`` holds.

The same package is on the image and on a running Raspberry Pi OS. What goes where stands in
``systemd/debian/vizy.install``; its other files are what dpkg asks for. Built twice from one tree
it is the same, byte by byte.
"""

import gzip
import hashlib
import os
import shutil
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vizyimage import bytecode, site
from vizyimage.cache import Cache
from vizyimage.errors import BuildError
from vizyimage.profile import Arch
from vizyimage.steps import Step, run

_PACKAGES = ("vizy", "hardware", "web", "dash_devices")
_SCRIPTS = ("postinst", "prerm", "postrm")
_LAUNCHER = """\
#!/usr/lib/vizy/bin/python
import sys

from vizy.cli import main

sys.exit(main())
"""
_NEXT_PYTHON = "3.14"


def build(
    arch: Arch,
    layer: Path,
    target: Path,
    *,
    version: str,
    epoch: int,
    repository: Path,
    cache: Cache,
    log: Path,
    step: Step,
) -> None:
    """Build the package.

    Args:
        arch: For what.
        layer: The site, see ``site.build``.
        target: The .deb to write.
        version: Vizy's.
        epoch: No file in it is younger; seconds since 1970.
        repository: The tree that is packed.
        cache: Where there is room, and the Python that compiles.
        log: Of what is run.
        step: Told how far it is.

    Raises:
        BuildError: A file of the table is not there, or a program failed.
    """
    with tempfile.TemporaryDirectory(dir=cache.folder, prefix=".deb-") as folder:
        tree = Path(folder, "tree")
        tree.mkdir()
        run(["tar", "--extract", "--file", layer, "--directory", tree], log, step)
        _add_vizy(tree, repository, Path(folder), cache, log, step)
        add_files(repository, "vizy.install", tree)
        _add_documents(tree, repository, version)
        _set_modes(tree)
        _add_control(tree, repository, arch, version)
        _clamp_times(tree, epoch)
        run(
            ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", tree, target],
            log,
            step,
            env={"SOURCE_DATE_EPOCH": str(epoch)},
            growing=target,
        )


def add_files(repository: Path, name: str, tree: Path) -> None:
    """Copy the files of a table, ``vizy.install`` or ``vizy-image.install``.

    Raises:
        BuildError: See ``table``.
    """
    for source, destination in table(repository, name):
        _install(repository / source, tree / destination)


def table(repository: Path, name: str = "vizy.install") -> list[tuple[Path, Path]]:
    """Read which file goes into which folder: pairs of source and destination file.

    Raises:
        BuildError: A line is none, or its file is not there.
    """
    install = repository / "systemd/debian" / name
    pairs: list[tuple[Path, Path]] = []
    for number, line in enumerate(install.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) != 2:
            raise BuildError(f"{install}:{number}: {line!r} is not SOURCE FOLDER")
        source, folder = map(Path, words)
        if not (repository / source).is_file():
            raise BuildError(f"{install}:{number}: {source} is not there")
        pairs.append((source, folder / source.name))
    return pairs


def _add_vizy(
    tree: Path, repository: Path, work: Path, cache: Cache, log: Path, step: Step
) -> None:
    """Install this tree's own packages as a wheel, with the command."""
    copy = work / "source"
    for name in _tracked(repository):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository / name, target)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "wheel", "--no-deps", "--wheel-dir", work / "wheel", copy], log, step)
    (wheel,) = (work / "wheel").glob("vizy-*.whl")
    site.pip_install(wheel, tree / site.PACKAGES, log, step)
    (info,) = (tree / site.PACKAGES).glob("vizy-*.dist-info")
    for name in ("direct_url.json", "RECORD"):  # they name the machine that builds
        (info / name).unlink(missing_ok=True)
    command = tree / site.HOME / "bin/vizy"
    command.write_text(_LAUNCHER)
    command.chmod(0o755)
    link = tree / "usr/bin/vizy"
    link.parent.mkdir(parents=True)
    link.symlink_to("../lib/vizy/bin/vizy")
    ours = [site.PACKAGES / name for name in _PACKAGES]
    bytecode.compile_all(tree, ours, cache, log, step)


def _tracked(repository: Path) -> Iterator[str]:
    """Name the files that belong to the packages: git's, and those not yet known to it."""
    files = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
    known = ("--cached", "--others", "--exclude-standard")
    listed = subprocess.run(
        ["git", "-C", repository, "ls-files", *known, "-z", "--", *_PACKAGES, *files],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    yield from (name for name in listed.split("\0") if name and (repository / name).is_file())


def _install(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _add_documents(tree: Path, repository: Path, version: str) -> None:
    documents = tree / "usr/share/doc/vizy"
    licence = "".join(
        f" {line.rstrip() or '.'}\n" for line in (repository / "LICENSE").read_text().splitlines()
    )
    text = (repository / "systemd/debian/copyright").read_text()
    (documents / "copyright").write_text(string.Template(text).substitute(license=licence.rstrip()))
    changes = documents / "CHANGELOG.md"
    (documents / "changelog.gz").write_bytes(gzip.compress(changes.read_bytes(), mtime=0))
    changes.unlink()


def _set_modes(tree: Path) -> None:
    """Give each file the mode that it has on a device, whoever built it."""
    for folder, folders, names in os.walk(tree):
        for name in folders:
            if not Path(folder, name).is_symlink():
                Path(folder, name).chmod(0o755)
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    tree.chmod(0o755)


def _add_control(tree: Path, repository: Path, arch: Arch, version: str) -> None:
    source = repository / "systemd/debian"
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = "".join(f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files)
    size = sum(path.stat().st_size for path in files) // 1024
    control = tree / "DEBIAN"
    control.mkdir(mode=0o755)
    values = {
        "version": version,
        "arch": arch,
        "size": str(size),
        "python": f"python3 (>= {bytecode.PYTHON}), python3 (<< {_NEXT_PYTHON})",
    }
    text = (source / "control").read_text()
    (control / "control").write_text(string.Template(text).substitute(values))
    (control / "md5sums").write_text(sums)
    settings = [
        f"/{path.relative_to(tree)}\n" for path in files if path.is_relative_to(tree / "etc")
    ]
    (control / "conffiles").write_text("".join(settings))
    for name in _SCRIPTS:
        _install(source / name, control / name)
        (control / name).chmod(0o755)


def _md5(path: Path) -> str:
    with path.open("rb") as file:  # dpkg's own format; it guards against accidents alone
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _clamp_times(tree: Path, epoch: int) -> None:
    for path in (tree, *tree.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=False)
