"""USB webcams, and what else gives pictures through V4L2, with no library between."""

from hardware.camera.v4l2.camera import V4l2Camera
from hardware.camera.v4l2.device import Device, V4l2Device
from hardware.camera.v4l2.finder import FoundDevice, find

__all__ = ["Device", "FoundDevice", "V4l2Camera", "V4l2Device", "find"]
