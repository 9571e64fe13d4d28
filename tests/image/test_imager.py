"""A card that Raspberry Pi Imager has written settings to, and one with a key of ssh on it.

The first start is the one in which Imager's script runs; QEMU ends where a device starts again.
What the scripts do with each single setting is in tests/units/test_imager.py.
"""

import os
import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.guest import BOOT_S, Guest, Image
from tests.units.firstrun import ARGUMENTS, Choices, script

PASSWORD = "three long words"
HASH = "$5$r1ver.bank$NJlFsxJvues3XpItFY/mohIKS2E0C0elSGSw0QIr335"
CMDLINE = "console=tty1 root=LABEL=VIZYROOT ro rootwait"


class Card:
    """The boot partition of a guest's card, as another computer sees it."""

    def __init__(self, guest: Guest) -> None:
        with guest.card.open("rb") as card:
            (start,) = struct.unpack_from("<I", card.read(512), 446 + 8)  # of the first partition
        self._image = ["-i", f"{guest.card}@@{start * 512}"]

    def put(self, name: str, text: str) -> None:
        command = ["mcopy", "-o", *self._image, "-", f"::{name}"]
        subprocess.run(command, input=text.encode(), check=True)

    def get(self, name: str) -> str:
        command = ["mtype", *self._image, f"::{name}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def remove(self, name: str) -> None:
        subprocess.run(["mdel", *self._image, f"::{name}"], check=True)

    def names(self) -> set[str]:
        command = ["mdir", "-b", *self._image, "::"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {line.removeprefix("::/") for line in listed.splitlines()}


class Visitor:
    """Somebody with a key, at the port of ssh."""

    def __init__(self, guest: Guest, folder: Path) -> None:
        self._guest = guest
        self._key = folder / "key"
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key]
        subprocess.run(keygen, check=True)
        self.public = self._key.with_suffix(".pub").read_text().strip()

    def tries(self, user: str, command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return self._ssh(user, command, text, BatchMode="yes", IdentitiesOnly="yes")

    def tries_with_password(self, user: str, password: str) -> subprocess.CompletedProcess[str]:
        asked = self._key.with_name("askpass")
        asked.write_text(f"#!/bin/sh\necho '{password}'\n")
        asked.chmod(0o700)
        ways = {"PubkeyAuthentication": "no", "NumberOfPasswordPrompts": "1"}
        env = {"SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force"}
        return self._ssh(user, "whoami", "", env=env, **ways)

    def _ssh(
        self, user: str, command: str, text: str, env: dict[str, str] | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        options = {
            "ConnectTimeout": "20",
            "LogLevel": "ERROR",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
        } | more
        return subprocess.run(
            ["ssh", "-F", "none", "-i", self._key, "-p", str(self._guest.ports["ssh"])]
            + [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
            + [f"{user}@127.0.0.1", command],
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=os.environ | (env or {}),
        )

    def does(self, user: str, command: str, text: str = "") -> str:
        """Return what a command printed; it must succeed."""
        done = self.tries(user, command, text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def switch_on(guest: Guest) -> None:
    guest.power_on()
    guest.until(
        "everything has started",
        lambda: guest.run("systemctl is-system-running")[1].strip() in ("running", "degraded"),
    )


def switch_off(guest: Guest) -> None:
    guest.ask("systemctl --no-block poweroff")
    guest.wait_off()


@pytest.fixture(scope="module")
def guest(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with Guest(image, tmp_path_factory.mktemp("i")) as guest:
        yield guest


@pytest.fixture(scope="module")
def jan(guest: Guest, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(guest, tmp_path_factory.mktemp("jan"))


@pytest.fixture(scope="module")
def friend(guest: Guest, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return Visitor(guest, tmp_path_factory.mktemp("friend"))


@pytest.fixture(scope="module")
def chosen(jan: Visitor) -> Choices:
    return Choices(
        hostname="garden",
        user="jan",
        password_hash=HASH,
        keys=(jan.public,),
        ssid="Caf\u00e9; 5",
        wifi_password="it's eight or more",
        is_hidden=True,
        country="DE",
        keyboard="de",
        timezone="Europe/Berlin",
    )


def test_the_start_of_imagers_script_ends_with_another(
    guest: Guest, chosen: Choices, friend: Visitor
) -> None:
    card = Card(guest)
    card.put("firstrun.sh", script(chosen, imager=2))
    card.put("cmdline.txt", " ".join([CMDLINE, *ARGUMENTS]))
    card.put("authorized_keys", f"{friend.public}\r\n")
    guest.power_on(*ARGUMENTS)
    guest.wait_off(limit_s=BOOT_S)
    assert re.search(r"reboot: Restarting system", guest.said()), guest.said()[-3000:]
    assert "firstrun.sh" not in card.names()
    assert not card.names() & {"fell-back", "firmware/", "firmware"}
    assert card.get("cmdline.txt").strip() == CMDLINE


def test_what_was_set_is_so(guest: Guest, chosen: Choices) -> None:
    switch_on(guest)
    assert guest.ask("systemctl --failed --plain --no-legend") == ""
    assert guest.ask("hostname") == "garden"
    assert guest.ask("getent hosts 127.0.1.1").split()[1] == "garden"
    assert guest.ask("timedatectl show --property=Timezone --value") == "Europe/Berlin"
    assert 'XKBLAYOUT="de"' in guest.ask("cat /etc/default/keyboard")
    assert guest.ask("findmnt --noheadings --output OPTIONS /boot/firmware").startswith("ro")
    assert guest.run("mountpoint -q /boot")[0] != 0


def test_the_wifi_is_known_and_no_others_business(guest: Guest, chosen: Choices) -> None:
    file = "/etc/NetworkManager/system-connections/imager.nmconnection"
    assert guest.ask(f"stat --format=%a:%U {file}") == "600:root"
    fields = "802-11-wireless.ssid,802-11-wireless.hidden,802-11-wireless-security.psk"
    shown = guest.ask(f"nmcli --show-secrets --get-values {fields} connection show '{chosen.ssid}'")
    assert shown.splitlines() == [chosen.ssid, "yes", chosen.psk]
    guest.ask("modprobe cfg80211")
    assert guest.ask("cat /sys/module/cfg80211/parameters/ieee80211_regdom") == "DE"
    journal = "journalctl --no-pager --output=export"
    assert guest.ask(f"{journal} | grep --text -c -e {chosen.psk} || true") == "0"


def test_the_first_user_gets_in_by_key_and_nobody_else(guest: Guest, jan: Visitor) -> None:
    guest.until("ssh is on", lambda: guest.run("systemctl is-active ssh")[0] == 0)
    assert jan.does("jan", "id --user --name; pwd").split() == ["jan", "/home/jan"]
    assert guest.ask("passwd --status root").split()[1] == "L"
    assert jan.tries("root", "id").returncode == 255
    settings = guest.ask("/usr/sbin/sshd -T").splitlines()
    assert {"passwordauthentication no", "permitrootlogin no"} <= set(settings)
    assert "kbdinteractiveauthentication no" in settings


def test_they_become_root_with_their_password(jan: Visitor) -> None:
    assert jan.tries("jan", "sudo --non-interactive id --user").returncode != 0
    become = "sudo --stdin --prompt= id --user"
    assert jan.does("jan", become, f"{PASSWORD}\n") == "0"


def test_a_key_on_the_card_opens_while_it_is_there(
    guest: Guest, jan: Visitor, friend: Visitor
) -> None:
    assert friend.does("jan", "whoami") == "jan"
    switch_off(guest)
    Card(guest).remove("authorized_keys")
    switch_on(guest)
    assert friend.tries("jan", "id").returncode == 255
    assert jan.does("jan", "whoami") == "jan"


def test_a_key_is_all_that_a_card_needs(
    image: Image, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("k")
    with Guest(image, folder) as guest:
        visitor = Visitor(guest, folder)
        Card(guest).put("authorized_keys.txt", visitor.public)
        switch_on(guest)
        assert visitor.does("pi", "sudo --non-interactive id --user") == "0"
        assert guest.ask("passwd --status pi").split()[1] == "L"
        assert guest.ask("systemctl --failed --plain --no-legend") == ""
        # nothing of it is there without the card's file
        assert guest.run("systemctl is-enabled ssh.service")[1].strip() == "disabled"
        assert guest.run("test -e /home/pi/.ssh")[0] == 1


def test_a_password_opens_where_imager_was_told_so(
    image: Image, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("p")
    chosen = Choices(user="jan", password_hash=HASH, has_ssh_passwords=True)
    with Guest(image, folder) as guest:
        visitor = Visitor(guest, folder)
        card = Card(guest)
        card.put("firstrun.sh", script(chosen, imager=1))
        card.put("cmdline.txt", " ".join([CMDLINE, *ARGUMENTS]))
        guest.power_on(*ARGUMENTS)
        guest.wait_off(limit_s=BOOT_S)
        switch_on(guest)
        guest.until("ssh is on", lambda: guest.run("systemctl is-active ssh")[0] == 0)
        done = visitor.tries_with_password("jan", PASSWORD)
        assert (done.returncode, done.stdout.strip()) == (0, "jan"), done.stderr
        assert visitor.tries_with_password("jan", "a guess").returncode == 255
        assert visitor.tries_with_password("root", PASSWORD).returncode == 255
        assert visitor.tries("jan", "id").returncode == 255, "a key that nobody gave"
