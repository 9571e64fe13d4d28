"""`ControlValues`: what was written, what the camera measured, and what goes to the library.

Run on the camera's owner thread; no I/O. A value that an algorithm owns at the moment is not sent:
to libcamera, an exposure time would switch automatic exposure off.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from hardware.camera.picamera2.describe import ArrayControl, describe_arrays
from hardware.camera.picamera2.surface import Limits
from vizy.controls import ControlInfo, ControlValue
from vizy.errors import InvalidValueError, UnknownControlError

AnyValue: TypeAlias = "ControlValue | Sequence[float]"

_AF_MANUAL = 0
_MEASURED = ("ExposureTime", "AnalogueGain", "ColourTemperature", "LensPosition")
_SETTLING_FRAMES = 12  # from a write to the metadata of a frame that was taken with it
_CLIPPED = 0.02  # relative; a smaller difference is the sensor's rounding


class ControlValues:
    """The values of one camera's controls.

    Args:
        infos: What the camera reports.
        advertised: picamera2's ``camera_controls``.
        kept: Values from before the camera was opened again.
    """

    def __init__(
        self,
        infos: tuple[ControlInfo, ...],
        advertised: Mapping[str, Limits],
        kept: "ControlValues | None" = None,
    ) -> None:
        self._infos = {info.name: info for info in infos}
        self._advertised = advertised
        self._values = {info.name: info.default for info in infos}
        self._arrays: dict[str, tuple[float, ...]] = {}
        self._measured: dict[str, ControlValue] = {}
        self._frames = 0
        self.array_controls = describe_arrays(advertised)
        if kept is not None:
            self._values |= {k: v for k, v in kept._values.items() if k in self._infos}
            self._arrays |= {k: v for k, v in kept._arrays.items() if k in self.array_controls}

    def current(self) -> dict[str, ControlValue]:
        """Return the scalar values in force, the results of automatic algorithms included."""
        return self._values | {
            name: value for name, value in self._measured.items() if self._is_measured(name, value)
        }

    def arrays(self) -> dict[str, tuple[float, ...]]:
        """Return the arrays that were written."""
        return dict(self._arrays)

    def write(self, values: Mapping[str, AnyValue]) -> dict[str, Any]:
        """Take values.

        Returns:
            What to send for them, in libcamera's own types.

        Raises:
            UnknownControlError: An array that the camera does not have.
            InvalidValueError: An array that does not fit its control.
        """
        arrays = {name: self._checked(name, v) for name, v in values.items() if _is_array(v)}
        scalars = {name: v for name, v in values.items() if isinstance(v, int | float)}
        switches = {name: v for name, v in scalars.items() if _is_switch(name)}
        taken = self.current() | switches
        taken |= {name: v for name, v in scalars.items() if not _is_owned(name, taken)}
        self._values, self._frames = taken, 0
        self._arrays |= arrays
        if "ColourTemperature" in scalars:
            self._arrays.pop("ColourGains", None)
        names = set(values)
        if "AeEnable" in names:
            names |= {"ExposureTime", "AnalogueGain"}
        if "AfMode" in names:
            names.add("LensPosition")
        if names & {"AwbEnable", "ColourTemperature"} and not arrays:
            names |= {"ColourGains" if "ColourGains" in self._arrays else "ColourTemperature"}
        return self._for_library(names)

    def for_start(self) -> dict[str, Any]:
        """Return what to send with a configuration: all that is not as the camera starts anyway."""
        changed = {name for name, v in self._values.items() if v != self._infos[name].default}
        if not self._values.get("AeEnable", True):
            changed |= {"ExposureTime", "AnalogueGain"}
        if not self._values.get("AwbEnable", True) and "ColourGains" not in self._arrays:
            changed.add("ColourTemperature")
        return self._for_library(changed | set(self._arrays))

    def longest_frame_us(self, interval_us: int) -> int:
        """Return the longest time between frames: an exposure set by hand may take longer."""
        if self._values.get("AeEnable", True):
            return interval_us
        return max(interval_us, int(self._values.get("ExposureTime", 0)))

    def measure(self, metadata: Mapping[str, Any]) -> None:
        """Take what a frame says about how it was taken."""
        self._frames += 1
        for name in _MEASURED:
            info, value = self._infos.get(name), metadata.get(name)
            if info is not None and isinstance(value, int | float):
                low, high = info.minimum or 0, info.maximum or 0
                value = min(max(value, low), high)
                self._measured[name] = int(value) if info.type == "int32" else round(value, 3)

    def _is_measured(self, name: str, value: ControlValue) -> bool:
        if _is_owned(name, self._values):
            return True
        written = self._values[name]
        is_clipped = abs(value - written) > _CLIPPED * max(abs(written), 1e-6)
        return self._frames > _SETTLING_FRAMES and is_clipped

    def _checked(self, name: str, value: object) -> tuple[float, ...]:
        control: ArrayControl | None = self.array_controls.get(name)
        if control is None:
            known = ", ".join(sorted(self.array_controls)) or "none"
            raise UnknownControlError(f"{name:.80} is no array of this camera: it has {known}")
        try:
            return control.check(value)
        except ValueError as error:
            raise InvalidValueError(str(error)) from error

    def _for_library(self, names: set[str]) -> dict[str, Any]:
        sent: dict[str, Any] = {
            name: self._values[name]
            for name in names
            if name in self._advertised and name in self._values
            if not _is_owned(name, self._values)
        }
        if "AeEnable" in names and "AeEnable" not in self._advertised:
            mode = 0 if self._values["AeEnable"] else 1  # automatic, manual
            sent |= {"ExposureTimeMode": mode, "AnalogueGainMode": mode}
            sent = {name: v for name, v in sent.items() if name in self._advertised}
        for name in names & set(self._arrays):
            sent |= self._array_for_library(name)
        return sent

    def _array_for_library(self, name: str) -> dict[str, Any]:
        numbers = self._arrays[name]
        if name == "ColourGains":
            return {} if self._values.get("AwbEnable", True) else {name: numbers}
        whole = tuple(int(number) for number in numbers)
        if name == "AfWindows":
            return {name: [whole]}
        return {name: whole}


def _is_array(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_switch(name: str) -> bool:
    return name in ("AeEnable", "AwbEnable", "AfMode")


def _is_owned(name: str, values: Mapping[str, ControlValue]) -> bool:
    """Tell whether an algorithm chooses this value at the moment."""
    if name in ("ExposureTime", "AnalogueGain"):
        return bool(values.get("AeEnable", False))
    if name == "ColourTemperature":
        return bool(values.get("AwbEnable", False))
    return name == "LensPosition" and values.get("AfMode", _AF_MANUAL) != _AF_MANUAL
