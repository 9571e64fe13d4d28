"""Packages on the finished image: security's by themselves, and Vizy's own by the owner's hand.

One story, told in order. The root is read-only before and after.
"""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.image import archive
from tests.image.archive import Archive
from tests.image.conftest import DIST
from tests.image.guest import Guest, Image
from tests.image.owner import Owner

INSTALL_S = 1500.0  # half a gigabyte, emulated
APT = "DEBIAN_FRONTEND=noninteractive apt-get -q -y"
SERVICES = "vizy-hardware vizy-web"


@pytest.fixture(scope="module")
def shelf(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive that has Vizy's package, as it is on the image, under one name."""
    folder = tmp_path_factory.mktemp("archive") / "files"
    folder.mkdir()
    (package,) = DIST.glob(f"vizy_*_{image.arch}.deb")
    shutil.copy(package, folder / "vizy.deb")
    with Archive(folder) as shelf:
        yield shelf


@pytest.fixture(scope="module")
def guest(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with Guest(image, tmp_path_factory.mktemp("g")) as guest:
        guest.power_on()
        guest.until_page()
        yield guest


@pytest.fixture(scope="module")
def owner(guest: Guest) -> Iterator[Owner]:
    owner = Owner(guest)
    owner.visit_first()
    owner.plug_in_camera()
    owner.check_picture(owner.take_picture())
    yield owner
    owner.close()


def version(guest: Guest) -> str:
    return guest.ask(f"dpkg-query --show --showformat='${{Version}}' {archive.NAME}")


def is_read_only(guest: Guest) -> bool:
    return guest.ask("findmnt --noheadings --output OPTIONS /").split(",")[0] == "ro"


def pids(guest: Guest) -> list[str]:
    return guest.ask(f"systemctl show --property=MainPID --value {SERVICES}").split()


def install(guest: Guest, *options: str) -> str:
    return guest.ask(f"{APT} install {' '.join(options)} /data/vizy.deb", limit_s=INSTALL_S)


def test_a_security_update_comes_by_itself(guest: Guest, shelf: Archive) -> None:
    lists = "/etc/apt/sources.list.d"
    guest.ask("systemctl stop apt-daily.timer apt-daily-upgrade.timer")
    guest.until("nobody else installs", lambda: not guest.run("pgrep -x apt.systemd.dai")[1])
    guest.ask(f"rm -f {lists}/* /etc/apt/sources.list; echo '{shelf.source}' >{lists}/test.list")
    shelf.publish("1.0")
    said = guest.ask(f"apt-get -q update && {APT} install {archive.NAME}")
    assert "Not using locking" not in said
    assert version(guest) == "1.0"
    guest.until("the root is read-only again", lambda: is_read_only(guest))
    shelf.publish("2.0")
    guest.ask("rm -f /var/lib/apt/periodic/*")
    guest.ask("systemctl start apt-daily.service", limit_s=600)
    guest.ask("systemctl start apt-daily-upgrade.service", limit_s=600)
    assert version(guest) == "2.0", guest.ask("cat /var/log/unattended-upgrades/*.log")
    assert guest.ask("cat /usr/share/vizy-test/version") == "2.0"
    guest.until("the root is read-only again", lambda: is_read_only(guest))
    assert guest.run("touch /usr/share/vizy-test/version")[0] != 0


def test_vizy_is_upgraded_and_goes_on(guest: Guest, owner: Owner, shelf: Archive) -> None:
    guest.ask(f"/usr/lib/apt/apt-helper download-file {shelf.url}/vizy.deb /data/vizy.deb")
    before = pids(guest)
    install(guest, "--reinstall")
    owner.until_state("the camera is ready", lambda s: s["camera"]["status"] == "ready")
    assert not set(before) & set(pids(guest)), "services of the old version go on"
    guest.until("the root is read-only again", lambda: is_read_only(guest))
    assert len(owner.captures()) == 1
    assert guest.ask("systemctl --failed --plain --no-legend") == ""


def test_without_vizy_nothing_of_it_runs_and_nothing_is_lost(guest: Guest, owner: Owner) -> None:
    guest.ask(f"{APT} remove vizy", limit_s=INSTALL_S)
    assert guest.run("pgrep -u vizy-web,vizy-hardware")[1] == ""
    assert not guest.run("ss --no-header --listening --tcp 'sport = :80'")[1]
    assert guest.run("command -v vizy")[0] != 0
    install(guest)
    guest.until_page()
    assert owner.sign_in(), "the account was kept"
    owner.until_state("the camera is ready", lambda s: s["camera"]["status"] == "ready")
    for capture in owner.captures():
        owner.check_picture(capture)


def test_a_purge_leaves_the_pictures_and_no_account(guest: Guest, owner: Owner) -> None:
    said = guest.ask(f"{APT} purge vizy", limit_s=INSTALL_S)
    assert "your pictures and videos stay in /var/lib/vizy/captures" in said
    assert guest.ask("ls /var/lib/vizy") == "captures"
    assert guest.run("test -e /etc/vizy")[0] != 0
    install(guest)
    guest.until_page()
    owner.http.cookies.clear()
    owner.visit_first()
    guest.until("the camera is looked for", lambda: owner.state()["camera"]["status"])
    (capture,) = owner.captures()
    owner.check_picture(capture)


def test_after_a_start_the_root_is_read_only_again(guest: Guest) -> None:
    guest.cut_power()
    guest.power_on()
    guest.until_page()
    assert is_read_only(guest)
    errors = guest.ask("journalctl -b -p err --no-pager -q -u vizy-hardware -u vizy-web")
    assert not re.search(r"\S", errors)
