"""`V4l2Camera`: a USB webcam as the daemon wants it, straight through the kernel's interface.

Its methods run on the device's owner thread; it starts no other. What is asked of the kernel goes
through one `Device`, which tests replace. A still that is larger than the live picture stops the
stream, takes its own and starts it again.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import cv2

from hardware.camera.base import Camera, CameraInfo, Clock, Frame
from hardware.camera.v4l2.controls import Controls
from hardware.camera.v4l2.device import Device, OpenDevice, V4l2Device
from hardware.camera.v4l2.finder import (
    FoundDevice,
    ListDevices,
    choose,
    list_devices,
    open_camera,
)
from hardware.camera.v4l2.modes import Mode, choose_mode, find_modes, live_size, source_size
from hardware.camera.v4l2.modes import still_size as largest
from hardware.camera.v4l2.run import RETRY_S, Run
from hardware.camera.v4l2.stream import Stream
from vizy.controls import ControlValue
from vizy.errors import CameraError
from vizy.state import Size

_SETTLING_FRAMES = 5  # of a new mode, until its automatics have looked at some
_STILL_FPS = 30.0  # a mode that is not slow, if there is one
_STILL_PATIENCE_NS = 10_000_000_000


class V4l2Camera(Camera):
    """A USB webcam, or another device that gives ordinary pictures.

    Args:
        path: As ``/dev/video2``; None takes the first camera on USB.
        clock: CLOCK_MONOTONIC in nanoseconds.
        sleep: Waits that many seconds, for a still.
        open_device: Opens a device.
        devices: Lists what may be a camera.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Clock = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
        open_device: OpenDevice = V4l2Device,
        devices: ListDevices = list_devices,
    ) -> None:
        self._path = path
        self._clock = clock
        self._sleep = sleep
        self._open_device = open_device
        self._devices = devices
        self._device: Device | None = None
        self._found: FoundDevice | None = None
        self._modes: tuple[Mode, ...] = ()
        self._controls: Controls | None = None
        self._info: CameraInfo | None = None
        self._run: Run | None = None
        self._wanted: tuple[Size, float] | None = None
        self._sequence = 0

    @property
    def info(self) -> CameraInfo:
        if self._info is None:
            raise CameraError("the camera is not open: open it first")
        return self._info

    def open(self) -> None:
        if self._device is not None:
            return
        cv2.setNumThreads(1)  # the daemon's threads are its own
        path = self._path or choose(self._open_device, self._devices, self._found).path
        self._device, self._found = open_camera(self._open_device, path)
        try:
            self._modes = find_modes(self._device, path)
            size = largest(self._modes)
            self._stream(choose_mode(self._modes, size, _STILL_FPS), _STILL_FPS).claim()
            self._controls = Controls(self._device, path)
        except CameraError:
            self.close()
            raise
        self._info = CameraInfo(
            "v4l2",
            self._found.model,
            size,
            self._controls.infos,
            still_interrupts_stream=any(mode.size != size for mode in self._modes),
        )

    def close(self) -> None:
        self.stop_stream()
        if self._device is not None:
            self._device.close()
        self._device = self._controls = None

    def live_size(self, wanted: Size) -> Size:
        if not self._modes:
            raise CameraError("the camera is not open: open it first")
        return live_size(self._modes, wanted)

    def set_controls(self, values: Mapping[str, ControlValue]) -> None:
        """Write controls; one that the camera refuses is logged and stays as it is.

        Raises:
            CameraError: The camera is gone.
        """
        self._opened_controls().write(values)

    def controls(self) -> dict[str, ControlValue]:
        return self._opened_controls().read()

    def start_stream(self, size: Size, fps: float) -> None:
        self.stop_stream()
        self._run = self._started(source_size(self._modes, size), self.live_size(size), fps)
        self._wanted = (size, fps)

    def stop_stream(self) -> None:
        self._wanted = None
        run, self._run = self._run, None
        if run is not None:
            run.stop()
            self._sequence = run.sequence

    def poll_frame(self) -> Frame | None:
        return None if self._run is None else self._run.poll()

    def frame_due_s(self) -> float:
        return math.inf if self._run is None else self._run.due_s()

    def capture_still(self) -> Frame:
        metadata = self._opened_controls().set_by_hand()
        return replace(self._still(), metadata=metadata)

    def _still(self) -> Frame:
        size, wanted = self.info.still_size, self._wanted
        if self._run is not None and self._run.gives(size):
            return self._next(self._run)
        self.stop_stream()
        try:
            self._run = run = self._started(size, size, _STILL_FPS)
            for _ in range(_SETTLING_FRAMES):
                self._next(run)
            return self._next(run)
        finally:
            self.stop_stream()
            if wanted is not None:
                self.start_stream(*wanted)

    def _next(self, run: Run) -> Frame:
        """Wait for a frame that was taken from now on."""
        since_ns = self._clock()
        while (frame := run.poll()) is None or frame.timestamp_ns < since_ns:
            if self._clock() - since_ns > _STILL_PATIENCE_NS:
                raise CameraError(
                    f"no new frame came within {_STILL_PATIENCE_NS / 1e9:g} s: unplug the camera "
                    "and plug it in again"
                )
            self._sleep(RETRY_S)
        return frame

    def _started(self, source: Size, size: Size, fps: float) -> Run:
        mode = choose_mode(self._modes, source, fps)
        stream = self._stream(mode, fps)
        stream.start()
        return Run(stream, mode, size, fps, self._clock, self._sequence)

    def _opened_controls(self) -> Controls:
        if self._controls is None:
            raise CameraError("the camera is not open: open it first")
        return self._controls

    def _stream(self, mode: Mode, fps: float) -> Stream:
        if self._device is None or self._found is None:
            raise CameraError("the camera is not open: open it first")
        return Stream(self._device, self._found.path, mode, fps, self._clock)
