"""Raspberry Pi Imager's settings, by the scripts that Imager writes and those that it calls.

They run as they are, in a tree that stands for the device. The boot itself: tests/image.
"""

import configparser
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.units.firstrun import ARGUMENTS, CUSTOM, USERCONF, Choices, script

ROOT = Path(__file__).parents[2]
IMAGER = ROOT / "systemd/imager"
SCRIPTS = sorted(each for each in IMAGER.iterdir() if each.is_file() and not each.suffix)
IS_ROOT = os.geteuid() == 0  # nobody else can give a folder to another user
BOTH = pytest.mark.parametrize("imager", [1, 2])
HASH = "$5$salt.and.more$T8pCFaRZ6dUEXYUQ0rRr3FJSWGJ6wvgsTOn8mZl3mf3"
CMDLINE = "console=tty1 root=LABEL=VIZYROOT ro rootwait"
KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFMCr/7Zn5d8vRzQz4g3Fg4iUoLkKrBLvhFIxJ5hTp7l jan's laptop"
)
OTHER_KEY = KEY.replace("Fg4iUo", "Fg4iUp").replace("laptop", "phone")

GROUPS = {"root": 0, "adm": 4, "sudo": 27, "users": 100, "systemd-journal": 990, "vizy": 999}

MOUNTED = """\
#!/bin/sh
echo "$(basename "$0") $*" >>"$VIZY_TEST_ROOT/mounts"
case "$(basename "$0") $*" in
"mount --bind "*) mv "$3" "$3.covered"; ln -s "boot.covered/firmware" "$3" ;;
"umount "*) rm "$1"; mv "$1.covered" "$1" ;;
"mountpoint "*) [ -L "$2" ] ;;
esac
"""
"""A bind mount as a link; remounting is only noted."""


