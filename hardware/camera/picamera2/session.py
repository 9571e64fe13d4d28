"""`Session`: one open picamera2, from acquired to released; every method runs on its thread.

It uses picamera2 without an event loop of its own (``start(show_preview=None)``): the library
thread is that loop, so nothing in here waits for another thread. The order that keeps memory
bounded is in one place: before a camera is configured again, it is stopped and each request is
given back, since buffers are freed only then and there is memory for few of them.
"""

import contextlib
import gc
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardware.camera.base import Clock
from hardware.camera.picamera2.library import FoundCamera, Library, open_camera, set_sensor_hdr
from hardware.camera.picamera2.mailbox import Mailbox, Shot, Stamp
from hardware.camera.picamera2.modes import ModeLimits, SensorMode, candidates, sensor_modes
from hardware.camera.picamera2.options import CameraOptions
from hardware.camera.picamera2.surface import (
    CompletedRequest,
    Configuration,
    LibcameraCamera,
    Limits,
    Picamera2,
)
from hardware.camera.picamera2.thread import LibraryThread
from vizy.errors import CameraError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_LIVE_FORMAT = "YUV420"
_STILL_FORMAT = "BGR888"  # picamera2's name for red, green, blue in memory
_PROBE = Size(640, 480)
_BEST_GRADE = 3
_HDR_WIDTH = 2304  # Source: the modes of drivers/media/i2c/imx708.c


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an opened camera can do.

    Attributes:
        found: Which one it is.
        full: The size of a still.
        modes: The sensor's modes; none for a camera that does not tell.
        has_lores: Whether it gives a second, smaller stream.
        has_raw: Whether it gives the sensor's raw data.
        controls: picamera2's ``camera_controls``.
    """

    found: FoundCamera
    full: Size
    modes: tuple[SensorMode, ...]
    has_lores: bool
    has_raw: bool
    controls: Mapping[str, Limits]


@dataclass(frozen=True, slots=True)
class Live:
    """A live stream to configure.

    Attributes:
        size: Of the live picture.
        interval_us: The least time between frames.
        longest_us: The greatest time between frames.
        controls: What else to set before the first frame.
    """

    size: Size
    interval_us: int
    longest_us: int
    controls: Mapping[str, Any]


class Session:
    """One camera, acquired by `open` and released by `close`."""

    def __init__(
        self,
        library: Library,
        options: CameraOptions,
        thread: LibraryThread,
        mailbox: Mailbox,
        clock: Clock,
    ) -> None:
        self._library = library
        self._options = options
        self._thread = thread
        self._mailbox = mailbox
        self._clock = clock
        self._picam2: Picamera2 | None = None
        self._abilities: Abilities | None = None
        self._run = 0
        self._completed_count = -1
        self._limits: dict[SensorMode, ModeLimits] = {}
        self._whole = 0  # what the sensor sees at most, as `ModeLimits.seen`

    def open(self) -> Abilities:
        """Acquire the camera and find out what it can do.

        Raises:
            CameraError: It is not there, in use, or fails.
        """
        number = self._options.number
        if self._options.is_sensor_hdr:
            set_sensor_hdr(self._library, number, is_on=True)
        picam2, found = open_camera(self._library, number)
        self._picam2 = picam2
        if not self._options.is_sensor_hdr and _is_in_hdr(found.model, picam2):
            self.close()
            set_sensor_hdr(self._library, number, is_on=False)
            picam2, found = open_camera(self._library, number)
            self._picam2 = picam2
        role = self._library.libcamera.StreamRole
        two = picam2.camera.generate_configuration([role.Viewfinder, role.Viewfinder])
        is_pi = "ColorFilterArrangement" in picam2.camera_properties
        raw = picam2.camera.generate_configuration([role.Raw]) if is_pi else None
        modes = sensor_modes(raw)
        full = Size(*picam2.sensor_resolution)
        self._abilities = Abilities(
            found, full, modes, two is not None and len(two) > 1, bool(modes), {}
        )
        # The limits are those of a mode: of the whole sensor, with small pictures to spare memory.
        probe = Size(min(_PROBE.width, full.width), min(_PROBE.height, full.height))
        picam2.configure(self._live_configuration(probe, probe, self._whole_mode(), {}))
        self._whole = self._mode_limits().seen
        self._abilities = Abilities(
            found,
            full,
            modes,
            self._abilities.has_lores,
            self._abilities.has_raw,
            dict(picam2.camera_controls),
        )
        picam2.post_callback = self._completed
        self._thread.watch(picam2.notifyme_r, self._process)
        return self._abilities

    def start_live(self, live: Live) -> str:
        """Configure and start the live stream.

        Returns:
            The name of the stream that carries the live picture.
        """
        _, abilities = self._opened()
        main, full = self._options.main or live.size, abilities.full
        main = Size(
            min(max(main.width, live.size.width), full.width),
            min(max(main.height, live.size.height), full.height),
        )
        self._configure_live(main, live)
        # The limits of the mode just configured, which may be wider or narrower than before.
        self._start(self._frame_limits(live) | dict(live.controls))
        return "lores" if abilities.has_lores else "main"

    def start_still(self, controls: Mapping[str, Any], *, with_raw: bool) -> None:
        """Configure and start the mode of full size, with one buffer."""
        picam2, abilities = self._opened()
        full = (abilities.full.width, abilities.full.height)
        configuration = picam2.create_still_configuration(
            main={"format": _STILL_FORMAT, "size": full},
            raw={} if with_raw else None,
            transform=self._transform(),
            buffer_count=1,
            display=None,
            encode=None,
            queue=False,
        )
        if not with_raw and (mode := self._whole_mode()) is not None:
            configuration["sensor"] = _sensor(mode)
        picam2.configure(configuration)
        self._start(controls)

    def stop(self) -> None:
        """Stop and give each request back; doing so twice is no error."""
        picam2, _ = self._opened()
        self._empty_mailbox()
        picam2.stop()
        self._empty_mailbox()

    def set_controls(self, controls: Mapping[str, Any]) -> None:
        """Write controls with the next request that goes to the camera."""
        picam2, _ = self._opened()
        picam2.set_controls(self._for_all_streams(controls))

    def close(self) -> None:
        """Release everything, whatever state it is in; doing so twice is no error."""
        picam2, self._picam2 = self._picam2, None
        if picam2 is None:
            return
        self._thread.unwatch()
        self._empty_mailbox()
        picam2.post_callback = None
        try:
            picam2.close()
        except Exception as error:  # noqa: BLE001 -- an unplugged camera refuses in many ways
            _logger.warning("the camera is let go without its consent: %s", error)
            # picamera2 gives back its own only after the camera was released, which an unplugged
            # one cannot be.
            picam2.camera = _Gone()
            picam2.close()
        del picam2
        gc.collect()  # picamera2's objects hold one another, and buffers with them

    def _process(self) -> None:
        picam2 = self._picam2
        if picam2 is None:
            return
        try:
            picam2.notifymeread.read()
            picam2.process_requests(self)
        except Exception as error:  # noqa: BLE001 -- told to the owner, who opens it again
            self._thread.unwatch()
            self._mailbox.fail(error)

    def _completed(self, request: CompletedRequest) -> None:
        """Take a frame; picamera2 calls it for each, before it gives the buffers back."""
        request.acquire()
        metadata = request.get_metadata()
        now = self._clock()
        assert request.request is not None
        # Lost frames show in the driver's number, which not every pipeline counts (virtual in 0.4).
        self._completed_count += 1
        by_driver = next(iter(request.request.buffers.values())).metadata.sequence
        number = max(by_driver, self._completed_count)
        taken = _monotonic(int(metadata.get("SensorTimestamp", now)), now)
        shot = Shot(request, metadata, Stamp(taken, now, number, self._run))
        replaced = self._mailbox.put(shot)
        if replaced is not None:
            replaced.request.release()

    def _start(self, controls: Mapping[str, Any]) -> None:
        picam2, _ = self._opened()
        picam2.set_controls(self._for_all_streams(controls))
        self._run += 1
        self._completed_count = -1
        self._mailbox.expect(self._clock())
        picam2.start(show_preview=None)

    def _empty_mailbox(self) -> None:
        if (shot := self._mailbox.take()) is not None:
            with contextlib.suppress(Exception):  # the camera is being stopped in any case
                shot.request.release()

    def _opened(self) -> tuple[Picamera2, Abilities]:
        if self._picam2 is None or self._abilities is None:
            raise CameraError("the camera is not open: open it first")
        return self._picam2, self._abilities

    def _transform(self) -> Any:
        return self._library.libcamera.Transform(
            hflip=self._options.hflip, vflip=self._options.vflip
        )

    def _live_configuration(
        self, main: Size, lores: Size, mode: SensorMode | None, controls: Mapping[str, Any]
    ) -> Configuration:
        picam2, abilities = self._opened()
        small = {"format": _LIVE_FORMAT, "size": (lores.width, lores.height)}
        return picam2.create_video_configuration(
            main={"format": _LIVE_FORMAT, "size": (main.width, main.height)},
            lores=small if abilities.has_lores else None,
            raw=None,
            transform=self._transform(),
            colour_space=self._library.libcamera.ColorSpace.Smpte170m(),
            buffer_count=self._options.buffers,
            controls=dict(controls),
            display=None,
            encode=None,
            queue=False,
            sensor={} if mode is None else _sensor(mode),
        )

    def _configure_live(self, main: Size, live: Live) -> None:
        """Configure the stream with the sensor mode that suits it best.

        What a mode can do is known only once it is configured, and remembered then.

        Raises:
            CameraError: The mode that was asked for does not exist.
        """
        _, abilities = self._opened()
        wanted = self._options.sensor_size
        modes = candidates(abilities.modes, main, wanted)
        if wanted is not None and not modes:
            sizes = ", ".join(f"{mode.size.width}x{mode.size.height}" for mode in abilities.modes)
            raise CameraError(
                f"the sensor has no mode of {wanted.width}x{wanted.height}: it has "
                f"{sizes or 'none to choose from'}"
            )
        configured: SensorMode | None = None
        best, best_grade = None, -1
        for mode in modes:
            if mode not in self._limits:
                self._configure_mode(main, live, mode)
                configured = mode
            grade = self._limits[mode].grade(live.interval_us, self._whole)
            if grade > best_grade:
                best, best_grade = mode, grade
            if grade == _BEST_GRADE:
                break
        if configured is None or configured != best:
            self._configure_mode(main, live, best)

    def _configure_mode(self, main: Size, live: Live, mode: SensorMode | None) -> None:
        picam2, _ = self._opened()
        picam2.configure(self._live_configuration(main, live.size, mode, self._frame_limits(live)))
        if mode is not None:
            self._limits[mode] = self._mode_limits()

    def _mode_limits(self) -> ModeLimits:
        advertised = self._opened()[0].camera_controls
        frame, crop = advertised.get("FrameDurationLimits"), advertised.get("ScalerCrop")
        seen = 0 if crop is None else int(crop[1][2]) * int(crop[1][3])
        return ModeLimits(0 if frame is None else _single(frame[0]), seen)

    def _whole_mode(self) -> SensorMode | None:
        """Return the mode of the whole sensor with the most bits."""
        _, abilities = self._opened()
        whole = [mode for mode in abilities.modes if mode.size == abilities.full]
        return whole[-1] if whole else None

    def _frame_limits(self, live: Live) -> dict[str, Any]:
        """Return the frame rate as libcamera takes it, within the limits of the mode."""
        limits = self._opened()[0].camera_controls.get("FrameDurationLimits")
        if limits is None:
            return {}
        low, high = _single(limits[0]), _single(limits[1])
        within = (min(max(us, low), high) for us in (live.interval_us, live.longest_us))
        return {"FrameDurationLimits": tuple(within)}

    def _for_all_streams(self, controls: Mapping[str, Any]) -> dict[str, Any]:
        """Cut each stream in the same way, where each can have a cut of its own (Pi 5)."""
        picam2, _ = self._opened()
        sent = dict(controls)
        if "ScalerCrop" in sent and "ScalerCrops" in picam2.camera_controls:
            streams = 1 if picam2.camera_configuration().get("lores") is None else 2
            sent["ScalerCrops"] = [sent.pop("ScalerCrop")] * streams
        return sent


class _Gone(LibcameraCamera):
    """Stands for a camera that is no longer there, while picamera2 lets it go."""

    id = "gone"

    def generate_configuration(self, roles: list[Any], /) -> Any:
        return None

    def stop(self) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing."""


def _is_in_hdr(model: str, picam2: Picamera2) -> bool:
    """Tell whether a Camera Module 3 was left with its HDR on, which takes half of each side."""
    return model.startswith("imx708") and picam2.sensor_resolution[0] == _HDR_WIDTH


def _sensor(mode: SensorMode) -> dict[str, Any]:
    return {"output_size": (mode.size.width, mode.size.height), "bit_depth": mode.bit_depth}


def _single(limit: Any) -> int:
    """Return a limit that some versions give for each element of an array."""
    return int(next(iter(limit)) if hasattr(limit, "__iter__") else limit)


def _monotonic(stamp_ns: int, now_ns: int) -> int:
    """Return a sensor's time as CLOCK_MONOTONIC.

    libcamera promises CLOCK_BOOTTIME, which is ahead by the time the system slept; drivers that
    stamp with CLOCK_MONOTONIC are left alone.
    """
    if stamp_ns > now_ns:
        stamp_ns -= time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
    return min(stamp_ns, now_ns)
