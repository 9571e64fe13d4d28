"""How well each Wi-Fi interface hears its access point.

Source: /proc/net/wireless (net/wireless/wext-proc.c of the kernel): quality of 70 with drivers of
today, level in dBm, -256 for unknown. An interface is Wi-Fi if /sys/class/net has ``phy80211`` or
``wireless`` in its folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hardware.sensors.address import numbered, slug
from hardware.sensors.kinds import PERCENT, SIGNAL
from hardware.sensors.source import Channel, Outcome, Source, read_text, text_or

_BEST_QUALITY = 70
_UNKNOWN_DBM = -256


class _Heard(NamedTuple):
    quality: float
    level_dbm: float


class WifiInterface(Source):
    """One interface."""

    def __init__(self, root: Path, interface: str) -> None:
        name = f"wifi.{slug(interface)}"
        self.key = name
        self._interface = interface
        self._state = root / "sys/class/net" / interface / "operstate"
        self._table = root / "proc/net/wireless"
        self.channels = (
            Channel(f"{name}.signal", f"Wi-Fi signal of {interface}", SIGNAL),
            Channel(f"{name}.quality", f"Wi-Fi quality of {interface}", PERCENT),
        )

    def read(self) -> Mapping[str, Outcome]:
        """Look the interface up in the kernel's table."""
        signal, quality = (channel.name for channel in self.channels)
        away = f"{self._interface} is not connected"
        if text_or(self._state, "unknown") not in ("up", "unknown"):
            return {signal: away, quality: away}
        heard = _heard(read_text(self._table)).get(self._interface)
        if heard is None:
            return {signal: away, quality: away}
        is_known = _UNKNOWN_DBM < heard.level_dbm < 0
        return {
            signal: heard.level_dbm if is_known else "the driver does not tell it in dBm",
            quality: 100 * min(heard.quality / _BEST_QUALITY, 1.0),
        }


def find_wifi(root: Path) -> Iterator[WifiInterface]:
    """Find the Wi-Fi interfaces there are now."""
    for folder in numbered(root / "sys/class/net", "*"):
        if (folder / "phy80211").exists() or (folder / "wireless").exists():
            yield WifiInterface(root, folder.name)


def _heard(table: str) -> dict[str, _Heard]:
    found: dict[str, _Heard] = {}
    for line in table.splitlines()[2:]:
        name, _, rest = line.partition(":")
        words = rest.split()
        found[name.strip()] = _Heard(float(words[1].rstrip(".")), float(words[2].rstrip(".")))
    return found
