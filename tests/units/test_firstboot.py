"""What a new device makes once: the real scripts, run on a folder in place of the root."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

LIBEXEC = Path(__file__).resolve().parents[2] / "systemd/libexec"
INITRAMFS = LIBEXEC.parent / "initramfs"
SCRIPTS = sorted([*LIBEXEC.iterdir(), *INITRAMFS.iterdir()])


class Device:
    """A root file system as the scripts see it, in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.boot = root / "boot/firmware"
        self.console = root / "console"
        self.calls = root / "calls"
        for folder in ("etc", "boot/firmware", "bin"):
            (root / folder).mkdir(parents=True)
        (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
        program = root / "bin/root-writable"
        program.write_text(f'#!/bin/sh\necho "root-writable $*" >>{self.calls}\n')
        program.chmod(0o755)

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [LIBEXEC / name],
            env={
                "PATH": f"{self.root / 'bin'}:/usr/bin:/bin:/usr/sbin:/sbin",
                "VIZY_ROOT": str(self.root),
                "VIZY_CONSOLE": str(self.console),
                "VIZY_WRITABLE": str(self.root / "bin/root-writable"),
            },
            capture_output=True,
            text=True,
            check=True,
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def profile(self, name: str) -> str:
        file = self.root / f"etc/NetworkManager/system-connections/{name}.nmconnection"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return file.read_text()


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_strict_and_clean_shell(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines or script.name == "vizy-data"  # which must go on, whatever fails
    assert os.access(script, os.X_OK)
    done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_device_makes_a_wifi_with_a_key_of_its_own(device: Device) -> None:
    device.run("firstboot")
    profile = device.profile("vizy-setup")
    assert "id=vizy-setup\n" in profile
    assert "mode=ap\n" in profile
    assert "autoconnect=false\n" in profile
    assert "method=shared\naddress1=10.42.0.1/24\n" in profile
    assert re.search(r"^ssid=Vizy-[0-9A-F]{4}$", profile, re.MULTILINE)
    [key] = re.findall(r"^psk=(.*)$", profile, re.MULTILINE)
    assert re.fullmatch(r"[abcdefghjkmnpqrstuvwxyz23456789]{12}", key)


def test_the_key_is_shown_on_the_console_and_the_boot_partition_only(device: Device) -> None:
    done = device.run("firstboot")
    [key] = re.findall(r"^psk=(.*)$", device.profile("vizy-setup"), re.MULTILINE)
    assert key in device.console.read_text()
    assert key in (device.boot / "vizy-wifi.txt").read_text()
    assert key not in done.stdout + done.stderr
    assert device.called()[:2] == ["root-writable on", "root-writable off"]


def test_a_second_start_changes_and_writes_nothing(device: Device) -> None:
    device.run("firstboot")
    before = device.profile("vizy-setup")
    device.calls.unlink()
    device.run("firstboot")
    assert before == device.profile("vizy-setup")
    assert device.called() == []


def test_two_devices_have_two_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        device = Device(tmp_path / name)
        device.run("firstboot")
        keys.update(re.findall(r"^psk=(.*)$", device.profile("vizy-setup"), re.MULTILINE))
    assert len(keys) == 2


def test_what_a_power_cut_left_half_written_is_made_anew(device: Device) -> None:
    folder = device.root / "etc/NetworkManager/system-connections"
    folder.mkdir(parents=True)
    (folder / "vizy-setup.nmconnection.new").write_text("[conn")
    (folder / "vizy-setup.nmconnection").touch()
    device.run("firstboot")
    assert "psk=" in device.profile("vizy-setup")
    assert [each.name for each in folder.iterdir()] == ["vizy-setup.nmconnection"]
