"""Layer 2: the packages of Python that Vizy runs on, as a virtual environment for another machine.

Wheels come by hash from ``locks/trixie.lock`` and are unpacked, which needs no emulation. What no
device uses is left out, and all is byte-compiled. The layer is a .tar of ``usr/lib/vizy``.
"""

import hashlib
import inspect
import shutil
import sys
import tempfile
from pathlib import Path

from vizyimage import bytecode, each_alone
from vizyimage.bytecode import PYTHON
from vizyimage.cache import Cache
from vizyimage.profile import ROOT, Arch
from vizyimage.steps import Step, run

LOCK = ROOT / "locks" / "trixie.lock"
HOME = Path("usr/lib/vizy")
PACKAGES = HOME / f"lib/python{PYTHON}/site-packages"

_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
_PLATFORMS = (
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_24",
    "manylinux_2_17",
    "manylinux2014",
)

_UNUSED = (
    "bin",  # scripts for the Python of the machine that builds
    "share",  # files for Jupyter
    "*/tests",
    "*/test",
    "numpy/*/tests",
    "numpy/_core/include",
    "plotly/labextension",
    "plotly/package_data/plotly.min.js",  # Dash serves its own
    "dash/deps/*.map",
    "dash/**/*.js.map",
    "**/*.pyi",
    "**/*.pyx",
    "**/*.pxd",
    "cv2/data",  # cascades that find faces
)


def key(arch: Arch) -> str:
    """Name what the layer is made of."""
    sources = map(inspect.getsource, (sys.modules[__name__], bytecode, each_alone))
    made_of = (arch, PYTHON, LOCK.read_text(), *sources)
    return hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:16]


def build(arch: Arch, cache: Cache, target: Path, log: Path, step: Step) -> None:
    """Make the layer.

    Args:
        arch: For what.
        cache: Where wheels and the compiling Python are kept.
        target: The .tar to write.
        log: Of what is run.
        step: Told how far it is.

    Raises:
        BuildError: A wheel cannot be had, or is another one than the lock says.
    """
    wheels = cache.folder / f"wheels-{arch}"
    options = [*_for(arch), "--require-hashes", "--requirement", LOCK]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "download", *options, "--dest", wheels], log, step)
    with tempfile.TemporaryDirectory(dir=cache.folder, prefix=".site-") as folder:
        tree = Path(folder)
        packages = tree / PACKAGES
        install = [*pip, "install", "--no-index", "--no-compile", "--ignore-requires-python"]
        run([*install, *options, "--find-links", wheels, "--target", packages], log, step)
        for pattern in _UNUSED:
            for found in packages.glob(pattern):
                if found.is_dir():
                    shutil.rmtree(found)
                else:
                    found.unlink(missing_ok=True)
        _make_home(tree / HOME)
        bytecode.compile_all(tree, [PACKAGES], cache, log, step)
        pack(tree, target, log, step)


def pip_install(wheel: Path, packages: Path, log: Path, step: Step) -> None:
    """Unpack one wheel of ours, which is for every machine."""
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-compile"]
    run([*command, "--ignore-requires-python", "--target", packages, wheel], log, step)
    shutil.rmtree(packages / "bin", ignore_errors=True)


def pack(tree: Path, target: Path, log: Path, step: Step) -> None:
    """Write a tree to a .tar that is the same whenever the tree is."""
    same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]
    command = ["tar", "--create", *same, "--file", target, "--directory", tree, "."]
    run(command, log, step, growing=target)


def _for(arch: Arch) -> list[str]:
    platforms = [f"--platform={each}_{_MACHINES[arch]}" for each in _PLATFORMS]
    abis = [f"--abi={each}" for each in (f"cp{PYTHON.replace('.', '')}", "abi3", "none")]
    python = [f"--python-version={PYTHON}", "--implementation=cp", *abis]
    return [*platforms, *python, "--only-binary=:all:", "--no-deps"]


def _make_home(home: Path) -> None:
    """Make what lies around the packages: a virtual environment, without running one."""
    (home / "bin").mkdir(parents=True)
    (home / "bin/python").symlink_to("/usr/bin/python3")
    (home / "bin/python3").symlink_to("python")
    (home / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = true\nversion = {PYTHON}\n"
    )
