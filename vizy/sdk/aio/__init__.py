"""The SDK for coroutines: the truth, of which `vizy.sdk.sync` is made by tools/unasync.py."""

from vizy.sdk.aio.camera import AsyncCamera
from vizy.sdk.aio.captures import AsyncCapture, AsyncCaptures
from vizy.sdk.aio.controls import AsyncControls
from vizy.sdk.aio.jobs import AsyncJob
from vizy.sdk.aio.presets import AsyncPresets
from vizy.sdk.aio.sensors import AsyncSensors
from vizy.sdk.aio.vizy import AsyncVizy

__all__ = [
    "AsyncCamera",
    "AsyncCapture",
    "AsyncCaptures",
    "AsyncControls",
    "AsyncJob",
    "AsyncPresets",
    "AsyncSensors",
    "AsyncVizy",
]
