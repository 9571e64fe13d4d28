"""`Thumbnails`: small pictures of captures, made when first asked for and kept beside them.

A cache and nothing more: a thumbnail that is lost is made again. Asked on the daemon's loop; the
work is done on a thread of its own, so that a page full of new thumbnails delays no capture.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import simplejpeg

from hardware.captures.library import CaptureLibrary
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
        library: The captures.
    """

    def __init__(self, library: CaptureLibrary) -> None:
        self._library = library
        self._folder = library.folder / "thumbnails"
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="vizy-thumbnails")

    def open(self) -> None:
        """Make the folder and clear what a kill left half written.

        Raises:
            StorageError: The folder cannot be made or written.
        """
        make_folder(self._folder)
        remove_leftovers(self._folder)

    async def get(self, identity: str) -> CaptureFile:
        """Return a capture with the file of its thumbnail, at least `WIDTH_PX` wide.

        Raises:
            NotFoundError: There is no capture of that id.
            StorageError: The capture cannot be read, or the disk refused.
        """
        found = self._library.get(identity)
        path = self._folder / Path(found.path).name
        await asyncio.get_running_loop().run_in_executor(
            self._executor, self._make, Path(found.path), path
        )
        return CaptureFile(found.capture, str(path))

    def close(self) -> None:
        """Let go of the thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _make(self, source: Path, path: Path) -> None:
        if path.exists():
            return
        try:
            # The decoder leaves out what a small picture does not need.
            pixels = simplejpeg.decode_jpeg(
                source.read_bytes(), colorspace="RGB", min_width=WIDTH_PX, min_factor=8
            )
        except (OSError, ValueError) as error:
            raise StorageError(f"{source.name} cannot be read: {error}") from error
        jpeg = simplejpeg.encode_jpeg(pixels, quality=_QUALITY, colorspace="RGB")
        write_durably(path, jpeg, replace=True, fsync=_no_sync)
