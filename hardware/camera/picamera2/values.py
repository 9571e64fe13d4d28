"""`ControlValues`: what was written, what the camera measured, and what goes to the library.

Run on the camera's owner thread; no I/O. A value that an algorithm owns at the moment is not sent:
to libcamera, an exposure time would switch automatic exposure off.
"""

from collections.abc import Mapping
from typing import Any, cast

from hardware.camera.picamera2.advertised import Advertised
from hardware.camera.picamera2.describe import AS_THE_STREAM, NO_GAINS
from vizy.controls import ArrayValue, ControlInfo, ControlValue, scalar

_AF_MANUAL = 0
_MEASURED = ("ExposureTime", "AnalogueGain", "ColourTemperature", "LensPosition")
_SETTLING_FRAMES = 12  # from a write to the metadata of a frame that was taken with it
_CLIPPED = 0.02  # relative; a smaller difference is the sensor's rounding
_COLOUR = {"AwbEnable", "ColourTemperature", "ColourGains"}


class ControlValues:
    """The values of one camera's controls.

    Args:
        infos: What the camera reports.
        advertised: What libcamera says.
        kept: Values from before the camera was opened again.
    """

    def __init__(
        self,
        infos: tuple[ControlInfo, ...],
        advertised: Mapping[str, Advertised],
        kept: "ControlValues | None" = None,
    ) -> None:
        self._infos = {info.name: info for info in infos}
        self._advertised = advertised
        self._values = {info.name: info.default for info in infos}
        self._measured: dict[str, ControlValue] = {}
        self._frames = 0
        if kept is not None:
            self._values |= {k: v for k, v in kept._values.items() if k in self._infos}

    def current(self) -> dict[str, ControlValue]:
        """Return the values in force, the results of automatic algorithms included."""
        return self._values | {
            name: value for name, value in self._measured.items() if self._is_measured(name, value)
        }

    def write(self, values: Mapping[str, ControlValue]) -> dict[str, Any]:
        """Take values.

        Returns:
            What to send for them, in libcamera's own types.
        """
        switches = {name: v for name, v in values.items() if _is_switch(name)}
        taken = self.current() | switches
        taken |= {name: v for name, v in values.items() if not _is_owned(name, taken)}
        is_newer = "ColourTemperature" in values and "ColourGains" not in values
        if is_newer and "ColourGains" in taken and not _is_owned("ColourGains", taken):
            taken["ColourGains"] = NO_GAINS
        self._values, self._frames = taken, 0
        names = set(values)
        if "AeEnable" in names:
            names |= {"ExposureTime", "AnalogueGain"}
        if "AfMode" in names:
            names.add("LensPosition")
        if names & _COLOUR:
            names |= _COLOUR
        return self._for_library(names)

    def for_start(self) -> dict[str, Any]:
        """Return what to send with a configuration: all that is not as the camera starts anyway."""
        changed = {name for name, v in self._values.items() if v != self._infos[name].default}
        if not self._values.get("AeEnable", True):
            changed |= {"ExposureTime", "AnalogueGain"}
        if not self._values.get("AwbEnable", True):
            changed |= _COLOUR
        return self._for_library(changed)

    def frame_us(self, interval_us: int) -> tuple[int, int]:
        """Return the least and the greatest time between frames.

        Args:
            interval_us: That of the rate that the stream was started with.
        """
        limits = cast("ArrayValue", self._values.get("FrameDurationLimits", AS_THE_STREAM))
        least, longest = (int(limit) or interval_us for limit in limits)
        if not self._values.get("AeEnable", True):  # an exposure set by hand may take longer
            longest = max(longest, int(scalar(self._values.get("ExposureTime", 0))))
        return least, max(least, longest)

    def longest_exposure_s(self) -> float:
        """Return the longest exposure that may be under way: the one in force, or the last one."""
        written = self.current().get("ExposureTime", 0)
        return max(float(scalar(v)) for v in (written, self._measured.get("ExposureTime", 0))) / 1e6

    def measure(self, metadata: Mapping[str, Any]) -> None:
        """Take what a frame says about how it was taken."""
        self._frames += 1
        for name in _MEASURED:
            info, value = self._infos.get(name), metadata.get(name)
            if info is not None and isinstance(value, int | float):
                low, high = scalar(info.minimum or 0), scalar(info.maximum or 0)
                value = min(max(value, low), high)
                self._measured[name] = int(value) if info.type == "int32" else round(value, 3)

    def _is_measured(self, name: str, value: ControlValue) -> bool:
        if _is_owned(name, self._values):
            return True
        written = scalar(self._values[name])
        is_clipped = abs(scalar(value) - written) > _CLIPPED * max(abs(written), 1e-6)
        return self._frames > _SETTLING_FRAMES and is_clipped

    def _for_library(self, names: set[str]) -> dict[str, Any]:
        sent: dict[str, Any] = {
            name: self._values[name]
            for name in names
            if name in self._advertised and name in self._values and not self._is_left_out(name)
        }
        if "AfWindows" in sent:
            sent["AfWindows"] = [sent["AfWindows"]]
        if "AeEnable" in names and "AeEnable" not in self._advertised:
            mode = 0 if self._values["AeEnable"] else 1  # automatic, manual
            sent |= {"ExposureTimeMode": mode, "AnalogueGainMode": mode}
            sent = {name: v for name, v in sent.items() if name in self._advertised}
        return sent

    def _is_left_out(self, name: str) -> bool:
        """Tell whether a value is not the one to send; frame durations go with the stream's own."""
        if name in ("ColourGains", "ColourTemperature") and not self._values.get("AwbEnable", True):
            gains = cast("ArrayValue", self._values.get("ColourGains", NO_GAINS))
            return (name == "ColourGains") != all(gains)
        return name == "FrameDurationLimits" or _is_owned(name, self._values)


def _is_switch(name: str) -> bool:
    return name in ("AeEnable", "AwbEnable", "AfMode")


def _is_owned(name: str, values: Mapping[str, ControlValue]) -> bool:
    """Tell whether an algorithm chooses this value at the moment."""
    if name in ("ExposureTime", "AnalogueGain"):
        return bool(values.get("AeEnable", False))
    if name in ("ColourTemperature", "ColourGains"):
        return bool(values.get("AwbEnable", False))
    return name == "LensPosition" and values.get("AfMode", _AF_MANUAL) != _AF_MANUAL
