"""A strict fake of the part of picamera2 that Vizy uses, without an event loop of its own.

It refuses what the real one refuses, with the real one's exceptions, and it leaves behind what the
real one leaves behind: a constructor that fails keeps a pipe open, and memory of a configuration
stays taken until its last request is released. With this folder's parent in ``PYTHONPATH`` the
daemon runs on it.
"""

import os
import threading
import time
from collections import deque
from typing import Any

import cv2
import libcamera
import numpy as np
from fake_rig import FULL, MODES, RIG, Exposures, FakeSensor

__all__ = ["MappedArray", "Picamera2"]

_YUV = {"YUV420", "NV12"}
_RGB = {"BGR888", "RGB888", "XBGR8888", "XRGB8888"}
_STREAM_KEYS = ("format", "size", "stride", "preserve_ar")
_ROW = 64  # rows of a buffer begin at multiples of it


class _PixelFormats:
    """libcamera's StreamFormats of the raw stream."""

    pixel_formats = ("SRGGB8", "SRGGB10_CSI2P")

    def sizes(self, pixel_format: str) -> list[libcamera.Size]:
        bits = 8 if pixel_format == "SRGGB8" else 10
        return [libcamera.Size(*size) for size, depth, _, _ in MODES if depth == bits]


class _StreamProposal:
    formats = _PixelFormats()


class _Proposal:
    """libcamera's CameraConfiguration, as far as it is asked."""

    def __init__(self, streams: int) -> None:
        self._streams = streams

    def __len__(self) -> int:
        return self._streams

    def at(self, index: int) -> _StreamProposal:
        assert index < self._streams, "libcamera would abort the process here"
        return _StreamProposal()


class _Camera:
    """libcamera's Camera."""

    def __init__(self, sensor: FakeSensor) -> None:
        self._sensor = sensor
        self.id = sensor.id

    def generate_configuration(self, roles: list[libcamera.StreamRole]) -> _Proposal | None:
        if not self._sensor.is_pi:
            return None if libcamera.StreamRole.Raw in roles else _Proposal(1)
        return _Proposal(len(roles)) if len(roles) <= 3 else None

    def release(self) -> None:
        RIG.entered("release")
        if not self._sensor.is_plugged:
            raise RuntimeError("Failed to release camera: Device or resource busy")
        self._sensor.owner = None

    def stop(self) -> None:
        RIG.entered("stop")
        if not self._sensor.is_plugged:
            raise RuntimeError("Failed to stop camera: No such device")


class _Memory:
    """The buffers of one configuration; freed with its last request."""

    def __init__(self, size_bytes: int) -> None:
        RIG.allocate(size_bytes)
        self._size_bytes = size_bytes
        self._lock = threading.Lock()
        self._users = 1

    def acquire(self) -> None:
        with self._lock:
            self._users += 1

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                RIG.free(self._size_bytes)


class _Metadata:
    sequence = 0


class _Buffer:
    def __init__(self, sequence: int) -> None:
        self.metadata = _Metadata()
        self.metadata.sequence = sequence


class _Request:
    """libcamera's Request."""

    def __init__(self, sequence: int) -> None:
        self.buffers = {"main": _Buffer(sequence)}


class CompletedRequest:
    """A frame; real buffers are used again after `release`, so here they are overwritten."""

    def __init__(self, picam2: "Picamera2", number: int, metadata: dict[str, Any]) -> None:
        self.request: _Request | None = _Request(number)
        self.config = dict(picam2.camera_config)
        self._picam2 = picam2
        self._number = number
        self._metadata = metadata
        self._memory = picam2._memory
        self._memory.acquire()
        self._run = picam2._run
        self._mapped: list[np.ndarray] = []
        self._lock = threading.Lock()
        self._references = 1
        RIG.requests_out += 1

    def acquire(self) -> None:
        with self._lock:
            if self._references == 0:
                raise RuntimeError("CompletedRequest: acquiring lock with ref_count 0")
            self._references += 1

    def release(self) -> None:
        with self._lock:
            self._references -= 1
            if self._references < 0:
                raise RuntimeError("CompletedRequest: lock now has negative ref_count")
            if self._references > 0:
                return
        for array in self._mapped:
            array[:] = 0x55
        self.request = None
        self.config = {}
        self._memory.release()
        RIG.requests_out -= 1
        self._picam2._recycle(self._run)

    def get_metadata(self) -> dict[str, Any]:
        assert self.request is not None
        return dict(self._metadata)

    def save_dng(self, file_output: Any, name: str = "raw") -> None:
        assert self.request is not None
        if self.config.get(name) is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        file_output.write(b"II*\0" + bytes(1024))  # a TIFF's beginning

    def _map(self, name: str) -> np.ndarray:
        assert self.request is not None, "the request was released"
        config = self.config[name]
        array = self._picam2._pixels(config, self._number, self._metadata)
        self._mapped.append(array)
        return array


