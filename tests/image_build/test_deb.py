"""The package: what goes where, what dpkg is told, and the lock of what it carries."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from vizyimage import deb, site
from vizyimage.errors import BuildError

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "systemd/debian"


def locked() -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+) \\$", site.LOCK.read_text(), re.M)
    return dict(found)


def test_the_lock_has_what_pyproject_asks_for_within_its_limits() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["device"]
    chosen = locked()
    for each in map(Requirement, wanted):
        version = chosen[canonicalize_name(each.name)]
        assert version in each.specifier, f"{each}: make locks"


def test_each_locked_package_has_a_hash_and_no_address_of_a_mirror() -> None:
    text = site.LOCK.read_text()
    blocks = re.split(r"^(?=\S)", text, flags=re.M)[1:]
    assert len(blocks) == len(locked()) > 40
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "index-url" not in text


def test_each_unit_is_installed() -> None:
    sources = {str(source) for source, _ in deb.table(ROOT)}
    for unit in (ROOT / "systemd").iterdir():
        if unit.suffix in (".service", ".socket", ".target", ".path"):
            assert f"systemd/{unit.name}" in sources


@pytest.mark.parametrize(
    ("line", "said"),
    [("README.md", "is not SOURCE FOLDER"), ("systemd/none.service usr/lib", "is not there")],
)
def test_a_wrong_line_of_the_table_is_refused_by_its_number(
    tmp_path: Path, line: str, said: str
) -> None:
    table = tmp_path / "systemd/debian/vizy.install"
    table.parent.mkdir(parents=True)
    table.write_text(f"# files\n{line}\n")
    with pytest.raises(BuildError, match=rf"vizy.install:2: .*{said}"):
        deb.table(tmp_path)


def test_the_scripts_are_what_dpkg_runs() -> None:
    for name in ("postinst", "prerm", "postrm"):
        script = DEBIAN / name
        assert script.read_text().startswith("#!/bin/sh\nset -eu\n")
        subprocess.run(["sh", "-n", script], check=True)


def test_a_purge_keeps_the_pictures(tmp_path: Path) -> None:
    state = tmp_path / "var/lib/vizy"
    for name in ("captures/a.jpg", "web/accounts.json", "controls.json"):
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_text("x")
    script = tmp_path / "postrm"
    text = (DEBIAN / "postrm").read_text()
    for folder in ("/etc/vizy", "/run/vizy", "/var/lib/vizy", "/run/systemd/system"):
        text = text.replace(folder, f"{tmp_path}{folder}")
    script.write_text(text.replace("deb-systemd-helper", "none-such"))
    done = subprocess.run(["sh", script, "purge"], capture_output=True, text=True, check=True)
    assert "your pictures and videos stay" in done.stdout
    assert [path.name for path in state.iterdir()] == ["captures"]
    shutil.rmtree(state / "captures")
    (state / "captures").mkdir()
    subprocess.run(["sh", script, "purge"], check=True)
    assert not state.exists()


def test_a_removal_keeps_everything(tmp_path: Path) -> None:
    text = (DEBIAN / "postrm").read_text()
    assert text.index('[ "$1" = purge ] || exit 0') < text.index("rm -rf")
