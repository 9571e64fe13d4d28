"""The access point with simulated radios, from a phone's side; run in the booted guest, as root.

    python3 guest_onboarding.py [--cable eth0]

Three radios of ``mac80211_hwsim``: the device's own, a phone in a network namespace, and a router
named ``Home`` in another. The cable is taken away; then the phone joins ``Vizy-XXXX`` with the key
of the profile, gets an address, resolves a foreign name, is sent to the page, and asks for a
network that is not there, for ``Home`` with a wrong password (both times the access point comes
back and says why), and for ``Home`` with the right one. Needs nothing but the image: Python, iw,
wpa_supplicant, dnsmasq, busybox. Prints a line ``ONBOARDING name ok|FAIL text`` for each step, and
ends with 0 if all are ok. Idempotent it is not: boot anew.
"""

import argparse
import configparser
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

PROFILE = Path("/etc/NetworkManager/system-connections/vizy-setup.nmconnection")
CARD = Path("/boot/firmware/vizy-wifi.txt")
PASSWORD = "roses are red"
LEASED = """#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
"""


class Failed(Exception):  # noqa: N818 - what a step says, not an error of ours
    """A step that did not come out."""


def run(*command: str) -> str:
    """Run a command; return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return done.stdout


def until(what: str, most_s: float, look: Callable[[], object]) -> float:
    """Wait until something is so; return how long that took."""
    begun = time.monotonic()
    while not look():
        if time.monotonic() - begun > most_s:
            raise Failed(f"{what}: not within {most_s:g} s")
        time.sleep(0.5)
    return time.monotonic() - begun


@contextlib.contextmanager
def within(name: str) -> Iterator[None]:
    """Be in a network namespace."""
    with Path("/proc/self/ns/net").open() as before, Path("/run/netns", name).open() as there:
        os.setns(there.fileno(), os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(before.fileno(), os.CLONE_NEWNET)


def radios() -> list[tuple[str, str]]:
    """Return the interfaces and radios that are in this namespace."""
    found = re.findall(r"phy#(\d+)\n\s+Interface (\S+)", run("iw", "dev"))
    return sorted((interface, f"phy{number}") for number, interface in found)


def prepare(folder: Path) -> tuple[str, str]:
    """Make the radios, and give two of them away; return their interfaces: phone's, router's."""
    for name in ("phone", "router"):
        run("ip", "netns", "add", name)
    run("modprobe", "mac80211_hwsim", "radios=3")
    until("three radios", 10, lambda: len(radios()) == 3)
    _, phone, router = radios()
    for name, (_, radio) in (("phone", phone), ("router", router)):
        run("iw", "phy", radio, "set", "netns", "name", name)
    folder.joinpath("leased").write_text(LEASED)
    folder.joinpath("leased").chmod(0o755)
    return phone[0], router[0]


def start_router(interface: str, folder: Path) -> None:
    """Open the network ``Home`` and give addresses there."""
    folder.joinpath("home.conf").write_text(
        f'network={{\nssid="Home"\nmode=2\nfrequency=2437\nkey_mgmt=WPA-PSK\npsk="{PASSWORD}"\n'
        "proto=RSN\npairwise=CCMP\n}\n"
    )
    with within("router"):
        run("ip", "link", "set", "lo", "up")
        run("wpa_supplicant", "-B", "-i", interface, "-c", f"{folder}/home.conf")
        until("Home", 20, lambda: "ssid Home" in run("iw", "dev", interface, "info"))
        run("ip", "addr", "add", "192.168.77.1/24", "dev", interface)
        run(
            *("dnsmasq", "--conf-file=/dev/null", f"--interface={interface}", "--bind-interfaces"),
            *("--dhcp-range=192.168.77.10,192.168.77.50", f"--pid-file={folder}/dnsmasq.pid"),
            *(f"--dhcp-leasefile={folder}/leases", "--port=0"),
        )


def access_point_is_open() -> bool:
    """Return whether the device's own radio is an access point now."""
    return "vizy-setup" in run("nmcli", "-t", "-f", "NAME", "connection", "show", "--active")


