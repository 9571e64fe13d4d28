"""Captures: taking them, keeping them, finding them again, and letting them go."""

from hardware.captures.catalog import Catalog
from hardware.captures.clock import ClockWatch
from hardware.captures.retention import Retention
from hardware.captures.room import Room
from hardware.captures.still import Stills
from hardware.captures.storage import StorageWatch
from hardware.captures.thumbnails import Thumbnails
from hardware.captures.trash import Trash

__all__ = [
    "Catalog",
    "ClockWatch",
    "Retention",
    "Room",
    "Stills",
    "StorageWatch",
    "Thumbnails",
    "Trash",
]