class MappedArray:
    """The memory of a stream, inside ``with``."""

    def __init__(self, request: CompletedRequest, stream: str, reshape: bool = True) -> None:
        assert not reshape, "older versions cannot shape each format"
        self._request = request
        self._stream = stream
        self.array: np.ndarray | None = None

    def __enter__(self) -> "MappedArray":
        RIG.entered("map")
        self.array = self._request._map(self._stream)
        return self

    def __exit__(self, *error: object) -> None:
        self.array = None


class Picamera2:
    """One camera; without ``start_preview``, so the application drives `process_requests`."""

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        RIG.entered("list")
        plugged = [sensor for sensor in RIG.sensors if sensor.is_plugged]
        return [
            {"Model": sensor.model, "Id": sensor.id, "Num": number, "Rotation": 0, "Location": 2}
            for number, sensor in enumerate(plugged)
        ]

    def __init__(self, camera_num: int = 0) -> None:
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        self.is_open = False
        self.started = False
        if camera_num >= len(self.global_camera_info()):
            raise RuntimeError(f"No camera number {camera_num} found")
        sensor = [sensor for sensor in RIG.sensors if sensor.is_plugged][camera_num]
        try:
            RIG.entered("acquire")
            if sensor.owner is not None:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")
        except RuntimeError as error:
            raise RuntimeError("Camera __init__ sequence did not complete.") from error
        sensor.owner = self
        self._sensor = sensor
        self.camera: Any = _Camera(sensor)
        self.is_open = True
        self.post_callback: Any = None
        self.camera_config: dict[str, Any] = {}
        self.camera_properties = {"Model": sensor.model}
        if sensor.is_pi:
            self.camera_properties["ColorFilterArrangement"] = 0
        self.sensor_resolution = sensor.resolution
        self._controls: dict[str, Any] = {}
        self._memory: Any = None
        self._exposures: Exposures | None = None
        self._run = 0
        self._lock = threading.Lock()
        self._free = 0  # requests that libcamera has
        self._completed: deque[CompletedRequest] = deque()

    @property
    def camera_controls(self) -> dict[str, tuple[Any, Any, Any]]:
        return {name: limits for name, (_, *limits) in self._sensor.advertised().items()}

    @property
    def camera_ctrl_info(self) -> dict[str, tuple[libcamera.ControlId, object]]:
        return {
            name: (libcamera.control_id(name, kind), None)
            for name, (kind, *_) in self._sensor.advertised().items()
        }

    def create_video_configuration(
        self,
        main={},  # noqa: B006 -- picamera2's own signature
        lores=None,
        raw={},  # noqa: B006
        transform=libcamera.Transform(),  # noqa: B008
        colour_space=None,
        buffer_count=6,
        controls={},  # noqa: B006
        display="main",
        encode="main",
        queue=True,
        sensor={},  # noqa: B006
        use_case="video",
    ) -> dict[str, Any]:
        base = {"format": "XBGR8888", "size": (1280, 720), "preserve_ar": True}
        colour_space = colour_space or libcamera.ColorSpace.Rec709()
        return self._configuration(base, locals())

    def create_still_configuration(
        self,
        main={},  # noqa: B006
        lores=None,
        raw={},  # noqa: B006
        transform=libcamera.Transform(),  # noqa: B008
        colour_space=libcamera.ColorSpace.Sycc(),  # noqa: B008
        buffer_count=1,
        controls={},  # noqa: B006
        display=None,
        encode=None,
        queue=True,
        sensor={},  # noqa: B006
        use_case="still",
    ) -> dict[str, Any]:
        base = {"format": "BGR888", "size": self.sensor_resolution, "preserve_ar": True}
        return self._configuration(base, locals())

    def configure(self, camera_config: dict[str, Any]) -> None:
        RIG.entered("configure")
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        self._check(camera_config)
        sensor = self._sensor
        if sensor.is_pi:
            size, _, sensor.least_us, is_whole = self._mode(camera_config)
            sensor.seen = (0, 0, *FULL) if is_whole else (100, 100, *size)
        if not sensor.is_pi:  # it adjusts what it cannot do
            camera_config = camera_config | {"raw": None}
            camera_config["main"] = camera_config["main"] | {"format": "NV12", "size": FULL}
        if self._memory is not None:
            self._memory.release()
        self._memory = None
        streams = [camera_config[name] for name in ("main", "lores", "raw")]
        each = sum(_bytes(stream) for stream in streams if stream is not None)
        self._memory = _Memory(each * camera_config["buffer_count"])
        for stream in streams[:2]:
            if stream is not None:
                sensor.scene(stream["size"])  # takes a moment, which no frame shall wait for
        for stream in streams[:2]:
            if stream is not None:
                stream["stride"] = _stride(stream["size"][0], stream["format"])
        self.camera_config = camera_config
        sensor.applied = {}
        self._controls = {}
        self.set_controls(camera_config["controls"])

    def camera_configuration(self) -> dict[str, Any]:
        return self.camera_config

    def start(self, config: None = None, show_preview: object = False) -> None:
        assert config is None
        assert show_preview is None, "the fake has no event loop: drive process_requests"
        RIG.entered("start")
        if not self.camera_config:
            raise RuntimeError("Camera has not been configured")
        if self.started:
            return
        if not self._sensor.is_plugged:
            raise RuntimeError("Failed to start camera: No such device")
        self._send()
        self._run += 1
        self._free = self.camera_config["buffer_count"]
        self.started = True
        self._exposures = Exposures(self._sensor, self._complete)

    def stop(self) -> None:
        if not self.started:
            return
        self.camera.stop()
        self._end_exposures()
        self.started = False
        self._run += 1
        while self._completed:
            self._completed.popleft().release()

    def close(self) -> None:
        RIG.entered("close")
        if not self.is_open:
            return
        self.stop()
        self.camera.release()
        self.is_open = False
        self._end_exposures()
        if self._memory is not None:
            self._memory.release()
        self._memory = None
        self.camera_config = {}
        self.camera = None
        self.notifymeread.close()
        os.close(self.notifyme_w)

    def set_controls(self, controls: dict[str, Any]) -> None:
        RIG.entered("set_controls")
        advertised = self._sensor.advertised()
        for name, value in controls.items():
            if name not in advertised:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
            self._controls[name] = value

    def process_requests(self, display: object) -> None:
        RIG.entered("process_requests")
        while self._completed:
            request = self._completed.popleft()
            if self.post_callback is not None:
                self.post_callback(request)
            request.release()

    def _complete(self, number: int) -> None:
        """Take a frame, on the sensor's thread; without a free buffer it is lost."""
        with self._lock:
            if self._free == 0:
                return
            self._free -= 1
        metadata = self._sensor.expose() | {"SensorTimestamp": time.monotonic_ns()}
        self._completed.append(CompletedRequest(self, number, metadata))
        os.write(self.notifyme_w, b"\0")

    def _recycle(self, run: int) -> None:
        """Give a request's buffers to the camera again, with the controls that wait."""
        if run != self._run or not self.started:
            return
        if not self._sensor.is_plugged:
            raise RuntimeError("Failed to queue request: No such device")
        self._send()
        with self._lock:
            self._free += 1

    def _send(self) -> None:
        values, self._controls = self._controls, {}
        for name, value in values.items():
            _check_type(name, self._sensor.advertised()[name][0], value)
        if values:
            self._sensor.apply(values)

    def _end_exposures(self) -> None:
        if self._exposures is not None:
            self._exposures.close()
        self._exposures = None

    def _configuration(self, base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        config = {k: v for k, v in given.items() if k not in ("self", "base")}
        config["main"] = self._stream(base, config["main"])
        size = config["main"]["size"]
        if config["lores"] is not None:
            small = {"format": "YUV420", "size": size, "preserve_ar": False}
            config["lores"] = self._stream(small, config["lores"])
        if not self._sensor.is_pi:
            config["raw"] = config["sensor"] = None
        elif config["raw"] is not None:
            config["raw"] = self._stream({"format": "SRGGB10_CSI2P", "size": size}, config["raw"])
        return config

    @staticmethod
    def _stream(base: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
        for key in updates:
            if key not in _STREAM_KEYS:
                raise ValueError(f"Bad key {key!r}: valid stream configuration keys are ...")
        return base | updates

    def _check(self, config: dict[str, Any]) -> None:
        for name in ("colour_space", "transform", "main", "lores", "raw"):
            if name not in config:
                raise RuntimeError(f"{name!r} key expected in camera configuration")
        if not isinstance(config["colour_space"], libcamera.ColorSpace):
            raise RuntimeError("Colour space has incorrect type")
        if not isinstance(config["transform"], libcamera.Transform):
            raise RuntimeError("Transform has incorrect type")
        if unknown := set(config["sensor"] or {}) - {"bit_depth", "output_size"}:
            raise RuntimeError(f"Unexpected keys {unknown} in sensor configuration")
        self._check_stream(config["main"], "main", _YUV | _RGB)
        if config["lores"] is not None:
            self._check_stream(config["lores"], "lores", _YUV)
            pairs = zip(config["lores"]["size"], config["main"]["size"], strict=True)
            if any(small > large for small, large in pairs):
                raise RuntimeError("lores stream dimensions may not exceed main stream")
        if config["raw"] is not None:
            self._check_stream(config["raw"], "raw", {"SRGGB10_CSI2P", "SRGGB8"})

    @staticmethod
    def _check_stream(stream: dict[str, Any], name: str, formats: set[str]) -> None:
        if type(stream) is not dict:
            raise RuntimeError(name + " stream should be a dictionary")
        if stream["format"] not in formats:
            raise RuntimeError("Bad format " + str(stream["format"]) + " in stream " + name)
        size = stream["size"]
        if type(size) is not tuple or len(size) != 2:
            raise RuntimeError("size in " + name + " stream should be (width, height)")
        if size[0] % 2 or size[1] % 2:
            raise RuntimeError("width and height should be even")
        if size[0] > FULL[0] or size[1] > FULL[1] or min(size) < 2:
            raise RuntimeError(f"Invalid camera configuration: {stream}")

    @staticmethod
    def _mode(config: dict[str, Any]) -> tuple[tuple[int, int], int, int, bool]:
        """Return the mode that picamera2 would take."""
        asked = config["sensor"] or {}
        output = asked.get("output_size", config["main"]["size"])
        for mode in MODES:
            if mode[0] == output and mode[1] == asked.get("bit_depth", 10):
                return mode
        fitting = [mode for mode in MODES if mode[0][0] >= output[0] and mode[0][1] >= output[1]]
        return fitting[0] if fitting else MODES[-1]

    def _pixels(self, config: dict[str, Any], number: int, metadata: dict[str, Any]) -> np.ndarray:
        width, height = config["size"]
        rgb = self._sensor.render((width, height), number, metadata)
        transform = self.camera_config["transform"]
        rgb = rgb[:: -1 if transform.vflip else 1, :: -1 if transform.hflip else 1]
        left, top, crop_width, crop_height = metadata.get("ScalerCrop", (0, 0, *FULL))
        if (crop_width, crop_height) != FULL:
            x, y = left * width // FULL[0], top * height // FULL[1]
            cut = rgb[
                y : y + crop_height * height // FULL[1], x : x + crop_width * width // FULL[0]
            ]
            rgb = cv2.resize(np.ascontiguousarray(cut), (width, height))
        rgb = np.ascontiguousarray(rgb)
        return _as_format(rgb, config["format"])


def _as_format(rgb: np.ndarray, pixel_format: str) -> np.ndarray:
    height, width = rgb.shape[:2]
    stride = _stride(width, pixel_format)
    if pixel_format == "BGR888":
        padded = np.full((height, stride), 0xAA, np.uint8)
        padded[:, : width * 3] = rgb.reshape(height, width * 3)
        return padded.reshape(-1)
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420).reshape(-1)
    luma = planes[: width * height].reshape(height, width)
    chroma = planes[width * height :].reshape(2, height // 2, width // 2)
    array = np.full((height * 3 // 2, stride), 0xAA, np.uint8)
    array[:height, :width] = luma
    if pixel_format == "NV12":
        array[height:, :width] = np.stack((chroma[0], chroma[1]), axis=2).reshape(-1, width)
        return array.reshape(-1)
    array[height:].reshape(2, height // 2, stride // 2)[:, :, : width // 2] = chroma
    return array.reshape(-1)


def _stride(width: int, pixel_format: str) -> int:
    """Return the bytes from one row to the next."""
    used = width * 3 if pixel_format == "BGR888" else width
    return -(-used // _ROW) * _ROW


def _bytes(stream: dict[str, Any]) -> int:
    width, height = stream["size"]
    per_pixel = {"BGR888": 3, "RGB888": 3, "YUV420": 1.5, "NV12": 1.5}
    return int(width * height * per_pixel.get(stream["format"], 2))


def _check_type(name: str, wanted: type, value: Any) -> None:
    """Refuse what the binding cannot convert; a whole number passes for a fraction."""
    refusal = RuntimeError(f"Unable to cast Python instance to C++ type: {name}={value!r}")
    if wanted is bool and type(value) is not bool:
        raise refusal
    if wanted is int and not isinstance(value, int):
        raise refusal
    if wanted is float and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise refusal
    if wanted is tuple and not isinstance(value, list | tuple):
        raise refusal
    if wanted is list and not (isinstance(value, list) and isinstance(value[0], list | tuple)):
        raise refusal
