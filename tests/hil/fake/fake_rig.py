"""The cameras behind the fake libcamera: sensors on a cable that a test can pull.

`RIG` is what is connected to this machine. A test changes it through plain methods; the fake
picamera2 asks it. Sensors run on the wall clock, each on a thread of its own while it streams.
"""

import errno
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hardware.camera.scene import Scene
from hardware.camera.sensor import Exposure, Sensor
from hardware.camera.tone import Look
from vizy.state import Size

FULL = (1640, 1232)
# Size, bits, least frame duration in µs, whether it sees the whole scene.
MODES = [
    ((640, 480), 10, 5_000, False),
    ((820, 616), 10, 16_000, True),
    ((1280, 720), 10, 8_000, False),
    ((1640, 1232), 8, 20_000, True),
    ((1640, 1232), 10, 40_000, True),
]
_TARGET_US = 15_000  # what automatic exposure ends on
_STEP = 0.5
_SCENES: dict[tuple[int, int], Scene] = {}


def _advertised(least_us: int) -> dict[str, tuple[type, Any, Any, Any]]:
    """Return libcamera's type and minimum, maximum, default of each control."""
    return {
        "AeEnable": (bool, False, True, None),
        "AeConstraintMode": (int, 0, 3, 0),
        "AeExposureMode": (int, 0, 3, 0),
        "AeFlickerMode": (int, 0, 1, 0),
        "AeFlickerPeriod": (int, 100, 1_000_000, None),
        "AeMeteringMode": (int, 0, 3, 0),
        "AfMetering": (int, 0, 1, 0),
        "AfMode": (int, 0, 2, 0),
        "AfPause": (int, 0, 2, 0),
        "AfRange": (int, 0, 2, 0),
        "AfSpeed": (int, 0, 1, 0),
        "AfTrigger": (int, 0, 1, 0),
        "AfWindows": (list, (0, 0, 0, 0), (65_535, 65_535, 65_535, 65_535), (0, 0, 0, 0)),
        "AnalogueGain": (float, 1.0, 10.666667, 1.0),
        "AwbEnable": (bool, False, True, None),
        "AwbMode": (int, 0, 7, 0),
        "Brightness": (float, -1.0, 1.0, 0.0),
        "ColourCorrectionMatrix": (tuple, -16.0, 16.0, None),
        "ColourGains": (tuple, 0.0, 32.0, None),
        "ColourTemperature": (int, 100, 100_000, None),
        "Contrast": (float, 0.0, 32.0, 1.0),
        "ExposureTime": (int, 75, 11_766_829, 20_000),
        "ExposureValue": (float, -8.0, 8.0, 0.0),
        "FrameDurationLimits": (tuple, least_us, 11_767_556, least_us),
        "HdrMode": (int, 0, 4, 0),
        "LensPosition": (float, 0.0, 32.0, 1.0),
        "NoiseReductionMode": (int, 0, 4, 0),
        "Saturation": (float, 0.0, 32.0, 1.0),
        "Sharpness": (float, 0.0, 16.0, 1.0),
        "PispConfigDumpFile": (str, None, None, None),
        "StatsOutputEnable": (bool, False, True, False),
    }


