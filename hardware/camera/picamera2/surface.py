"""The part of picamera2 and libcamera that this back end uses, as types.

Neither library carries types that a checker could read. What is not here is not used, and the fake
in the tests offers exactly this.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Limits: TypeAlias = tuple[Any, Any, Any]  # minimum, maximum, default
Configuration: TypeAlias = dict[str, Any]


class FrameMetadata(Protocol):
    """libcamera's record of one filled buffer."""

    sequence: int


class FrameBuffer(Protocol):
    """A buffer of one stream."""

    metadata: FrameMetadata


class LibcameraRequest(Protocol):
    """libcamera's own request, inside picamera2's."""

    buffers: Mapping[Any, FrameBuffer]


class CompletedRequest(Protocol):
    """A frame that belongs to who acquired it, until it is released."""

    request: LibcameraRequest | None
    config: Mapping[str, Any]

    def acquire(self) -> None: ...
    def release(self) -> None: ...
    def get_metadata(self) -> dict[str, Any]: ...
    def save_dng(self, file_output: BinaryIO, name: str = "raw") -> None: ...


class MappedArray(Protocol):
    """A stream's memory as an array of one dimension; not to be used after the ``with``."""

    array: npt.NDArray[np.uint8]


class LibcameraCamera(Protocol):
    """libcamera's own camera, inside picamera2's."""

    id: str

    def generate_configuration(self, roles: list[Any], /) -> Any: ...


class ControlType(Protocol):
    """The type of a control; an enumerator."""

    name: str


class ControlId(Protocol):
    """What libcamera says of a control whatever the camera."""

    type: ControlType
    isArray: bool  # noqa: N815 -- libcamera's name
    size: int


class Picamera2(Protocol):
    """One open camera."""

    camera: LibcameraCamera
    camera_controls: Mapping[str, Limits]
    camera_ctrl_info: Mapping[str, tuple[ControlId, Any]]
    camera_properties: Mapping[str, Any]
    sensor_resolution: tuple[int, int]
    notifyme_r: int
    notifyme_w: int
    notifymeread: BinaryIO
    post_callback: Callable[[CompletedRequest], None] | None

    def create_video_configuration(self, **options: Any) -> Configuration: ...
    def create_still_configuration(self, **options: Any) -> Configuration: ...
    def configure(self, camera_config: Configuration) -> None: ...
    def camera_configuration(self) -> Configuration: ...
    def start(self, config: None = None, show_preview: None = None) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    def set_controls(self, controls: Mapping[str, Any]) -> None: ...
    def process_requests(self, display: object) -> None: ...


class Picamera2Module(Protocol):
    """``import picamera2``."""

    Picamera2: Any
    MappedArray: Callable[[CompletedRequest, str, bool], AbstractContextManager[MappedArray]]


class LibcameraModule(Protocol):
    """``import libcamera``."""

    Transform: Callable[..., Any]
    ColorSpace: Any
    StreamRole: Any
    controls: Any
