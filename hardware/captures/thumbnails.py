"""`Thumbnails`: small pictures of captures, made when first asked for and kept beside them.

A cache and nothing more: a thumbnail that is lost is made again. Asked on the daemon's loop; the
work is done on a thread of its own, so that a page full of new thumbnails delays no capture. A
video's shows its first frame.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import simplejpeg

from hardware.camera.base import Pixels
from hardware.captures.catalog import Catalog
from vizy.errors import StorageError
from vizy.files import make_folder, remove_leftovers, write_durably
from vizy.messages import CaptureFile

WIDTH_PX = 320
_QUALITY = 80


def _no_sync(descriptor: int) -> None:
    """A cache need not outlive a power cut."""


class Thumbnails:
    """Makes and finds thumbnails.

    Args:
        catalog: The captures.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vizy-thumbnails")

    def open(self) -> None:
        """Make the folder and clear what a kill left half written.

        Raises:
            StorageError: The folder cannot be made or written.
        """
        folder = self._catalog.files.thumbnails
        make_folder(folder)
        remove_leftovers(folder)

    async def get(self, identity: str) -> CaptureFile:
        """Return a capture with the file of its thumbnail, a JPEG about `WIDTH_PX` wide or wider.

        Raises:
            NotFoundError: There is no capture of that id.
            StorageError: The capture cannot be read, or the disk refused.
        """
        found = await self._catalog.get(identity)
        path = self._catalog.files.thumbnail(identity)
        await asyncio.get_running_loop().run_in_executor(
            self._executor, _make, Path(found.path), path
        )
        return CaptureFile(found.capture, str(path))

    def close(self) -> None:
        """Let go of the thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _make(source: Path, path: Path) -> None:
    if path.exists():
        return
    try:
        pixels = _first_frame(source) if source.suffix == ".mp4" else _small(source)
    except (OSError, ValueError) as error:
        raise StorageError(f"{source.name} cannot be read: {error}") from error
    jpeg = simplejpeg.encode_jpeg(pixels, quality=_QUALITY, colorspace="RGB")
    if not path.parent.exists():  # the captures' folder was exchanged while we run
        make_folder(path.parent)
    write_durably(path, jpeg, replace=True, fsync=_no_sync)


def _small(source: Path) -> Pixels:
    """Decode a JPEG; the decoder leaves out what a small picture does not need."""
    return simplejpeg.decode_jpeg(
        source.read_bytes(), colorspace="RGB", min_width=WIDTH_PX, min_factor=8
    )


def _first_frame(source: Path) -> Pixels:
    """Decode the first frame of a video, at most `WIDTH_PX` wide; PyAV is large, so not before."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(source)) as video:
            frame = next(video.decode(video=0))
            width = min(WIDTH_PX, frame.width)
            height = max(1, round(frame.height * width / frame.width))
            small = frame.reformat(width, height, format="rgb24")
            return np.ascontiguousarray(small.to_ndarray(), np.uint8)
    except (FFmpegError, IndexError, StopIteration) as error:
        raise ValueError(str(error) or "there is no picture in it") from error
