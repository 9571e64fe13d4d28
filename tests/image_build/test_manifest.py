"""What is told of an image is counted from what was built."""

import json
from pathlib import Path

import pytest
from vizyimage import manifest
from vizyimage.image import summary
from vizyimage.manifest import BootTest, Manifest

MADE = Manifest(
    version="1.2.3",
    profile="debian",
    arch="arm64",
    commit="0123456789ab",
    epoch=1_700_000_000,
    layers={"base": "abc"},
    packages={"python3": "3.13.5-1"},
    sizes={"Vizy": 300_000_000},
    raw_bytes=1_950_000_000,
    raw_sha256="0" * 64,
    packed_bytes=250_000_000,
    packed_sha256="1" * 64,
    seconds={"packing": 10.0},
    boot_test=BootTest("/c/vizy.img", "/c/vizy.vmlinuz", "/c/vizy.initrd", "ro console=ttyAMA0"),
)


def test_each_file_counts_for_one_part(tmp_path: Path) -> None:
    for place, size in (
        ("boot/firmware/start.elf", 10),
        ("boot/vmlinuz-6", 20),
        ("usr/lib/modules/6/a.ko", 30),
        ("usr/lib/vizy/bin/vizy", 40),
        ("usr/lib/vizyx", 1),
        ("etc/fstab", 2),
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"x" * size)
    sizes = manifest.sizes(tmp_path)
    assert sizes["boot partition"] == 10
    assert sizes["kernel and initramfs"] == 20
    assert sizes["kernel modules"] == 30
    assert sizes["Vizy"] == 40
    assert sizes["all else"] == 3


def test_packages_are_those_of_dpkgs_records(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(
        "Package: zstd\nStatus: install ok installed\nVersion: 1.5.7+dfsg-1\n"
        "Architecture: arm64\nMaintainer: x <x@example.org>\nDescription: x\n"
    )
    assert manifest.packages(tmp_path) == {"zstd": "1.5.7+dfsg-1"}


def test_a_manifest_is_written_for_programs_and_told_to_people(tmp_path: Path) -> None:
    MADE.write(tmp_path / "manifest.json")
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["boot_test"]["kernel"] == "/c/vizy.vmlinuz"
    assert told["packages"] == {"python3": "3.13.5-1"}
    text = summary(MADE, 42.0)
    assert "250.0 MB" in text
    assert "/c/vizy.img" in text


def test_the_time_is_that_of_the_commit_or_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Path(__file__).resolve().parent
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert manifest.epoch(repository) == 1_700_000_000
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert manifest.epoch(repository) > 1_700_000_000


def test_a_sum_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert manifest.sha256(tmp_path / "empty").startswith("e3b0c44298fc1c149afbf4c8996fb924")
