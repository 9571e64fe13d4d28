"""Stills: taking them, keeping them, finding them again."""

from hardware.captures.library import CaptureLibrary
from hardware.captures.still import Stills
from hardware.captures.storage import StorageWatch
from hardware.captures.thumbnails import Thumbnails

__all__ = ["CaptureLibrary", "Stills", "StorageWatch", "Thumbnails"]
