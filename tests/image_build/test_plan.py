"""The plan tells what would be built, without root, network or building."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from vizyimage.cache import Cache
from vizyimage.errors import ProfileError
from vizyimage.planning import Plan, plan
from vizyimage.profile import ROOT, Arch, load

from vizy.settings import load_settings

NO_MIRRORS: dict[str, str] = {}


def planned(name: str, arch: Arch = "arm64", mirrors: dict[str, str] = NO_MIRRORS) -> Plan:
    cache = Cache(Path("/nonexistent"))
    return plan(load(name), arch, mirrors=mirrors, cache=cache, version="1.2.3")


def test_debian_takes_everything_from_debian() -> None:
    it = planned("debian")
    assert {each.uri for each in it.sources} == {
        "http://deb.debian.org/debian",
        "http://deb.debian.org/debian-security",
    }
    assert {"linux-image-arm64", "raspi-firmware", "python3-systemd"} <= set(it.packages)
    assert not [each for each in it.packages if "picamera2" in each or "rpi" in each]
    assert it.result == "vizy-1.2.3-debian.img.zst"


def test_debian_for_amd64_has_no_firmware_of_a_pi() -> None:
    it = planned("debian", "amd64")
    assert "linux-image-amd64" in it.packages
    assert not {"raspi-firmware", "firmware-brcm80211", "linux-image-arm64"} & set(it.packages)
    assert it.result == "vizy-1.2.3-debian-amd64.img.zst"


def test_raspios_adds_the_archive_of_raspberry_pi_signed_by_its_key() -> None:
    it = planned("raspios")
    [own] = [each for each in it.sources if "raspberrypi" in each.uri]
    assert (own.uri, own.suites, own.components) == (
        "http://archive.raspberrypi.com/debian",
        ["trixie"],
        ["main"],
    )
    assert own.key == str(ROOT / "keys/raspberrypi-archive-keyring.gpg")
    assert {each.uri for each in it.sources} > {each.uri for each in planned("debian").sources}


def test_raspios_takes_kernel_firmware_and_camera_from_raspberry_pi() -> None:
    it = planned("raspios")
    assert {
        "linux-image-rpi-v8",
        "linux-image-rpi-2712",
        "raspi-firmware",
        "python3-picamera2",
        "python3-libcamera",
        "rpicam-apps-lite",
        "rpi-eeprom",
    } <= set(it.packages)
    assert "linux-image-arm64" not in it.packages
    [own] = [each for each in it.pins if each.pin == "origin archive.raspberrypi.com"]
    assert {"raspi-firmware", "libcamera*", "python3-libcamera"} <= set(own.packages)
    assert own.priority > 500


def test_raspios_has_its_own_files_for_the_firmware() -> None:
    places = {each.destination: each.source for each in planned("raspios").overlay}
    config = (ROOT / places["/boot/firmware/config.txt"]).read_text()
    assert "camera_auto_detect=1" in config.splitlines()
    args = (ROOT / places["/boot/firmware/cmdline.txt"]).read_text().split()
    assert set(load("raspios").kernel_args) <= set(args)


def test_raspios_begins_with_the_camera_on_the_ribbon_cable(tmp_path: Path) -> None:
    places = {each.destination: each.source for each in planned("raspios").overlay}
    file = ROOT / places["/etc/vizy/vizy.toml"]
    settings = load_settings({"config": str(file), "state_dir": str(tmp_path)}, {})
    assert settings.camera.backend == "picamera2"
    assert "/etc/vizy/vizy.toml" not in {each.destination for each in planned("debian").overlay}


@pytest.mark.parametrize("name", ["debian", "raspios"])
def test_the_text_and_the_json_tell_the_same(name: str) -> None:
    it = planned(name)
    text = it.as_text()
    told = json.loads(it.as_json())
    for each in (*told["packages"], *told["kernel_args"], *told["initramfs_modules"]):
        assert each in text
    for source in told["sources"]:
        assert source["uri"] in text
    for file in told["overlay"]:
        assert f"{file['destination']} ({file['mode']}) from {file['source']}" in text
    for names in told["hooks"].values():
        assert all(each in text for each in names)
    for layer in told["layers"]:
        assert f"{layer['name']} {layer['key']} (to be built)" in text
    assert f"VIZYROOT ext4 {told['disk']['root_mb']} MiB" in text


def test_the_mirror_that_this_machine_uses_is_told_beside_the_official_address() -> None:
    it = planned("raspios", mirrors={"debian": "http://mirror.example/debian"})
    assert [each.asked for each in it.sources] == [
        "http://mirror.example/debian",
        "http://deb.debian.org/debian-security",
        "http://archive.raspberrypi.com/debian",
    ]
    assert "asked here: http://mirror.example/debian" in it.as_text()


def test_a_cached_base_is_told(tmp_path: Path) -> None:
    profile = load("debian")
    base, site = planned("debian").layers
    assert (base.name, site.name) == ("base", "site")
    (tmp_path / f"base-arm64-{base.key}.tar").touch()
    again = plan(profile, "arm64", mirrors={}, cache=Cache(tmp_path), version="1")
    assert [each.is_cached for each in again.layers] == [True, False]


def test_an_architecture_that_the_profile_is_not_made_for_is_refused() -> None:
    with pytest.raises(ProfileError, match="ARCH=amd64: raspios is made for arm64 only"):
        planned("raspios", "amd64")


@pytest.mark.parametrize("name", ["debian", "raspios"])
def test_the_command_plans_without_root_or_network(name: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "build.py", "image", name, "--plan", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["profile"] == name


def test_the_command_refuses_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "build.py", "image", "nothing", "--plan"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("vizy: PROFILE=nothing")
    assert done.stderr.count("\n") == 1
