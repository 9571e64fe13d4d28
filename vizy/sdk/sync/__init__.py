"""The SDK for programs without coroutines, made of `vizy.sdk.aio`."""

from vizy.sdk.sync.camera import Camera
from vizy.sdk.sync.captures import Capture, Captures
from vizy.sdk.sync.controls import Controls
from vizy.sdk.sync.jobs import Job
from vizy.sdk.sync.presets import Presets
from vizy.sdk.sync.sensors import Sensors
from vizy.sdk.sync.vizy import Vizy

__all__ = [
    "Camera",
    "Capture",
    "Captures",
    "Controls",
    "Job",
    "Presets",
    "Sensors",
    "Vizy",
]
