"""Cameras: one interface, one back end per file."""

from hardware.camera.backends import list_cameras, make_camera
from hardware.camera.base import Autofocus, Camera, CameraInfo, Frame
from hardware.camera.raw import RawCamera, RawStill

__all__ = [
    "Autofocus",
    "Camera",
    "CameraInfo",
    "Frame",
    "RawCamera",
    "RawStill",
    "list_cameras",
    "make_camera",
]
