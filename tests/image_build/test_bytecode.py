"""Byte-compiling: the same whatever else is compiled beside it, and told when it cannot be."""

import marshal
import subprocess
import sys
from pathlib import Path

from vizyimage import each_alone

SHARED = "def f(x):\n    return x in {'red', 'green'} or x == ('left', 2.5, 'right')\n"


def compiled(root: Path, *folders: Path) -> dict[str, bytes]:
    command = [sys.executable, each_alone.__file__, root, *folders]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0"})
    return {file.name.partition(".")[0]: file.read_bytes() for file in root.rglob("*.pyc")}


def write(folder: Path, **sources: str) -> Path:
    folder.mkdir(parents=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    return folder


def test_a_module_is_the_same_whatever_is_compiled_beside_it(tmp_path: Path) -> None:
    alone = write(tmp_path / "a/usr/lib/made", two=SHARED)
    beside = write(tmp_path / "b/usr/lib/made", one=SHARED * 2, two=SHARED, zero=SHARED)
    first = compiled(tmp_path / "a", alone)
    second = compiled(tmp_path / "b", beside)
    assert set(second) == {"zero", "one", "two"}
    assert first["two"] == second["two"]


def test_it_names_the_place_on_the_device_and_is_never_compared(tmp_path: Path) -> None:
    (code,) = compiled(tmp_path, write(tmp_path / "usr/lib/made", one=SHARED)).values()
    assert int.from_bytes(code[4:8], "little") == 0b01, "by hash, unchecked"
    assert marshal.loads(code[16:]).co_filename == "/usr/lib/made/one.py"


def test_what_is_not_python_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "made", good="x = 1\n", bad="x = = 1\n")
    command = [sys.executable, each_alone.__file__, tmp_path, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "/made/bad.py" in done.stderr
    assert list(folder.rglob("good.*.pyc"))
