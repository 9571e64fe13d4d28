"""Raspberry Pi cameras, and whatever else libcamera drives, through picamera2."""

from hardware.camera.picamera2.camera import Picamera2Camera
from hardware.camera.picamera2.library import FoundCamera, cameras
from hardware.camera.picamera2.options import CameraOptions

__all__ = ["CameraOptions", "FoundCamera", "Picamera2Camera", "cameras"]
