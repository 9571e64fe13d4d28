"""Byte-compiles what a device runs, for a root that nobody writes to.

Done here, by Debian's own Python for the machine that builds: bytecode is the same for every
architecture, and a root that is read-only could never keep its own.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from vizyimage import each_alone
from vizyimage.cache import Cache
from vizyimage.host import deb_arch
from vizyimage.mirror import host_mirrors, mirrored
from vizyimage.rootfs import host_apt
from vizyimage.steps import Step, run

PYTHON = "3.13"

_SUITE, _ARCHIVE = "trixie", "http://deb.debian.org/debian"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_INSIDE = """
mount --bind "$1" "$2/work"
mount --bind /dev "$2/dev"
root=$2
shift 2
exec chroot "$root" "$@"
"""


def compile_all(tree: Path, folders: Iterable[Path], cache: Cache, log: Path, step: Step) -> None:
    """Compile every module, which comes out the same byte by byte whenever it is the same.

    Args:
        tree: The root of a device.
        folders: Where in it.
        cache: Where the compiling Python is kept.
        log: Of what is run.
        step: Told how far it is.

    Raises:
        BuildError: A module is not Python, or the Python cannot be had.
    """
    python = _python(cache, log, step)
    # In a mount namespace of its own: however it ends, nothing stays mounted.
    inside = ["unshare", "--mount", "sh", "-euc", _INSIDE, "sh", tree, python]
    script = Path(each_alone.__file__).read_text()
    command = [f"/usr/bin/python{PYTHON}", "-c", script, "/work"]
    run(
        [*inside, *command, *(f"/work/{folder}" for folder in folders)],
        log,
        step,
        env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""},
    )


def _python(cache: Cache, log: Path, step: Step) -> Path:
    """Find Debian's own Python for this machine, unpacked; it is taken from the archive once."""
    arch = deb_arch()
    folder = cache.folder / f"python-{PYTHON}-{arch}"
    with cache.lock(folder.name):
        if not folder.exists():
            unfinished = folder.with_name(f".{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            source = mirrored(_ARCHIVE, host_mirrors())
            line = f"deb [signed-by={_KEYRING}] {source} {_SUITE} main"
            command = ["mmdebstrap", "--variant=extract", f"--architectures={arch}"]
            include = f"--include=python{PYTHON}"
            run(
                [
                    *command,
                    *(f"--aptopt={line}" for line in host_apt()),
                    include,
                    _SUITE,
                    unfinished,
                    line,
                ],
                log,
                step,
            )
            for name in ("lib", "lib64"):  # another package's, which runs scripts
                (unfinished / name).symlink_to(f"usr/{name}")
            for name in ("work", "dev"):
                (unfinished / name).mkdir(exist_ok=True)
            unfinished.rename(folder)
    return folder
