"""The simulated camera: a seeded scene seen by a model of an IMX219, at the real one's limits.

The default wherever there is no camera. Deterministic: the picture depends on the seed, the clock
that was injected and what was written. It can be told to fail (`FaultyCamera`). Run on the device's
one owner thread; starts no threads.
"""

import math
import random
import time
from collections.abc import Callable, Mapping
from typing import cast

import cv2
import numpy as np

from hardware.camera.base import Camera, CameraInfo, Clock, Frame, Pixels
from hardware.camera.exposure import AutoExposure
from hardware.camera.faulty import FaultyCamera
from hardware.camera.reported import SENSOR_CONTROLS
from hardware.camera.scene import Scene
from hardware.camera.sensor import SCENE_CCT_K, WHITE_US, Exposure, Sensor, mean_signal
from hardware.camera.tone import Look
from hardware.camera.zoom import zoomed
from vizy.controls import ArrayValue, ControlValue, ScalarValue, scalar
from vizy.errors import CameraError
from vizy.state import Size

STILL_SIZE = Size(3280, 2464)
_METER_SIZE = Size(160, 120)
_METER_STRIDE = 16
_LONGEST_AUTO_US = 33_000
_SETTLING_STEPS = 40
_INFO = CameraInfo("simulated", "Simulated IMX219", STILL_SIZE, SENSOR_CONTROLS)