class Phone:
    """What a phone does."""

    def __init__(self, interface: str, folder: Path, name: str, key: str) -> None:
        self._interface, self._folder = interface, folder
        folder.joinpath("phone.conf").write_text(
            f'network={{\nssid="{name}"\nkey_mgmt=WPA-PSK\npsk="{key}"\n}}\n'
        )

    def join(self) -> str:
        """Join the access point, as the phone would by itself; return the address."""
        with within("phone"):
            if not self._folder.joinpath("phone.started").exists():
                run("ip", "link", "set", "lo", "up")
                conf = f"{self._folder}/phone.conf"
                run("wpa_supplicant", "-B", "-i", self._interface, "-c", conf)
                self._folder.joinpath("phone.started").touch()
            until(
                "the phone in the access point",
                60,
                lambda: "Connected to" in run("iw", "dev", self._interface, "link"),
            )
            run(
                *("busybox", "udhcpc", "-i", self._interface, "-n", "-q", "-t", "10", "-f"),
                *("-s", f"{self._folder}/leased"),
            )
            address = run("ip", "-4", "-o", "addr", "show", "dev", self._interface)
        return address.split()[3]

    def resolve(self, name: str, kind: int = 1) -> tuple[int, bytes]:
        """Ask the access point for a name; return status and the last bytes of the answer."""
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        question = labels + b"\0" + kind.to_bytes(2, "big") + b"\0\1"
        with within("phone"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(10)
            asking.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question, ("10.42.0.1", 53))
            answer = asking.recv(512)
        return answer[3] & 15, answer[-4:]

    def fetch(
        self, path: str, *, host: str = "10.42.0.1", form: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Ask the device; return status, where it leads, and the page."""
        request = Request(
            f"http://10.42.0.1{path}",
            data=urlencode(form).encode() if form else None,
            headers={"Host": host},
        )
        with within("phone"):
            try:
                with build_opener(_Stays()).open(request, timeout=20) as answer:
                    return answer.status, "", answer.read().decode()
            except HTTPError as error:
                return error.code, error.headers.get("location", ""), error.read().decode()
            except OSError as error:
                raise Failed(f"{path}: {error}") from error

    def choose(self, name: str, password: str) -> None:
        """Fill in the form and send it."""
        _, _, page = self.fetch("/setup")
        token = re.search(r'name="token" value="([^"]+)"', page)
        if token is None:
            raise Failed(f"no form: {page[-400:]}")
        listed = f'value="{name}"' in page
        form = {"token": token[1], "network": name if listed else "", "name": name}
        _, _, answer = self.fetch("/setup", form={**form, "password": password})
        if f"Vizy now joins {name}" not in answer:
            raise Failed(f"the choice was not taken: {answer[-600:]}")

    def refused(self, name: str, password: str, because: str) -> str:
        """Choose what cannot work; see the access point go, come back and say why."""
        self.choose(name, password)
        until("the access point closes", 30, lambda: not access_point_is_open())
        back_s = until("the access point is back", 120, access_point_is_open)
        self.join()
        _, _, page = self.fetch("/setup")
        told = re.search(r'role="alert">([^<]+)', page)
        if told is None or because not in told[1]:
            raise Failed(f"the page says {told and told[1]!r} and not {because!r}")
        return f"back after {back_s:.0f} s: {told[1]}"


class _Stays(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: object) -> None:
        return None


def key_of_access_point() -> tuple[str, str]:
    """Return name and key, which the card says too."""
    profile = configparser.ConfigParser(interpolation=None)
    profile.read_string(PROFILE.read_text())
    name, key = profile["wifi"]["ssid"], profile["wifi-security"]["psk"]
    if CARD.exists():
        card = CARD.read_text()
        if name not in card or key not in card:
            raise Failed(f"{CARD} does not say name and key of {PROFILE}")
    return name, key


def checked(condition: object, text: str) -> str:
    """Return a text if something is so."""
    if not condition:
        raise Failed(text)
    return text


def steps(cable: str, folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what is done, in order, and how."""
    name, key = key_of_access_point()
    phone_interface, router_interface = prepare(folder)
    start_router(router_interface, folder)
    run("ip", "link", "set", cable, "down")
    phone = Phone(phone_interface, folder, name, key)

    def opens() -> str:
        return f"{name} after {until('the access point opens', 240, access_point_is_open):.0f} s"

    def names() -> str:
        status, found = phone.resolve("connectivitycheck.gstatic.com")
        six = phone.resolve("connectivitycheck.gstatic.com", kind=28)[0]
        is_right = status == 0 and socket.inet_ntoa(found) == "10.42.0.1" and six == 0
        return checked(is_right, f"status {status}, {found!r}; IPv6 status {six}")

    def probe() -> str:
        status, to, _ = phone.fetch("/generate_204", host="connectivitycheck.gstatic.com")
        return checked((status, to) == (302, "http://10.42.0.1/setup"), f"{status} {to}")

    def page() -> str:
        status, _, text = phone.fetch("/setup")
        listed = re.findall(r'name="network" value="([^"]+)"', text)
        return checked(status == 200 and listed == ["Home"], f"{status}, listed: {listed}")

    def login() -> str:
        status, to, text = phone.fetch("/login")
        is_there = status == 200 or to in ("/welcome", "/login")
        return checked(is_there, f"{status} {to} {text[:80]!r}")

    def joins() -> str:
        phone.choose("Home", PASSWORD)
        shown = ("nmcli", "-t", "-f", "NAME,STATE", "connection", "show", "--active")
        took_s = until("Home is joined", 120, lambda: "Home:activated" in run(*shown))
        return checked(not access_point_is_open(), f"after {took_s:.0f} s, the access point gone")

    yield "opens", opens
    yield "address", phone.join
    yield "names", names
    yield "probe", probe
    yield "page", page
    yield "login", login
    yield "not-there", lambda: phone.refused("Nowhere", "long enough", "Nowhere")
    yield "wrong-password", lambda: phone.refused("Home", "violets are blue", "password")
    yield "joins", joins


def tell(step: str, came_out: str, text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"ONBOARDING {step} {came_out} {text}\n")
    sys.stdout.flush()


def main() -> int:
    """Do it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cable", default="eth0", help="the interface that is taken away")
    cable = parser.parse_args().cable
    with tempfile.TemporaryDirectory() as folder:
        step = "prepare"
        try:
            for step, do in steps(cable, Path(folder)):
                tell(step, "ok", do())
        except (Failed, OSError, KeyError) as error:
            tell(step, "FAIL", str(error))
            return 1
        return 0


if __name__ == "__main__":
    sys.exit(main())
