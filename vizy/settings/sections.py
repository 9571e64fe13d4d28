"""The settings: what there is to set, its limits and its default. Immutable, no I/O."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from vizy.settings.pins import PinSettings
from vizy.settings.sensors import SensorSettings
from vizy.settings.startup import StartupSettings
from vizy.settings.video import VideoSettings
from vizy.wanted import SIZE_PATTERN

CONFIG_NAME = "vizy.toml"

_SizeText = Annotated[str, Meta(pattern=SIZE_PATTERN)]
_Delay = Annotated[float, Meta(ge=0, le=60_000)]
_FileName = Annotated[str, Meta(min_length=1, max_length=4000)]


class CameraSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which camera to open.

    Attributes:
        backend: ``simulated``, ``picamera2``, ``v4l2`` for USB, or ``video``: a clip as the scene.
        file: The clip, for ``video``; a relative path in the file is relative to the file's folder.
        device: For ``v4l2``: a ``/dev/video*``, or one of ``/dev/v4l/by-id``, whose names stay the
            same; not set: the first camera on USB.
        number: Which of several cameras, as `vizy cameras` lists them; this and the following are
            for ``picamera2``.
        hflip: Mirror the picture left to right.
        vflip: Turn the picture upside down.
        sensor_hdr: Switch the HDR of a Camera Module 3's sensor on.
        sensor_mode: The sensor mode to use while live, as ``1640x1232``; not set: the smallest
            that sees the whole scene and is fast enough.
        still_from_stream: Take stills from the running stream, without a gap, at the price of
            memory and frame rate; otherwise the live picture stops for a moment.
        buffers: Frame buffers of each live stream; fewer need less memory.
        seed: Seed of the simulated scene.
        width: Width of the live picture in pixels.
        height: Height of the live picture in pixels.
        fps: Frames per second of the live picture.
        set_delay_ms: Least and greatest time that the simulated device takes to set a control.
        faults: Whether `vizy fault` may break things; not set: for ``simulated`` alone.
    """

    backend: Literal["simulated", "video", "picamera2", "v4l2"] = "simulated"
    file: str | None = None
    device: str | None = None
    number: Annotated[int, Meta(ge=0, le=15)] = 0
    hflip: bool = False
    vflip: bool = False
    sensor_hdr: bool = False
    sensor_mode: _SizeText | None = None
    still_from_stream: bool = False
    buffers: Annotated[int, Meta(ge=2, le=16)] = 4
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 1
    width: Annotated[int, Meta(ge=64, le=4096, multiple_of=2)] = 1280
    height: Annotated[int, Meta(ge=64, le=4096, multiple_of=2)] = 720
    fps: Annotated[float, Meta(gt=0, le=240)] = 30.0
    set_delay_ms: tuple[_Delay, _Delay] = (0.0, 0.0)
    faults: bool | None = None

    @property
    def has_faults(self) -> bool:
        """Whether faults may be injected: a real camera has none unless it is told to."""
        return self.backend == "simulated" if self.faults is None else self.faults


class StreamSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the live picture is encoded.

    Attributes:
        quality: JPEG's, for viewers that do not ask for another.
    """

    quality: Annotated[int, Meta(ge=1, le=100)] = 80


class StorageSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much room captures may take, and for how long.

    Attributes:
        floor_bytes: Free space that is kept on the disk.
        when_full: Below the floor a capture is refused, or the oldest ones that are not protected
            are deleted, as many as needed.
        undo_s: How long a deleted capture can be restored.
        keep_days: An older capture is deleted unless it is protected; not set: no age is too old.
        keep_bytes: When captures take more, the oldest ones that are not protected are deleted;
            not set: up to the floor.
    """

    floor_bytes: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 256 * 1024 * 1024
    when_full: Literal["refuse", "delete-oldest"] = "refuse"
    undo_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0
    keep_days: Annotated[float, Meta(gt=0, le=36_500)] | None = None
    keep_bytes: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class WebSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the web process listens.

    Attributes:
        host: The address; ``0.0.0.0`` is all of this machine, so that the network can reach it.
        port: 0 takes any free one.
        hosts: Names, with spaces between, under which browsers find it besides addresses,
            ``localhost`` and the machine's own name.
        tls: Whether the page is at ``https``: ``self-signed`` with a certificate that is made at
            the first start, ``own`` with the following two files.
        certificate: For ``own``: a PEM file, the device's certificate first, then those between it
            and the authority; a relative path in the file is relative to the file's folder.
        key: For ``own``: its private key, a PEM file without a password.
    """

    host: Annotated[str, Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    hosts: Annotated[str, Meta(max_length=1000)] = ""
    tls: Literal["off", "self-signed", "own"] = "off"
    certificate: _FileName | None = None
    key: _FileName | None = None


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings of both processes, resolved and checked.

    Attributes:
        state_dir: Absolute; holds what must survive: captures, the settings file.
        runtime_dir: Absolute; holds the sockets.
        config: The settings file that was asked for; None is ``STATE_DIR/vizy.toml``.
    """

    state_dir: str
    runtime_dir: str
    config: str | None = None
    camera: CameraSettings = CameraSettings()
    stream: StreamSettings = StreamSettings()
    storage: StorageSettings = StorageSettings()
    web: WebSettings = WebSettings()
    sensors: SensorSettings = SensorSettings()
    pins: PinSettings = PinSettings()
    video: VideoSettings = VideoSettings()
    startup: StartupSettings = StartupSettings()

    @property
    def captures_dir(self) -> Path:
        """The folder of the captures."""
        return Path(self.state_dir, "captures")

    @property
    def hardware_socket(self) -> Path:
        """The socket that the hardware process takes calls on."""
        return Path(self.runtime_dir, "hardware.sock")

    @property
    def frames_socket(self) -> Path:
        """The socket that the hardware process hands out frames on."""
        return Path(self.runtime_dir, "frames.sock")

    @property
    def settings_file(self) -> Path:
        """The TOML file these settings were read from, if it exists, and are saved to."""
        return Path(self.config) if self.config else Path(self.state_dir, CONFIG_NAME)
