"""The finished image as a device: booted once, used from outside, cut off from its power twice.

One story, told in order: each test goes on where the one before has stopped.
"""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.image.figures import Figures
from tests.image.guest import Guest, Image
from tests.image.owner import Owner

MDNS = """\
import socket, struct, sys
asked = b"".join(bytes([len(part)]) + part.encode() for part in sys.argv[1].split("."))
kind = {"A": 1, "PTR": 12}[sys.argv[2]]
query = struct.pack(">6H", 0, 0, 1, 0, 0, 0) + asked + struct.pack(">xHH", kind, 0x8001)
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(5)
for _ in range(6):
    line.sendto(query, ("224.0.0.251", 5353))
    try:
        print(line.recv(9000).hex())
        break
    except TimeoutError:
        pass
"""

ADDRESS = bytes((10, 0, 2, 15))  # what QEMU gives a guest

SERVICES = ("vizy-hardware", "vizy-web")


@pytest.fixture(scope="module")
def guest(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with Guest(image, tmp_path_factory.mktemp("g")) as guest:
        yield guest


@pytest.fixture(scope="module")
def owner(guest: Guest) -> Iterator[Owner]:
    owner = Owner(guest)
    yield owner
    owner.close()


def has_started(guest: Guest) -> bool:
    """Tell whether all that starts at the start has done so."""
    return guest.run("systemctl is-system-running")[1].strip() in ("running", "degraded")


def main_pid(guest: Guest, service: str) -> int:
    return int(guest.ask(f"systemctl show --property=MainPID --value {service}"))


def test_power_to_page(guest: Guest, figures: Figures) -> None:
    guest.power_on()
    figures.note("power to page, first boot", f"{guest.until_page():.1f} s")
    guest.until("everything has started", lambda: has_started(guest))


def test_the_first_visit_makes_the_owner_and_the_login_works(guest: Guest, owner: Owner) -> None:
    assert httpx.get(f"{guest.url}/api/v1/state").status_code == 401
    owner.visit_first()
    assert owner.ask("GET", "/me")["role"] == "admin"
    assert not owner.sign_in("a guess of somebody")
    assert owner.http.get("/api/v1/state").status_code == 401
    assert owner.sign_in()


def test_without_a_camera_all_is_up_and_says_what_is_missing(guest: Guest, owner: Owner) -> None:
    camera = owner.until_state(
        "the camera is looked for", lambda s: s["camera"]["status"] == "fault"
    )["camera"]
    assert camera["backend"] == "v4l2"
    assert "USB" in camera["reason"], camera
    for service in SERVICES:
        assert guest.ask(f"systemctl is-active {service}") == "active"
    refused = owner.http.post("/api/v1/captures", json={})
    assert refused.status_code in (409, 503)
    assert "USB" in refused.text


def test_the_owner_chooses_a_camera_and_takes_a_picture(guest: Guest, owner: Owner) -> None:
    owner.plug_in_camera()
    assert owner.state()["camera"]["model"] == "vivid"
    owner.check_picture(owner.take_picture())
    assert owner.ask("GET", "/captures")["count"] == 1


def test_live_pictures_come_and_each_is_another(owner: Owner) -> None:
    pictures = owner.live_pictures(3)
    assert len(pictures) >= 3
    assert len(set(pictures)) == len(pictures)


def test_no_unit_has_failed(guest: Guest) -> None:
    assert guest.ask("systemctl --failed --plain --no-legend") == ""
    assert guest.ask("systemctl is-system-running") == "running"


def answer_to(guest: Guest, name: str, kind: str) -> bytes:
    """Ask the guest's network for a name, as another device does; empty: nobody knows it."""
    guest.ask(f"cat >/run/mdns.py <<'END'\n{MDNS}\nEND")
    return bytes.fromhex(guest.ask(f"python3 /run/mdns.py {name} {kind}"))


def test_it_is_found_by_name(guest: Guest) -> None:
    # With what another device would ask: at home avahi may also say 127.0.0.1.
    guest.until("its name", lambda: ADDRESS in answer_to(guest, "vizy.local", "A"), limit_s=120)
    guest.ask("getent hosts vizy.local")
    for kind in ("_http._tcp", "_vizy._tcp"):
        assert b"Vizy on vizy" in answer_to(guest, f"{kind}.local", "PTR")


def test_the_machine_is_as_it_should_be(guest: Guest) -> None:
    assert guest.ask("findmnt --noheadings --output OPTIONS /").split(",")[0] == "ro"
    for folder in ("/etc", "/var"):
        assert guest.ask(f"findmnt --noheadings --output FSTYPE {folder}") == "overlay"
    data = guest.ask("findmnt --noheadings --bytes --output SIZE /data")
    assert int(data) > 1 << 30, "the data partition has not grown"
    for folder in ("/var/lib/vizy", "/var/log"):
        assert guest.ask(f"findmnt --noheadings --output FSTYPE {folder}") == "ext4"
    assert "zram" in guest.ask("swapon --show=NAME --noheadings")
    assert guest.ask("systemctl show --property=RuntimeWatchdogUSec --value") not in (
        "0",
        "infinity",
    )
    assert guest.run("systemctl is-enabled unattended-upgrades")[1].strip() == "enabled"
    assert guest.ask("systemctl is-active apt-daily-upgrade.timer") == "active"


def test_nobody_gets_in_who_was_not_let_in(guest: Guest) -> None:
    assert guest.ask("passwd --status root").split()[1] == "L"
    hashes = guest.ask("cut -d: -f2 /etc/shadow").split()
    assert all(each.startswith(("!", "*")) for each in hashes), hashes
    people = guest.ask("awk -F: '$3 >= 1000 && $3 < 60000 {print $1}' /etc/passwd")
    assert people == ""
    assert guest.run("systemctl is-active ssh.service ssh.socket")[1].split() == ["inactive"] * 2
    listening = guest.ask("ss --no-header --listening --tcp --numeric --processes")
    ports = {line.split()[3].rpartition(":")[2] for line in listening.splitlines()}
    assert ports <= {"80", "443"}, listening


def test_the_services_have_the_rights_they_need_and_no_others(
    guest: Guest, figures: Figures
) -> None:
    for service in SERVICES:
        said = guest.ask(f"systemd-analyze security --no-pager {service}.service || true")
        match = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
        assert match, said
        assert float(match[1]) <= 1.5, said
        figures.note(f"exposure of {service}", match[1])
        status = guest.ask(f"cat /proc/{main_pid(guest, service)}/status")
        assert re.search(r"^CapEff:\t0+$", status, re.M)
        assert re.search(r"^NoNewPrivs:\t1$", status, re.M)
        assert not re.search(r"^Uid:\t0\t", status, re.M)
    units = "vizy.target vizy-hardware.service vizy-web.service vizy-web.socket vizy-web-tls.socket"
    assert guest.run(f"systemd-analyze verify {units}") == (0, "")
    web = "setpriv --reuid=vizy-web --regid=vizy --init-groups"
    assert guest.run(f"{web} touch /var/lib/vizy/captures/x")[0] != 0
    assert guest.run(f"{web} sh -c 'cat /var/lib/vizy/captures/*.jpg' | head -c 2 | wc -c")[0] == 0


def test_the_journal_has_fields_and_no_errors(guest: Guest) -> None:
    fields = guest.ask("journalctl -u vizy-web -o json -n 50 --no-pager")
    assert '"LOGGER":"vizy.web"' in fields
    errors = guest.ask(
        "journalctl -b -p err --no-pager -q -u vizy-hardware -u vizy-web -u vizy-firstboot"
    )
    assert errors == ""


def test_the_system_page_knows_it_is_a_device(owner: Owner) -> None:
    system = owner.ask("GET", "/system")
    assert system["manager"] == "systemd"
    lines = owner.ask("GET", "/system/log")
    assert "listening on" in str(lines)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_killed_comes_back(guest: Guest, owner: Owner, service: str) -> None:
    before = main_pid(guest, service)
    guest.ask(f"systemctl kill --signal=KILL {service}")
    guest.until("another process", lambda: main_pid(guest, service) not in (0, before))
    guest.until("it is active", lambda: guest.run(f"systemctl is-active {service}")[0] == 0)
    owner.until_state("the camera is ready", lambda s: s["camera"]["status"] == "ready")
    assert owner.live_pictures(1)


def test_a_service_is_started_again_through_the_page(guest: Guest, owner: Owner) -> None:
    before = [main_pid(guest, service) for service in SERVICES]
    owner.ask("POST", "/system/restart", {"what": "all"})
    for service, pid in zip(SERVICES, before, strict=True):
        guest.until(f"{service} anew", lambda s=service, p=pid: main_pid(guest, s) not in (0, p))
    owner.until_state("the camera is ready", lambda s: s["camera"]["status"] == "ready")


def test_another_name_is_found_at_once(guest: Guest, owner: Owner) -> None:
    owner.ask("PUT", "/hostname", {"name": "garden"})
    guest.until(
        "garden.local",
        lambda: ADDRESS in answer_to(guest, "garden.local", "A"),
        limit_s=120,
    )
    named = {"Host": "garden.local", "Origin": "http://garden.local"}
    page = owner.http.get("/healthz", headers=named)
    assert page.status_code == 200, page.text
    owner.ask("PUT", "/hostname", {"name": "vizy"})


class Photographer:
    """Takes pictures until the power goes; knows which were announced."""

    def __init__(self, owner: Owner) -> None:
        self.announced: list[Any] = []
        self.refusals: list[str] = []
        self._owner = owner
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Photographer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(120)

    def until(self, count: int) -> None:
        deadline = time.monotonic() + 300
        while len(self.announced) < count:
            assert time.monotonic() < deadline, self.refusals
            others = [text for text in self.refusals if '"busy"' not in text]
            assert not others, others
            time.sleep(0.01)

    def _work(self) -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                answer = self._owner.http.post("/api/v1/captures", json={})
                if answer.is_success:
                    self.announced.append(answer.json())
                else:
                    self.refusals.append(answer.text)
                    time.sleep(0.2)


@pytest.mark.parametrize("count", [4, 9])
def test_no_announced_picture_is_lost_when_the_power_goes(
    guest: Guest, owner: Owner, figures: Figures, count: int
) -> None:
    owner.until_state("the camera is ready", lambda s: s["camera"]["status"] == "ready")
    before = owner.captures()
    owner.ask("POST", "/jobs", {"type": "burst", "count": 100})
    with Photographer(owner) as photographer:
        photographer.until(count)
        guest.cut_power()
    guest.power_on()
    figures.note("power to page, after a power cut", f"{guest.until_page():.1f} s")
    found = {each["id"]: each for each in owner.captures()}
    lost = [each["id"] for each in (*before, *photographer.announced) if each["id"] not in found]
    assert not lost
    for capture in found.values():
        owner.check_picture(capture)
    figures.note("pictures whole after a power cut", f"{len(found)}, {count} just announced")
    guest.until("everything has started", lambda: has_started(guest))
    assert guest.ask("systemctl --failed --plain --no-legend") == ""
    assert guest.run("test -e /run/vizy-data-lost")[0] == 1


def test_it_switches_itself_off_when_the_owner_says_so(guest: Guest, owner: Owner) -> None:
    owner.ask("POST", "/system/poweroff", {"confirm": "POWER OFF"})
    guest.wait_off()
    log = guest.said()
    assert re.search(r"reboot: Power down|Power-Off", log), log[-2000:]


def test_the_secret_of_the_access_point_is_in_no_journal(guest: Guest, tmp_path: Path) -> None:
    guest.power_on()
    guest.until("everything has started", lambda: has_started(guest))
    profile = "/etc/NetworkManager/system-connections/vizy-setup.nmconnection"
    psk = guest.ask(f"sed -n 's/^psk=//p' {profile}")
    assert len(psk) >= 10
    assert guest.ask(f"stat --format=%a:%U {profile}") == "600:root"
    assert guest.ask(f"grep --count {psk} /boot/firmware/vizy-wifi.txt") == "1"
    journal = guest.ask(
        "journalctl --no-pager --output=export | grep --text -c -- " + psk + " || true"
    )
    assert journal == "0"
