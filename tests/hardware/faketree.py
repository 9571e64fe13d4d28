"""A fake /sys, /proc and /run with the contents and links of a real Raspberry Pi 4, for sensors."""

import os
from collections.abc import Mapping
from pathlib import Path

STAT = """\
cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0
cpu0 1393280 32966 572056 13343292 6130 0 17875 0 23933 0
cpu1 1335498 33146 592140 13343292 6130 0 1760 0 23933 0
intr 1462898 17 1 0
ctxt 115315040
btime 1769418540
processes 104393
"""
MEMINFO = """\
MemTotal:        3884348 kB
MemFree:          211708 kB
MemAvailable:    2913261 kB
Buffers:          109476 kB
Cached:          1837652 kB
SwapCached:            0 kB
HugePages_Total:       0
SwapTotal:        102396 kB
SwapFree:          76797 kB
"""
WIRELESS = """\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   56.  -54.  -256        0      0      0     12      7        0
"""
FIRMWARE = "sys/devices/platform/soc/soc:firmware"
CPU_ZONE = "sys/devices/virtual/thermal/thermal_zone0"


class FakeTree:
    """Files below a root, as the kernel shows them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: object) -> Path:
        """Give a file its text and the line end the kernel adds; a reader sees it whole."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}")
        aside.write_text(f"{text}\n")
        return aside.replace(file)

    def fill(self, folder: str, files: Mapping[str, object]) -> Path:
        """Write several files of a folder."""
        for name, text in files.items():
            self.write(f"{folder}/{name}", text)
        return self.root / folder

    def link(self, path: str, target: str) -> None:
        """Make a link between two places of the tree, relative as the kernel's."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(self.root / target, place.parent))

    def unlink(self, path: str) -> None:
        """Remove a file or a link."""
        (self.root / path).unlink()

    def kernel(self) -> None:
        """Add what every Linux has."""
        self.write("proc/stat", STAT.rstrip())
        self.write("proc/meminfo", MEMINFO.rstrip())
        self.write("proc/loadavg", "0.20 0.18 0.12 1/80 11206")
        self.write("proc/uptime", "350735.47 234388.90")

    def zone(self, kind: str, millidegrees: int, number: int = 0) -> None:
        """Add a thermal zone."""
        folder = f"sys/devices/virtual/thermal/thermal_zone{number}"
        self.fill(folder, {"type": kind, "temp": millidegrees, "mode": "enabled"})
        self.link(f"sys/class/thermal/thermal_zone{number}", folder)

    def chip(self, number: int, device: str, files: Mapping[str, object], bus: str = "") -> None:
        """Add a hwmon chip.

        Args:
            number: Of its ``hwmonN``.
            device: The device that has it, below /sys/devices.
            files: Its files; ``name`` among them.
            bus: The bus of the device, as ``i2c``.
        """
        folder = f"sys/devices/{device}/hwmon/hwmon{number}"
        self.fill(folder, files)
        self.link(f"{folder}/device", f"sys/devices/{device}")
        self.link(f"sys/class/hwmon/hwmon{number}", folder)
        self._bus(device, bus)

    def iio(self, number: int, device: str, files: Mapping[str, object], bus: str = "i2c") -> None:
        """Add an IIO device; see `chip`."""
        folder = f"sys/devices/{device}/iio:device{number}"
        self.fill(folder, files)
        self.link(f"sys/bus/iio/devices/iio:device{number}", folder)
        self._bus(device, bus)

    def wifi(self, state: str = "up") -> None:
        """Add a Wi-Fi interface, a wired one and the loopback."""
        for interface, kind in (("wlan0", "phy80211"), ("eth0", ""), ("lo", "")):
            folder = f"sys/devices/virtual/net/{interface}"
            self.write(f"{folder}/operstate", state)
            (self.root / folder / (kind or "queues")).mkdir()
            self.link(f"sys/class/net/{interface}", folder)
        self.write("proc/net/wireless", WIRELESS.rstrip())

    def raspberry_pi(self) -> None:
        """Add what a Pi 4 with Wi-Fi and a weather sensor has."""
        self.kernel()
        self.zone("cpu-thermal", 51608)
        # The kernel shows the same temperature once more as a chip, below the zone.
        self.fill(f"{CPU_ZONE}/hwmon0", {"name": "cpu_thermal", "temp1_input": 51608})
        self.link(f"{CPU_ZONE}/hwmon0/device", CPU_ZONE)
        self.link("sys/class/hwmon/hwmon0", f"{CPU_ZONE}/hwmon0")
        self.write(f"{FIRMWARE}/get_throttled", "0")
        self.chip(
            1,
            "platform/soc/soc:firmware/raspberrypi-hwmon",
            {"name": "rpi_volt", "in0_lcrit_alarm": 0},
        )
        self.iio(
            0,
            "platform/soc/fe804000.i2c/i2c-1/1-0076",
            {
                "name": "bme280",
                "in_temp_input": 23480,
                "in_pressure_input": "98.312656250",
                "in_humidityrelative_input": 41215,
                "in_temp_oversampling_ratio": 2,
            },
        )
        self.wifi()

    def _bus(self, device: str, bus: str) -> None:
        place = f"sys/devices/{device}/subsystem"
        if bus and not (self.root / place).exists():
            (self.root / f"sys/bus/{bus}").mkdir(parents=True, exist_ok=True)
            self.link(place, f"sys/bus/{bus}")
