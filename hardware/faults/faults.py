"""`Faults`: does what `vizy fault` asks for, where it is allowed; on the daemon's loop.

It only tells the parts that can fail, which are the camera, the disk and the encoder, and waits for
nothing: a camera that hangs must be told that it may return.
"""

import logging

from hardware.camera.base import Camera
from hardware.camera.faulty import FaultyCamera
from hardware.faults.disk import DiskFaults
from hardware.faults.encoder import EncoderFault
from vizy import faults
from vizy.errors import FaultRefusedError
from vizy.settings import CameraSettings

_logger = logging.getLogger(__name__)


class Faults:
    """The faults of one daemon.

    Args:
        camera: Takes faults if it is a `FaultyCamera`.
        settings: Say whether faults are allowed.

    Attributes:
        disk: What captures are written with.
        encoder: What live frames are encoded with.
    """

    def __init__(self, camera: Camera, settings: CameraSettings) -> None:
        self._given = camera
        self._settings = settings
        self.disk = DiskFaults()
        self.encoder = EncoderFault()

    def inject(self, fault: faults.Fault) -> None:
        """Make a fault happen.

        Raises:
            FaultRefusedError: Faults are not allowed here, or the camera has none.
        """
        if not self._settings.has_faults:
            raise FaultRefusedError(
                f"faults are not allowed with the camera {self._settings.backend}: set "
                "camera.faults = true (VIZY_CAMERA_FAULTS) and start the daemon again"
            )
        self._do(fault)
        _logger.warning("fault on demand: %s", fault)

    def _do(self, fault: faults.Fault) -> None:
        match fault:
            case faults.Stall(seconds):
                self._camera.stall(seconds)
            case faults.HangControl(seconds):
                self._camera.hang_control(seconds)
            case faults.Drop(share):
                self._camera.lose(share)
            case faults.Unplug():
                self._camera.unplug()
            case faults.Plug():
                self._camera.plug()
            case faults.OutOfBuffers():
                self._camera.run_out_of_buffers()
            case faults.EncoderError():
                self.encoder.fail_next()
            case faults.IoError(count):
                self.disk.fail(count=count)
            case faults.SlowDisk(bytes_per_s):
                self.disk.slow_down(bytes_per_s)
            case faults.Clear():
                self._clear()

    @property
    def _camera(self) -> FaultyCamera:
        if not isinstance(self._given, FaultyCamera):
            raise FaultRefusedError(
                f"the camera {self._settings.backend} cannot be made to fail: use the simulated one"
            )
        return self._given

    def _clear(self) -> None:
        self.disk.clear()
        self.encoder.clear()
        if isinstance(self._given, FaultyCamera):
            self._given.clear_faults()
