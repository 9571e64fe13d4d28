"""`Configurator`: puts one open camera into a mode, and knows what a mode can do.

Run on the library's thread. The order that keeps memory bounded is the session's: it configures
only a camera that is stopped and whose requests are all given back. When there is not enough memory
all the same, the error says what to change.
"""

import errno
from collections.abc import Mapping
from typing import Any

from hardware.camera.picamera2.abilities import Abilities, Live
from hardware.camera.picamera2.library import Library, first_cause
from hardware.camera.picamera2.modes import ModeLimits, candidates
from hardware.camera.picamera2.options import CameraOptions
from hardware.camera.picamera2.surface import Configuration, Picamera2
from vizy.controls import ArrayValue
from vizy.errors import CameraError
from vizy.state import SensorMode, Size

_LIVE_FORMAT = "YUV420"
_STILL_FORMAT = "BGR888"  # picamera2's name for red, green, blue in memory
_PROBE = Size(640, 480)
_BEST_GRADE = 3


class Configurator:
    """The modes of one camera.

    Args:
        picam2: Open; this does not close it.
        library: It comes from there.
        options: What was chosen.
        abilities: What it can do; the controls are not looked at.
    """

    def __init__(
        self, picam2: Picamera2, library: Library, options: CameraOptions, abilities: Abilities
    ) -> None:
        self._picam2 = picam2
        self._library = library
        self._options = options
        self._abilities = abilities
        self._limits: dict[SensorMode, ModeLimits] = {}
        self._whole = 0  # what the sensor sees at most, as `ModeLimits.seen`

    def configure_probe(self) -> None:
        """Configure the whole sensor with small pictures: limits of controls are those of a mode.

        Raises:
            CameraError: The library refused.
        """
        full = self._abilities.full
        size = Size(min(_PROBE.width, full.width), min(_PROBE.height, full.height))
        self._configure(self._live_configuration(size, size, self._whole_mode(), {}))
        self._whole = self._mode_limits().seen

    def configure_live(self, live: Live) -> None:
        """Configure the live stream with the sensor mode that suits it best.

        What a mode can do is known only once it is configured, and remembered then.

        Raises:
            CameraError: The mode that was asked for does not exist, or the library refused.
        """
        full = self._abilities.full
        main = full if self._options.is_main_full else live.size
        modes = candidates(self._abilities.modes, main, self._options.sensor_size)
        self._check_wish(modes)
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

    def configure_still(self, *, with_raw: bool) -> None:
        """Configure the mode of full size, with one buffer.

        Raises:
            CameraError: The library refused.
        """
        full = self._abilities.full
        configuration = self._picam2.create_still_configuration(
            main={"format": _STILL_FORMAT, "size": (full.width, full.height)},
            raw={} if with_raw else None,
            transform=self._transform(),
            buffer_count=1,
            display=None,
            encode=None,
            queue=False,
        )
        if not with_raw and (mode := self._whole_mode()) is not None:
            configuration["sensor"] = _sensor(mode)
        self._configure(configuration)

    def frame_limits(self, live: Live) -> dict[str, Any]:
        """Return the frame rate as libcamera takes it, within the limits of the mode in force."""
        limits = self._picam2.camera_controls.get("FrameDurationLimits")
        if limits is None:
            return {}
        low, high = _single(limits[0]), _single(limits[1])
        within = (min(max(us, low), high) for us in (live.interval_us, live.longest_us))
        return {"FrameDurationLimits": tuple(within)}

    def for_streams(self, controls: Mapping[str, Any]) -> dict[str, Any]:
        """Cut each stream to its own shape, where each can have a cut of its own (Pi 5)."""
        sent = dict(controls)
        if "ScalerCrop" not in sent:
            return sent
        crop = sent.pop("ScalerCrop")
        configuration = self._picam2.camera_configuration()
        streams = [configuration.get(name) for name in ("main", "lores")]
        sizes = [stream["size"] for stream in streams if stream is not None]
        if "ScalerCrops" in self._picam2.camera_controls:
            return sent | {"ScalerCrops": [_shaped(crop, *size) for size in sizes]}
        return sent | {"ScalerCrop": _shaped(crop, *sizes[0])}

    def _configure(self, configuration: Configuration) -> None:
        try:
            self._picam2.configure(configuration)
        except Exception as error:
            if (exhausted := out_of_memory(error)) is not None:
                raise exhausted from error
            raise

    def _check_wish(self, modes: list[SensorMode]) -> None:
        wanted = self._options.sensor_size
        if wanted is not None and not modes:
            has = ", ".join(f"{m.size.width}x{m.size.height}" for m in self._abilities.modes)
            raise CameraError(
                f"the sensor has no mode of {wanted.width}x{wanted.height}: it has "
                f"{has or 'none to choose from'}"
            )

    def _live_configuration(
        self, main: Size, lores: Size, mode: SensorMode | None, controls: Mapping[str, Any]
    ) -> Configuration:
        small = {"format": _LIVE_FORMAT, "size": (lores.width, lores.height)}
        return self._picam2.create_video_configuration(
            main={"format": _LIVE_FORMAT, "size": (main.width, main.height)},
            lores=small if self._abilities.has_lores else None,
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

    def _configure_mode(self, main: Size, live: Live, mode: SensorMode | None) -> None:
        limits = self.frame_limits(live)
        self._configure(self._live_configuration(main, live.size, mode, limits))
        if mode is not None:
            self._limits[mode] = self._mode_limits()

    def _mode_limits(self) -> ModeLimits:
        advertised = self._picam2.camera_controls
        frame, crop = advertised.get("FrameDurationLimits"), advertised.get("ScalerCrop")
        seen = 0 if crop is None else int(crop[1][2]) * int(crop[1][3])
        return ModeLimits(0 if frame is None else _single(frame[0]), seen)

    def _whole_mode(self) -> SensorMode | None:
        """Return the mode of the whole sensor with the most bits."""
        full = self._abilities.full
        whole = [mode for mode in self._abilities.modes if mode.size == full]
        return whole[-1] if whole else None

    def _transform(self) -> Any:
        return self._library.libcamera.Transform(
            hflip=self._options.hflip, vflip=self._options.vflip
        )


def out_of_memory(error: Exception) -> CameraError | None:
    """Return the error to raise for one of the library that means: no memory; None for others."""
    cause = first_cause(error)
    is_errno = isinstance(cause, OSError) and cause.errno == errno.ENOMEM
    if not is_errno and "allocate" not in str(cause):
        return None
    return CameraError(
        f"there is no memory for the camera's buffers ({cause}): set fewer with camera.buffers, "
        "make the live picture smaller, or keep more memory for the camera: cma=256M in "
        "/boot/firmware/cmdline.txt"
    )


def _shaped(crop: ArrayValue, width: int, height: int) -> tuple[int, ...]:
    """Return the largest part of a crop that has the shape of a stream, in its middle."""
    left, top, across, down = map(int, crop)
    fit_across, fit_down = min(across, down * width // height), min(down, across * height // width)
    return (left + (across - fit_across) // 2, top + (down - fit_down) // 2, fit_across, fit_down)


def _sensor(mode: SensorMode) -> dict[str, Any]:
    return {"output_size": (mode.size.width, mode.size.height), "bit_depth": mode.bit_depth}


def _single(limit: Any) -> int:
    """Return a limit that some versions give for each element of an array."""
    return int(next(iter(limit)) if hasattr(limit, "__iter__") else limit)
