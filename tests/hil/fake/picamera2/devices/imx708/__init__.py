"""The HDR of a Camera Module 3's sensor."""

from fake_rig import FULL, RIG


class IMX708:
    """Its subdevice in the kernel."""

    def __init__(self, camera_num: int) -> None:
        self._sensor = RIG.sensors[camera_num]

    def __enter__(self) -> "IMX708":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def set_sensor_hdr_mode(self, enable: bool) -> None:
        assert self._sensor.owner is None, "the camera is open"
        self._sensor.resolution = (2304, 1296) if enable else FULL
