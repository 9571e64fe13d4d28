"""`Session`: one open picamera2, from acquired to released; every method runs on its thread.

It uses picamera2 without an event loop of its own (``start(show_preview=None)``): the library
thread is that loop, so nothing in here waits for another thread. The order that keeps memory
bounded is in one place: before a camera is configured again, it is stopped and each request is
given back, since buffers are freed only then and there is memory for few of them.
"""

import contextlib
import dataclasses
import gc
import logging
import time
from collections.abc import Mapping
from typing import Any

from hardware.camera.base import Clock
from hardware.camera.picamera2.abilities import Abilities, Live
from hardware.camera.picamera2.advertised import read
from hardware.camera.picamera2.configurator import Configurator, out_of_memory
from hardware.camera.picamera2.library import FoundCamera, Library, open_camera, set_sensor_hdr
from hardware.camera.picamera2.mailbox import Mailbox, Shot, Stamp
from hardware.camera.picamera2.modes import sensor_modes
from hardware.camera.picamera2.options import CameraOptions
from hardware.camera.picamera2.surface import CompletedRequest, LibcameraCamera, Picamera2
from hardware.camera.picamera2.thread import LibraryThread
from vizy.errors import CameraError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_HDR_WIDTH = 2304  # Source: the modes of drivers/media/i2c/imx708.c


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
        self._configurator: Configurator | None = None
        self._run = 0
        self._completed_count = -1

    def open(self) -> Abilities:
        """Acquire the camera and find out what it can do.

        Raises:
            CameraError: It is not there, in use, or fails.
        """
        picam2, found = self._acquire()
        role = self._library.libcamera.StreamRole
        two = picam2.camera.generate_configuration([role.Viewfinder, role.Viewfinder])
        is_pi = "ColorFilterArrangement" in picam2.camera_properties
        raw = picam2.camera.generate_configuration([role.Raw]) if is_pi else None
        modes = sensor_modes(raw)
        full = Size(*picam2.sensor_resolution)
        has_lores = two is not None and len(two) > 1
        abilities = Abilities(found, full, modes, has_lores, bool(modes), {})
        self._configurator = Configurator(picam2, self._library, self._options, abilities)
        self._configurator.configure_probe()
        picam2.post_callback = self._completed
        self._thread.watch(picam2.notifyme_r, self._process)
        return dataclasses.replace(abilities, controls=read(picam2))

    def start_live(self, live: Live) -> None:
        """Configure and start the live stream."""
        _, configurator = self._opened()
        configurator.configure_live(live)
        # The limits of the mode just configured, which may be wider or narrower than before.
        self._start(configurator.frame_limits(live) | dict(live.controls))

    def start_still(self, controls: Mapping[str, Any], *, with_raw: bool) -> None:
        """Configure and start the mode of full size, with one buffer."""
        _, configurator = self._opened()
        configurator.configure_still(with_raw=with_raw)
        self._start(controls)

    def stop(self) -> None:
        """Stop and give each request back; doing so twice is no error."""
        picam2, _ = self._opened()
        self._empty_mailbox()
        picam2.stop()
        self._empty_mailbox()

    def set_controls(self, controls: Mapping[str, Any], rate_of: Live | None = None) -> None:
        """Write controls with the next request that goes to the camera.

        Args:
            controls: In libcamera's own types.
            rate_of: The stream whose frame rate to ask for anew; None leaves it as it is.
        """
        picam2, configurator = self._opened()
        rate = {} if rate_of is None else configurator.frame_limits(rate_of)
        picam2.set_controls(rate | configurator.for_streams(controls))

    def close(self) -> None:
        """Release everything, whatever state it is in; doing so twice is no error."""
        picam2, self._picam2 = self._picam2, None
        self._configurator = None
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

    def _acquire(self) -> tuple[Picamera2, FoundCamera]:
        """Acquire the camera, its sensor's HDR on or off as chosen."""
        number, is_hdr = self._options.number, self._options.is_sensor_hdr
        if is_hdr:
            set_sensor_hdr(self._library, number, is_on=True)
        self._picam2, found = open_camera(self._library, number)
        if not is_hdr and _is_in_hdr(found.model, self._picam2):
            self.close()
            set_sensor_hdr(self._library, number, is_on=False)
            self._picam2, found = open_camera(self._library, number)
        return self._picam2, found

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
        picam2, configurator = self._opened()
        picam2.set_controls(configurator.for_streams(controls))
        self._run += 1
        self._completed_count = -1
        self._mailbox.expect(self._clock())
        try:
            picam2.start(show_preview=None)
        except Exception as error:
            if (exhausted := out_of_memory(error)) is not None:
                raise exhausted from error
            raise

    def _empty_mailbox(self) -> None:
        if (shot := self._mailbox.take()) is not None:
            with contextlib.suppress(Exception):  # the camera is being stopped in any case
                shot.request.release()

    def _opened(self) -> tuple[Picamera2, Configurator]:
        if self._picam2 is None or self._configurator is None:
            raise CameraError("the camera is not open: open it first")
        return self._picam2, self._configurator


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


def _monotonic(stamp_ns: int, now_ns: int) -> int:
    """Return a sensor's time as CLOCK_MONOTONIC.

    libcamera promises CLOCK_BOOTTIME, which is ahead by the time the system slept; drivers that
    stamp with CLOCK_MONOTONIC are left alone.
    """
    if stamp_ns > now_ns:
        stamp_ns -= time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
    return min(stamp_ns, now_ns)