@dataclass
class FakeSensor:
    """One camera on its cable.

    Attributes:
        is_pi: Whether it has an image processor and a raw stream, or is a webcam.
        is_plugged: Whether its cable is in.
        is_silent: Whether it sends nothing, as with a cable that is loose.
        is_sharp: Whether its autofocus finds anything.
        frames_to_lose: How many frames the next glitch takes.
        written: The controls of each request that carried any, in order.
    """

    model: str = "imx219"
    id: str = "/base/soc/i2c0mux/i2c@1/imx219@10"
    is_pi: bool = True
    is_plugged: bool = True
    is_silent: bool = False
    has_autofocus: bool = True
    is_sharp: bool = True
    owner: object = None
    frames_to_lose: int = 0
    least_us: int = 20_000
    resolution: tuple[int, int] = FULL
    seen: tuple[int, int, int, int] = (0, 0, *FULL)
    applied: dict[str, Any] = field(default_factory=dict)
    written: list[dict[str, Any]] = field(default_factory=list)
    exposure_us: float = 8_000.0
    scan: int = 0

    def advertised(self) -> dict[str, tuple[type, Any, Any, Any]]:
        if not self.is_pi:
            return {"FrameDurationLimits": (tuple, 33_333, 66_666, 33_333)}
        found = _advertised(self.least_us)
        x, y, width, height = self.seen
        suits_stream = (x, y + 16, width, height - 32)
        found["ScalerCrop"] = (tuple, (0, 0, 64, 64), self.seen, suits_stream)
        if self.has_autofocus:
            return found
        return {name: v for name, v in found.items() if name[:2] != "Af" and name[:4] != "Lens"}

    def apply(self, values: Mapping[str, Any]) -> None:
        """Take the controls of one request, as the camera's own software does: clamped."""
        self.written.append(dict(values))
        advertised = self.advertised()
        for name, value in values.items():
            _, low, high, _ = advertised[name]
            is_scalar = isinstance(value, int | float) and not isinstance(value, bool)
            self.applied[name] = min(max(value, low), high) if is_scalar else value
        if values.get("AfTrigger") == 0:
            self.scan = 4

    def interval_us(self) -> int:
        low, high = self.applied.get("FrameDurationLimits", (self.least_us, 1_000_000))
        return max(self.least_us, low, min(high, round(self.metadata_exposure())))

    def metadata_exposure(self) -> float:
        if self.applied.get("AeEnable", True):
            return self.exposure_us
        _, longest = self.applied.get("FrameDurationLimits", (0, 1_000_000))
        return float(min(self.applied.get("ExposureTime", 20_000), longest))

    def expose(self) -> dict[str, Any]:
        """Take a frame; return what its metadata says."""
        is_automatic = self.applied.get("AeEnable", True)
        wanted = _TARGET_US * 2 ** self.applied.get("ExposureValue", 0.0)
        if is_automatic:
            self.exposure_us += (wanted - self.exposure_us) * _STEP
        is_converged = abs(self.exposure_us - wanted) <= 0.03 * wanted
        self.scan = max(0, self.scan - 1)
        metadata: dict[str, Any] = {"FrameDuration": self.interval_us()}
        if self.is_pi:
            metadata |= {
                "AeState": (2 if is_converged else 1) if is_automatic else 0,
                "ExposureTime": round(self.metadata_exposure()) // 5 * 5,  # whole lines
                "AnalogueGain": 1.0 if is_automatic else self.applied.get("AnalogueGain", 1.0),
                "ColourTemperature": self._kelvin(),
                "ScalerCrop": self.applied.get("ScalerCrop", (0, 0, *FULL)),
            }
        if self.has_autofocus:
            metadata["AfState"] = 1 if self.scan else (2 if self.is_sharp else 3)
        return metadata

    def scene(self, size: tuple[int, int]) -> Scene:
        """Return what it sees at a size."""
        if size not in _SCENES:
            _SCENES[size] = Scene(Size(*size), 3)
        return _SCENES[size]

    def render(self, size: tuple[int, int], number: int, metadata: Mapping[str, Any]) -> Any:
        """Return the picture as RGB, in the light and with the controls of that frame."""
        codes = self.scene(size).render(number / 30, number)
        sensor = Sensor(np.random.default_rng([3, number]))
        values = {"Brightness": 0.0, "Contrast": 1.0, "Saturation": 1.0, "Sharpness": 1.0}
        look = Look.of(values | {k: v for k, v in self.applied.items() if k in values})
        exposure = Exposure(
            int(metadata.get("ExposureTime", 10_000)),
            float(metadata.get("AnalogueGain", 1.0)),
            int(metadata.get("ColourTemperature", 5_600)),
        )
        return sensor.develop(codes, exposure, look)

    def _kelvin(self) -> int:
        if self.applied.get("AwbEnable", True):
            return 5_600
        return int(self.applied.get("ColourTemperature", 5_600))


class Rig:
    """What is connected to this machine, and what goes wrong next."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Connect one healthy camera."""
        self.sensors = [FakeSensor()]
        self.memory_bytes = 64 * 1024 * 1024
        self.memory_used = 0
        self.most_used = 0
        self.requests_out = 0
        self._hanging: set[str] = set()
        self._failing: dict[str, Exception] = {}
        self.released = threading.Event()

    def hang(self, call: str) -> None:
        """Let the next call of that name not return before `let_go`."""
        self.released.clear()
        self._hanging.add(call)

    def let_go(self) -> None:
        """Let what hangs return."""
        self._hanging.clear()
        self.released.set()

    def fail(self, call: str, error: Exception) -> None:
        """Let the next call of that name raise."""
        self._failing[call] = error

    def entered(self, call: str) -> None:
        """Be told that a call of the library has begun; it may hang or fail."""
        if call in self._hanging:
            self._hanging.discard(call)
            assert self.released.wait(60), "nobody let the camera go"
        if (error := self._failing.pop(call, None)) is not None:
            raise error

    def allocate(self, size_bytes: int) -> None:
        """Take memory for frame buffers; there is little of it, as on a Pi."""
        if self.memory_used + size_bytes > self.memory_bytes:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        self.memory_used += size_bytes
        self.most_used = max(self.most_used, self.memory_used)

    def free(self, size_bytes: int) -> None:
        """Give memory back."""
        self.memory_used -= size_bytes


RIG = Rig()


class Exposures:
    """The thread of a sensor that streams: calls ``each(number)`` for each frame."""

    def __init__(self, sensor: FakeSensor, each: Callable[[int], None]) -> None:
        self._sensor = sensor
        self._each = each
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-sensor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        due, number = time.monotonic() + self._sensor.metadata_exposure() / 1e6, 0
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due += self._sensor.interval_us() / 1e6
            sensor = self._sensor
            if sensor.is_plugged and not sensor.is_silent and sensor.frames_to_lose == 0:
                self._each(number)
            sensor.frames_to_lose = max(0, sensor.frames_to_lose - 1)
            number += 1