class Device:
    """A tree with what the scripts find on a device."""

    def __init__(self, root: Path) -> None:
        self.root = root
        files = {
            "etc/passwd": "root:x:0:0::/root:/bin/sh\nvizy-web:x:998:999::/:/usr/sbin/nologin\n",
            "etc/shadow": "root:!*:1:0:99999:7:::\nvizy-web:!:1::::::\n",
            "etc/group": "".join(f"{name}:x:{gid}:\n" for name, gid in GROUPS.items()),
            "etc/gshadow": "".join(f"{name}:!::\n" for name in GROUPS),
            "etc/hostname": "vizy\n",
            "etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\tvizy\n::1\tlocalhost\n",
            "etc/sudoers.d/README": "",
            "usr/share/zoneinfo/Europe/Berlin": "TZif",
            "usr/lib/systemd/system/ssh.service": "[Install]\nWantedBy=multi-user.target\n",
            "boot/firmware/cmdline.txt": f"{CMDLINE}\n",
            "run/.keep": "",
            "proc-cmdline": " ".join([CMDLINE, *ARGUMENTS]),
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for source, place in (("imager_custom", CUSTOM), ("userconf", USERCONF)):
            (root / place[1:]).parent.mkdir(parents=True)
            shutil.copy(IMAGER / source, root / place[1:])
        self.fakes = root / "fakes"
        self.fakes.mkdir()
        for name in ("mount", "umount", "mountpoint"):
            self.fake(name, MOUNTED)

    def fake(self, name: str, text: str) -> None:
        (self.fakes / name).write_text(text)
        (self.fakes / name).chmod(0o755)

    def read(self, place: str) -> str:
        return (self.root / place).read_text()

    def mode(self, place: str) -> int:
        return stat.S_IMODE((self.root / place).stat().st_mode)

    def call(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*([] if IS_ROOT else ["fakeroot"]), *map(str, command)],
            env={
                "PATH": f"{self.fakes}:{os.environ['PATH']}:/usr/sbin:/sbin",
                "VIZY_TEST_ROOT": str(self.root),
                "VIZY_TEST_CMDLINE": str(self.root / "proc-cmdline"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def custom(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call(self.root / CUSTOM[1:], *words)

    def userconf(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call(self.root / USERCONF[1:], *words)

    def first_run(self, chosen: Choices, imager: int) -> str:
        """Do what the start with Imager's arguments does; return what was said."""
        firmware = self.root / "boot/firmware"
        text = script(chosen, imager=imager)
        for place in (CUSTOM, USERCONF, "/boot/", "/etc/"):
            text = text.replace(place, f"{self.root}{place}")
        (firmware / "firstrun.sh").write_text(text)
        (firmware / "firstrun.sh").chmod(0o700)
        (firmware / "cmdline.txt").write_text(" ".join([CMDLINE, *ARGUMENTS]))
        said = ""
        for command in (
            (IMAGER / "boot-partition", "open"),
            (self.root / "boot/firstrun.sh",),
            (IMAGER / "boot-partition", "close"),
        ):
            done = self.call(*command)
            assert done.returncode == 0, done.stderr
            said += done.stdout + done.stderr
        assert not (firmware / "firstrun.sh").exists()
        assert not (firmware / "fell-back").exists(), said
        assert self.read("boot/firmware/cmdline.txt").strip() == CMDLINE
        return said

    def account(self, name: str) -> tuple[list[str], str, set[str]]:
        """Return a user's line, password and groups."""
        lines = {
            file: [each.split(":") for each in self.read(f"etc/{file}").splitlines()]
            for file in ("passwd", "shadow", "group")
        }
        (user,) = [each for each in lines["passwd"] if each[0] == name]
        (shadow,) = [each for each in lines["shadow"] if each[0] == name]
        groups = {each[0] for each in lines["group"] if name in each[3].split(",")}
        return user, shadow[1], groups

    def has_ssh(self) -> bool:
        return (self.root / "etc/systemd/system/multi-user.target.wants/ssh.service").is_symlink()


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_strict_and_clean_shell(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    assert file.stat().st_mode & stat.S_IXUSR
    done = subprocess.run(["shellcheck", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_the_image_gets_what_belongs_to_others_on_raspberry_pi_os() -> None:
    from vizyimage import deb

    image = {str(place) for _, place in deb.table(ROOT, "vizy-image.install")}
    both = {str(place) for _, place in deb.table(ROOT)}
    assert {CUSTOM[1:], USERCONF[1:]} <= image
    assert not image & both
    assert not any("raspberrypi" in each or "userconf" in each for each in both)
    installed = {str(source) for source, _ in deb.table(ROOT, "vizy-image.install")}
    tracked = {str(each.relative_to(ROOT)) for each in IMAGER.rglob("*") if each.is_file()}
    assert installed == tracked


@BOTH
def test_everything_that_imager_can_set(device: Device, imager: int) -> None:
    chosen = Choices(
        hostname="garden",
        user="jan",
        password_hash=HASH,
        keys=(KEY, OTHER_KEY),
        ssid="Caf\u00e9; \\back 5",
        wifi_password="it's eight or more",
        is_hidden=True,
        country="DE",
        keyboard="de",
        timezone="Europe/Berlin",
    )
    said = device.first_run(chosen, imager)
    assert device.read("etc/hostname") == "garden\n"
    assert device.read("etc/hosts").splitlines() == [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost",
        "127.0.1.1\tgarden",
    ]
    user, password, groups = device.account("jan")
    assert (user[2], user[5:]) == ("1000", ["/home/jan", "/bin/bash"])
    assert password == HASH
    assert groups == {"adm", "sudo", "systemd-journal"}
    assert not (device.root / "etc/sudoers.d/010_jan").exists()
    assert device.account("root")[1] == "!*"
    keys = "home/jan/.ssh/authorized_keys"
    assert sorted(device.read(keys).splitlines()) == sorted([KEY, OTHER_KEY])
    for place, mode in (("home/jan", 0o700), ("home/jan/.ssh", 0o700), (keys, 0o600)):
        assert device.mode(place) == mode, place
        assert not IS_ROOT or (device.root / place).stat().st_uid == 1000, place
    assert device.has_ssh()
    assert not (device.root / "etc/ssh/sshd_config.d/10-imager.conf").exists()
    place = "etc/NetworkManager/system-connections/imager.nmconnection"
    assert device.mode(place) == 0o600
    profile = configparser.ConfigParser(interpolation=None)
    profile.read_string(device.read(place))
    assert profile["connection"]["id"] == "Caf\u00e9;\\s\\\\back\\s5"
    assert "interface-name" not in profile["connection"]
    ssid = bytes(map(int, profile["wifi"]["ssid"].rstrip(";").split(";")))
    assert ssid.decode() == chosen.ssid
    assert profile["wifi"]["hidden"] == "true"
    assert profile["wifi-security"]["key-mgmt"] == "wpa-psk"
    assert profile["wifi-security"]["psk"] == chosen.psk
    country = device.read("etc/modprobe.d/vizy-wifi-country.conf")
    assert country == "options cfg80211 ieee80211_regdom=DE\n"
    assert 'XKBLAYOUT="de"' in device.read("etc/default/keyboard")
    assert str((device.root / "etc/localtime").readlink()) == "/usr/share/zoneinfo/Europe/Berlin"
    assert device.read("etc/timezone") == "Europe/Berlin\n"
    for secret in (chosen.psk, HASH, KEY):
        assert secret not in said


@BOTH
def test_the_boot_partition_is_writable_only_meanwhile(device: Device, imager: int) -> None:
    device.first_run(Choices(hostname="garden"), imager)
    firmware, boot = f"{device.root}/boot/firmware", f"{device.root}/boot"
    assert device.read("mounts").splitlines() == [
        f"mount -o remount,rw {firmware}",
        f"mount --bind {firmware} {boot}",
        f"mountpoint -q {boot}",
        f"umount {boot}",
        f"mount -o remount,ro {firmware}",
    ]


def test_a_script_that_names_todays_place_sees_it_there(device: Device) -> None:
    words = CMDLINE + " systemd.run=/boot/firmware/firstrun.sh"
    (device.root / "proc-cmdline").write_text(words)
    assert device.call(IMAGER / "boot-partition", "open").returncode == 0
    assert "--bind" not in device.read("mounts")


def test_a_script_that_dies_does_not_run_again_and_the_rest_of_the_line_stays(
    device: Device,
) -> None:
    firmware = device.root / "boot/firmware"
    (firmware / "firstrun.sh").write_text("#!/bin/sh\nexit 1\n")
    words = [CMDLINE, *ARGUMENTS, "systemd.log_level=info quiet"]
    (firmware / "cmdline.txt").write_text(" ".join(words))
    assert device.call(IMAGER / "boot-partition", "close").returncode == 0
    assert not (firmware / "firstrun.sh").exists()
    kept = device.read("boot/firmware/cmdline.txt")
    assert kept == f"{CMDLINE} systemd.log_level=info quiet"


@BOTH
def test_a_second_run_after_a_power_cut_gives_the_same(device: Device, imager: int) -> None:
    chosen = Choices(hostname="garden", user="jan", password_hash=HASH, keys=(KEY,), ssid="x")
    device.first_run(chosen, imager)
    device.first_run(chosen, imager)
    assert device.read("etc/hosts").count("garden") == 1
    assert device.read("home/jan/.ssh/authorized_keys").splitlines() == [KEY]
    assert device.account("jan")[1] == HASH


@BOTH
def test_ssh_with_a_password_only_if_imager_was_told_so(device: Device, imager: int) -> None:
    device.first_run(Choices(user="jan", password_hash=HASH, has_ssh_passwords=True), imager)
    allowed = "etc/ssh/sshd_config.d/10-imager.conf"
    assert device.read(allowed) == "PasswordAuthentication yes\n"
    assert device.has_ssh()
    device.first_run(Choices(user="jan", password_hash=HASH, keys=(KEY,)), imager)
    assert not (device.root / allowed).exists()


@BOTH
def test_a_user_alone_turns_no_ssh_on(device: Device, imager: int) -> None:
    device.first_run(Choices(user="jan", password_hash=HASH), imager)
    assert device.account("jan")[1] == HASH
    assert not device.has_ssh()


@BOTH
def test_keys_without_a_name_are_those_of_pi(device: Device, imager: int) -> None:
    device.first_run(Choices(keys=(KEY,)), imager)
    _, password, groups = device.account("pi")
    assert password.startswith("!")
    assert "sudo" in groups
    assert device.read("home/pi/.ssh/authorized_keys").splitlines() == [KEY]
    rule = "etc/sudoers.d/010_pi"
    assert device.read(rule) == "pi ALL=(ALL:ALL) NOPASSWD: ALL\n"
    fakeroots = 0 if IS_ROOT else 0o200  # it keeps files writable for who runs it
    assert device.mode(rule) == 0o440 | fakeroots


def test_who_gets_a_password_later_is_asked_for_it(device: Device) -> None:
    assert device.userconf("jan", "").returncode == 0
    assert (device.root / "etc/sudoers.d/010_jan").exists()
    assert device.userconf("jan", HASH).returncode == 0
    assert not (device.root / "etc/sudoers.d/010_jan").exists()
    assert device.userconf("jan", "").returncode == 0
    assert device.account("jan")[1] == HASH
    assert not (device.root / "etc/sudoers.d/010_jan").exists()


def test_somebody_called_vizy_is_not_in_the_group_of_the_services(device: Device) -> None:
    assert device.userconf("vizy", HASH).returncode == 0
    user, _, groups = device.account("vizy")
    assert user[3] == "100"
    assert groups == {"adm", "sudo", "systemd-journal"}


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("root", HASH, "belongs to the system"),
        ("vizy-web", HASH, "belongs to the system"),
        ("", HASH, "user name ''"),
        ("Jan", HASH, "small letters"),
        ("jan:x", HASH, "small letters"),
        ("jan\nroot", HASH, "small letters"),
        ("-jan", HASH, "small letters"),
        ("j" * 33, HASH, "1 to 32"),
        ("jan", "secret", "not encrypted"),
        ("jan", f"{HASH}:0:x", "characters"),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    device: Device, name: str, password: str, why: str
) -> None:
    before = device.read("etc/passwd"), device.read("etc/shadow")
    done = device.userconf(name, password)
    assert done.returncode == 1
    assert why in done.stderr
    assert "secret" not in done.stderr
    assert (device.read("etc/passwd"), device.read("etc/shadow")) == before


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["set_hostname", "-x"], "hostname '-x'"),
        (["set_hostname", "a.b"], "hostname 'a.b'"),
        (["set_hostname", "a" * 64], "1 to 63"),
        (["set_hostname", "a\nb"], "1 to 63"),
        (["set_hostname"], "takes one value, and got 0"),
        (["set_wlan", "", "password", "DE"], "1 to 32 bytes"),
        (["set_wlan", "\u00e9" * 17, "password", "DE"], "1 to 32 bytes"),
        (["set_wlan", "x", "seven..", "DE"], "8 to 63"),
        (["set_wlan_country", "Germany"], "two letters"),
        (["set_keymap", 'de"'], "no layout"),
        (["set_timezone", "../../etc/shadow"], "is none"),
        (["set_timezone", "Europe/Atlantis"], "not known here"),
        (["import_ssh_id", "gh:jan"], "not possible"),
        ([], "not possible"),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(device: Device, words: list[str], why: str) -> None:
    done = device.custom(*words)
    assert done.returncode == 1
    assert why in done.stderr
    assert device.read("etc/hostname") == "vizy\n"
    assert not (device.root / "etc/NetworkManager").exists()


def test_names_at_their_limits_are_taken(device: Device) -> None:
    assert device.custom("set_hostname", "a" * 63).returncode == 0
    assert device.userconf("j" * 32, HASH).returncode == 0
    assert device.custom("set_wlan", "x" * 32, "p" * 8).returncode == 0
    assert device.custom("set_wlan", "-p", "7", "with space\\").returncode == 0
    profile = device.read("etc/NetworkManager/system-connections/imager.nmconnection")
    assert "\nssid=55;\n" in profile
    assert "\npsk=with\\sspace\\\\\n" in profile


def test_a_network_without_a_password_is_an_open_one(device: Device) -> None:
    device.first_run(Choices(ssid="guests"), 2)
    profile = device.read("etc/NetworkManager/system-connections/imager.nmconnection")
    assert "security" not in profile
    assert "hidden=false" in profile
    assert not (device.root / "etc/modprobe.d").exists()


SYSTEMCTL = '#!/bin/sh\necho "$*" >>"$VIZY_TEST_ROOT/started"\n'


@pytest.mark.parametrize("name", ["authorized_keys", "authorized_keys.txt"])
@pytest.mark.parametrize("user", ["jan", ""])
def test_a_key_on_the_boot_partition_opens_ssh_until_it_is_taken_away(
    device: Device, name: str, user: str
) -> None:
    if user:
        assert device.userconf(user, HASH).returncode == 0
    device.fake("systemctl", SYSTEMCTL)
    text = f"\ufeff# mine\r\n{KEY}\r\n"
    (device.root / "boot/firmware" / name).write_bytes(text.encode())
    done = device.call(IMAGER / "ssh-keys")
    assert done.returncode == 0, done.stderr
    user = user or "pi"
    keys = f"run/vizy-ssh/{user}"
    assert device.read(keys).splitlines() == ["# mine", KEY]
    assert device.mode(keys) == 0o644
    assert device.mode("run/vizy-ssh") == 0o755
    assert device.account(user)[0][2] == "1000"
    assert device.read("started") == "--no-block start ssh.service\n"
    assert not (device.root / "home" / user / ".ssh").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no key in it"),
        ("hello\n", "no key in it"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "private key"),
    ],
)
def test_a_file_without_a_public_key_opens_nothing(device: Device, text: str, why: str) -> None:
    device.fake("systemctl", SYSTEMCTL)
    (device.root / "boot/firmware/authorized_keys").write_text(text)
    done = device.call(IMAGER / "ssh-keys")
    assert done.returncode == 1
    assert why in done.stderr
    assert not (device.root / "started").exists()
    assert "pi:" not in device.read("etc/passwd")
