"""Video: recordings, motion watches and movies of pictures, H.264 in MP4."""

from hardware.video.makers import makers
from hardware.video.salvage import salvage
from hardware.video.sources import LivePicture, Pictures, Shelf

__all__ = ["LivePicture", "Pictures", "Shelf", "makers", "salvage"]
