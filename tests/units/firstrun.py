"""``firstrun.sh`` as Raspberry Pi Imager writes it for an image of ``init_format`` systemd.

The calls, their order, their quoting and the end are Imager's; what it would do on a system without
these programs is left out, and says instead that it was reached.
Source: src/OptionsPopup.qml of rpi-imager 1.8, src/customization_generator.cpp of 2.0
"""

import hashlib
import shlex
from dataclasses import dataclass

ARGUMENTS = (
    "systemd.run=/boot/firstrun.sh",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)
"""What Imager appends to cmdline.txt."""

CUSTOM = "/usr/lib/raspberrypi-sys-mods/imager_custom"
USERCONF = "/usr/lib/userconf-pi/userconf"


@dataclass(frozen=True)
class Choices:
    """What somebody chose in Imager; empty is not chosen.

    Attributes:
        hostname: Without ``.local``.
        user: The name of the user.
        password_hash: As in /etc/shadow.
        keys: For ssh; their lines.
        has_ssh_passwords: Ssh with a password.
        ssid: The Wi-Fi's name.
        wifi_password: In clear; Imager writes what it derives.
        is_hidden: The Wi-Fi does not show its name.
        country: Of the Wi-Fi, as ``DE``.
        keyboard: As ``de``.
        timezone: As ``Europe/Berlin``.
    """

    hostname: str = ""
    user: str = ""
    password_hash: str = ""
    keys: tuple[str, ...] = ()
    has_ssh_passwords: bool = False
    ssid: str = ""
    wifi_password: str = ""
    is_hidden: bool = False
    country: str = ""
    keyboard: str = ""
    timezone: str = ""

    @property
    def psk(self) -> str:
        """What Imager writes in place of the Wi-Fi's password."""
        if not self.wifi_password:
            return ""
        words = self.wifi_password.encode(), self.ssid.encode()
        return hashlib.pbkdf2_hmac("sha1", *words, 4096, 32).hex()


def script(chosen: Choices, *, imager: int) -> str:
    """Write the script as Imager 1 or 2 does."""
    lines = ["#!/bin/bash" if imager == 1 else "#!/bin/sh", "", "set +e", ""]
    if chosen.hostname:
        lines += ['CURRENT_HOSTNAME=`cat /etc/hostname | tr -d " \\t\\n\\r"`']
        lines += _if(CUSTOM, f"{CUSTOM} set_hostname {chosen.hostname}")
    lines += ["FIRSTUSER=`getent passwd 1000 | cut -d: -f1`"]
    lines += ["FIRSTUSERHOME=`getent passwd 1000 | cut -d: -f6`"]
    if chosen.keys:
        keys = " ".join(map(_quoted, chosen.keys))
        lines += _if(CUSTOM, f"{CUSTOM} enable_ssh -k {keys}")
    elif chosen.has_ssh_passwords:
        lines += _if(CUSTOM, f"{CUSTOM} enable_ssh")
    if chosen.user or (imager == 2 and chosen.keys):
        user, password = _quoted(chosen.user or "pi"), _quoted(chosen.password_hash)
        lines += _if(USERCONF, f"{USERCONF} {user} {password}")
    if chosen.ssid:
        hidden = " -h " if chosen.is_hidden else ""
        words = " ".join(map(_quoted, (chosen.ssid, chosen.psk, chosen.country)))
        lines += _if(CUSTOM, f"{CUSTOM} set_wlan {hidden}{words}")
    if chosen.keyboard:
        lines += _if(CUSTOM, f"{CUSTOM} set_keymap {_quoted(chosen.keyboard)}")
    if chosen.timezone:
        lines += _if(CUSTOM, f"{CUSTOM} set_timezone {_quoted(chosen.timezone)}")
    lines += [
        "rm -f /boot/firstrun.sh",
        "sed -i 's| systemd.run.*||g' /boot/cmdline.txt",
        "exit 0",
        "",
    ]
    return "\n".join(lines)


def _if(program: str, call: str) -> list[str]:
    return [f"if [ -f {program} ]; then", f"   {call}", "else", "   touch /boot/fell-back", "fi"]


def _quoted(text: str) -> str:
    return shlex.quote(text) if "'" in text else f"'{text}'"
