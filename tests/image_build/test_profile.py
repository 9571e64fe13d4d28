"""A profile that cannot be built is refused by name, before anything is done."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from vizyimage.errors import ProfileError
from vizyimage.profile import ROOT, load, names, variables

GOOD: dict[str, Any] = {
    "name": "small",
    "description": "A small one for tests.",
    "suite": "trixie",
    "python": "3.13",
    "architectures": ["arm64"],
    "sources": [
        {
            "uri": "http://deb.debian.org/debian",
            "suites": ["trixie"],
            "components": ["main"],
            "signed_by": "/usr/share/keyrings/debian-archive-keyring.gpg",
        }
    ],
    "packages": ["python3"],
    "packages_amd64": ["linux-image-amd64"],
    "overlays": ["common"],
    "hooks": {"finish": ["boot-files.sh"]},
    "disk": {"boot_mb": 256, "root_mb": 1536, "data_mb": 64},
    "kernel_args": ["ro"],
    "initramfs_modules": ["ext4"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one good profile."""
    for folder in ("profiles", "overlay/common", "hooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "hooks/boot-files.sh").touch()
    write(tmp_path, GOOD)
    return tmp_path


def write(root: Path, data: Any, name: str = "small") -> None:
    (root / f"profiles/{name}.yaml").write_text(yaml.safe_dump(data))


def refusal(root: Path, data: Any) -> str:
    write(root, data)
    with pytest.raises(ProfileError) as caught:
        load("small", root)
    text = str(caught.value)
    assert str(root / "profiles/small.yaml") in text
    return text


def test_a_good_profile_is_taken(root: Path) -> None:
    profile = load("small", root)
    assert profile.packages_for("arm64") == ["python3"]
    assert profile.packages_for("amd64") == ["linux-image-amd64", "python3"]


@pytest.mark.parametrize("name", ["debian", "raspios"])
def test_the_profiles_that_we_have_are_good(name: str) -> None:
    assert load(name).name == name
    assert name in names()


def test_what_a_profile_extends_is_no_image_of_its_own() -> None:
    assert "common" not in names()
    assert (ROOT / "profiles/common.yaml").is_file()


def test_lists_are_added_to_what_a_profile_extends(root: Path) -> None:
    base = {key: value for key, value in GOOD.items() if key != "name"}
    write(root, base, "base")
    own = {"extends": "base", "name": "small", "packages": ["zstd"], "disk": {"data_mb": 128}}
    write(root, own)
    profile = load("small", root)
    assert profile.packages == ["python3", "zstd"]
    assert (profile.disk.root_mb, profile.disk.data_mb) == (1536, 128)


def test_a_name_that_no_profile_has_is_told_with_those_there_are(root: Path) -> None:
    with pytest.raises(ProfileError, match=r"PROFILE=raspian: .*there are: small"):
        load("raspian", root)


def test_a_wrong_key_is_told_with_the_likely_and_all_others(root: Path) -> None:
    text = refusal(root, GOOD | {"package": ["zstd"]})
    assert "package: ['zstd']: no such key; did you mean 'packages'?" in text
    assert "kernel_args" in text


def test_a_wrong_key_within_a_variable_is_told_with_its_place(root: Path) -> None:
    text = refusal(root, GOOD | {"disk": GOOD["disk"] | {"swap_mb": 512}})
    assert "disk.swap_mb: 512: no such key" in text
    assert "boot_mb, root_mb, data_mb" in text


def test_a_missing_key_is_told_with_what_it_means(root: Path) -> None:
    text = refusal(root, {key: value for key, value in GOOD.items() if key != "suite"})
    assert "suite: is missing" in text
    assert "The Debian release" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"python": 3.13}, "python: 3.13: expected `str`, got `float`"),
        ({"packages": "python3"}, "packages: 'python3': expected `array`, got `str`"),
        ({"packages": ["python3", "Python 3"]}, "'Python 3': expected `str` matching regex"),
        ({"packages": []}, "packages: []: expected `array` of length >= 1"),
        ({"architectures": ["armhf"]}, "'armhf': invalid enum value 'armhf'"),
        ({"disk": GOOD["disk"] | {"boot_mb": 64}}, "disk.boot_mb: 64: expected `int` >= 128"),
        ({"disk": GOOD["disk"] | {"root_mb": "2G"}}, "disk.root_mb: '2G': expected `int`"),
        ({"modes": {"/etc/x": "600"}}, "modes"),
        ({"kernel_args": ["ro rootwait"]}, "'ro rootwait': expected `str` matching regex"),
        (
            {"pins": [{"packages": ["x"], "pin": "origin a.org", "priority": 2000}]},
            "pins[0].priority: 2000: expected `int` <= 1001",
        ),
        (
            {"sources": [GOOD["sources"][0] | {"uri": "deb.debian.org/debian"}]},
            "sources[0].uri: 'deb.debian.org/debian': expected `str` matching regex",
        ),
        (
            {"sources": [GOOD["sources"][0] | {"signed_by": "key.gpg"}]},
            "sources[0].signed_by: 'key.gpg'",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(
    root: Path, change: dict[str, Any], said: str
) -> None:
    assert said in refusal(root, GOOD | change)


def test_an_overlay_that_is_not_there_is_told_with_those_there_are(root: Path) -> None:
    text = refusal(root, GOOD | {"overlays": ["commons"]})
    assert "overlays: 'commons': there is no folder" in text
    assert "there are: common" in text


def test_a_hook_that_is_not_there_is_told_with_those_there_are(root: Path) -> None:
    text = refusal(root, GOOD | {"hooks": {"finish": ["boot-file.sh"]}})
    assert "hooks.finish: 'boot-file.sh'" in text
    assert "there are: boot-files.sh" in text


def test_a_profile_under_another_name_is_refused(root: Path) -> None:
    assert "name: 'big' must be 'small'" in refusal(root, GOOD | {"name": "big"})


def test_what_is_no_yaml_is_refused(root: Path) -> None:
    assert "holds list, must hold" in refusal(root, ["a"])
    (root / "profiles/small.yaml").write_text("name: [")
    with pytest.raises(ProfileError, match="this is not YAML"):
        load("small", root)


def test_extending_what_is_not_there_is_refused(root: Path) -> None:
    assert "extends: 'commons'" in refusal(root, GOOD | {"extends": "commons"})


def test_every_variable_is_described_in_the_readme() -> None:
    page = (ROOT / "README.md").read_text()
    rows = [f"| `{key}` | {must} | {meaning} |" for key, must, meaning in variables()]
    assert [row for row in rows if row not in page] == []