class SimulatedCamera(FaultyCamera, Camera):
    """A camera that exists nowhere and behaves like one.

    Args:
        seed: Of the scene, the noise and the delays.
        set_delay_ms: Least and greatest time a control write takes; a slow device.
        clock: CLOCK_MONOTONIC in nanoseconds.
        sleep: Waits that many seconds; for ``set_delay_ms`` and for what hangs.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        set_delay_ms: tuple[float, float] = (0.0, 0.0),
        clock: Clock = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(seed, sleep)
        self._seed = seed
        self._set_delay_ms = set_delay_ms
        self._clock = clock
        self._sleep = sleep
        self._delays = random.Random(seed)
        self._values = {info.name: info.default for info in SENSOR_CONTROLS}
        self._auto = AutoExposure(WHITE_US)
        self._sensor: Sensor | None = None
        self._scene: Scene | None = None
        self._opened_ns = 0
        self._sequence = 0
        self._due_ns = 0
        self._fps = 0.0

    @property
    def info(self) -> CameraInfo:
        return _INFO

    def open(self) -> None:
        self._touch()
        cv2.setNumThreads(1)  # the daemon's threads are its own; a frame is cheap on one core
        self._sensor = Sensor(np.random.default_rng([self._seed, 0]))
        self._opened_ns = self._clock()
        self._sequence = 0
        self._settle()

    def close(self) -> None:
        self.stop_stream()
        self._sensor = None

    def live_size(self, wanted: Size) -> Size:
        return Size(min(wanted.width, STILL_SIZE.width), min(wanted.height, STILL_SIZE.height))

    def set_controls(self, values: Mapping[str, ControlValue]) -> None:
        self._touch_control()
        if self._set_delay_ms[1] > 0:
            self._sleep(self._delays.uniform(*self._set_delay_ms) / 1000)
        taken = self.controls() | {
            name: value for name, value in values.items() if name in ("AeEnable", "AwbEnable")
        }
        for name, value in values.items():
            is_owned = (name in ("ExposureTime", "AnalogueGain") and taken["AeEnable"]) or (
                name == "ColourTemperature" and taken["AwbEnable"]
            )
            if not is_owned:
                taken[name] = value
        self._values = taken
        if not taken["AeEnable"]:
            self._auto.start_from(self._number("ExposureTime") * self._number("AnalogueGain"))

    def controls(self) -> dict[str, ControlValue]:
        exposure = self._exposure()
        return self._values | {
            "ExposureTime": exposure.time_us,
            "AnalogueGain": exposure.gain,
            "ColourTemperature": exposure.cct_k,
        }

    def start_stream(self, size: Size, fps: float) -> None:
        self._open_sensor()
        size = self.live_size(size)
        if self._scene is None or self._scene.size != size:
            self._scene = Scene(size, self._seed)
        self._fps = fps
        self._settle()
        self._due_ns = self._clock()

    def stop_stream(self) -> None:
        self._scene = None

    def poll_frame(self) -> Frame | None:
        now = self._clock()
        scene = self._scene
        if scene is None or now < self._due_ns:
            return None
        self._touch()
        interval = self._interval_ns()
        missed = (now - self._due_ns) // interval
        timestamp = self._due_ns + missed * interval
        self._sequence += 1 + missed
        self._due_ns = timestamp + interval
        if self._loses_frame(now):
            return None
        codes = self._cut(scene.render(self._age_s(timestamp), self._sequence))
        exposure = self._exposure()
        if self._values["AeEnable"]:
            seen = codes[::_METER_STRIDE, ::_METER_STRIDE]
            self._auto.step(mean_signal(seen, self._auto.total_us), self._ev())
        pixels = self._open_sensor().develop(codes, exposure, Look.of(self._values))
        return Frame(pixels, timestamp, self._sequence, _metadata(exposure))

    def frame_due_s(self) -> float:
        if self._scene is None:
            return math.inf
        return max(0.0, (self._due_ns - self._clock()) / 1e9)

    def capture_still(self) -> Frame:
        self._touch()
        sensor = self._open_sensor()
        if self._scene is None:
            self._settle()
        timestamp = self._clock()
        self._sequence += 1
        exposure = self._exposure()
        scene = Scene(STILL_SIZE, self._seed)
        codes = self._cut(scene.render(self._age_s(timestamp), self._sequence))
        pixels = sensor.develop(codes, exposure, Look.of(self._values))
        return Frame(pixels, timestamp, self._sequence, _metadata(exposure))

    def _open_sensor(self) -> Sensor:
        if self._sensor is None:
            raise CameraError("the simulated camera is not open: open it first")
        return self._sensor

    def _settle(self) -> None:
        """Let automatic exposure arrive, as a camera does before it shows its first frame."""
        if not self._values["AeEnable"]:
            return
        codes = self._cut(Scene(_METER_SIZE, self._seed).render(self._age_s(self._clock()), 0))
        for _ in range(_SETTLING_STEPS):
            if not self._auto.step(mean_signal(codes, self._auto.total_us), self._ev(), 0.7):
                return

    def _exposure(self) -> Exposure:
        values = self._values
        if values["AeEnable"]:
            time_us, gain = self._auto.split(_LONGEST_AUTO_US)
        else:
            time_us, gain = int(self._number("ExposureTime")), self._number("AnalogueGain")
        cct_k = SCENE_CCT_K if values["AwbEnable"] else int(self._number("ColourTemperature"))
        return Exposure(time_us, gain, cct_k)

    def _interval_ns(self) -> int:
        """Return the time between frames; an exposure longer than that slows the stream."""
        return max(round(1e9 / self._fps), self._exposure().time_us * 1000)

    def _age_s(self, timestamp_ns: int) -> float:
        return (timestamp_ns - self._opened_ns) / 1e9

    def _ev(self) -> float:
        return self._number("ExposureValue")

    def _number(self, name: str) -> float:
        return float(scalar(self._values[name]))

    def _cut(self, codes: Pixels) -> Pixels:
        """Return the part of the scene that digital zoom shows."""
        return zoomed(codes, cast("ArrayValue", self._values["ScalerCrop"]), STILL_SIZE)


def _metadata(exposure: Exposure) -> dict[str, ScalarValue]:
    return {
        "ExposureTime": exposure.time_us,
        "AnalogueGain": exposure.gain,
        "ColourTemperature": exposure.cct_k,
    }
