"""What programs are told to do with a profile."""

import os
from pathlib import Path

from vizyimage import disk, rootfs
from vizyimage.profile import load

MIRRORS = {"debian": "http://near/debian"}


def test_the_base_is_asked_of_the_mirror_with_the_key_of_each_archive() -> None:
    line = rootfs.command(load("raspios"), "arm64", MIRRORS, Path("/out.tar"), Path("/work"))
    assert line[0] == "mmdebstrap"
    assert line[line.index("trixie") + 1] == "/out.tar"
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    assert f"deb [signed-by={key}] http://near/debian trixie main non-free-firmware" in line
    own = rootfs.ROOT / "keys/raspberrypi-archive-keyring.gpg"
    assert f"deb [signed-by={own}] http://archive.raspberrypi.com/debian trixie main" in line


def test_the_image_has_the_official_addresses(tmp_path: Path) -> None:
    rootfs.write_files(load("debian"), tmp_path)
    sources = (tmp_path / "sources").read_text()
    assert "URIs: http://deb.debian.org/debian\n" in sources
    assert "URIs: http://deb.debian.org/debian-security\n" in sources
    assert sources.count("Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg") == 2


def test_exceptions_come_after_what_they_except_from(tmp_path: Path) -> None:
    rootfs.write_files(load("debian"), tmp_path)
    lines = (tmp_path / "dpkg.cfg").read_text().splitlines()
    kinds = [line.partition("=")[0] for line in lines]
    assert kinds == sorted(kinds)
    assert "path-include=/usr/share/doc/*/copyright" in lines
    assert not [line for line in lines if "unsafe" in line]


def test_pins_are_written_as_apt_reads_them() -> None:
    text = rootfs.preferences(load("raspios"))
    assert "Pin: origin archive.raspberrypi.com\nPin-Priority: 900\n" in text


def test_hooks_run_in_the_order_of_the_profile() -> None:
    line = rootfs.command(load("debian"), "arm64", {}, Path("/out.tar"), Path("/work"))
    assert f"--essential-hook={rootfs.ROOT / 'hooks/hold-initramfs.sh'}" in line
    assert line[-1].startswith("deb ")


def test_the_disk_has_the_three_partitions_in_order() -> None:
    text = disk.genimage_config(load("debian"), "vizy.img", "seed")
    places = [text.index(f"partition {name} ") for name in ("boot", "root", "data")]
    assert places == sorted(places)
    for label in ("VIZYBOOT", "VIZYROOT", "VIZYDATA"):
        assert f'label = "{label}"' in text
    assert "size = 256M" in text


def test_identifiers_are_those_of_the_commit() -> None:
    profile = load("debian")
    same = [disk.genimage_config(profile, "vizy.img", "1.0 1700000000") for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != disk.genimage_config(profile, "vizy.img", "1.0 1700000001")


def test_no_time_is_later_than_the_commit(tmp_path: Path) -> None:
    for name, time in (("old", 1000), ("new", 3000), ("source.py", 3000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    (tmp_path / "link").symlink_to("nowhere")
    disk.clamp_times(tmp_path, 2000)
    assert (tmp_path / "old").stat().st_mtime == 1000
    assert (tmp_path / "new").stat().st_mtime == 2000
    assert (tmp_path / "link").lstat().st_mtime == 2000
    assert (tmp_path / "source.py").stat().st_mtime == 3000
    assert tmp_path.stat().st_mtime == 2000


def test_the_initramfs_can_reach_the_cards_of_a_pi_and_the_disks_of_qemu() -> None:
    modules = set(load("debian").initramfs_modules)
    assert {"sdhci_iproc", "bcm2835", "mmc_block"} <= modules
    assert {"fixed", "gpio_regulator"} <= modules  # which a Pi 4's card reader waits for
    assert {"virtio_blk", "virtio_pci", "virtio_mmio"} <= modules
    assert {"ext4", "overlay", "vfat"} <= modules


def test_of_two_kernels_the_newer_one_is_started(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    for version in ("6.12.9+deb13-arm64", "6.12.118+deb13-arm64"):
        (tmp_path / f"boot/vmlinuz-{version}").touch()
    kernel, initrd = disk.kernel_files(tmp_path)
    assert kernel.name == "vmlinuz-6.12.118+deb13-arm64"
    assert initrd.name == "initrd.img-6.12.118+deb13-arm64"


def test_qemu_is_given_the_consoles_of_its_machines() -> None:
    profile = load("debian")
    assert disk.qemu_args(profile, "arm64").endswith("console=ttyAMA0")
    assert disk.qemu_args(profile, "amd64").endswith("console=ttyS0")
