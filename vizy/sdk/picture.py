"""`Picture`: a JPEG in memory, for programs and notebooks. Immutable, any thread."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vizy.errors import MissingLibraryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Picture(msgspec.Struct, frozen=True):
    """A JPEG; a notebook shows it.

    Attributes:
        data: The file's bytes.
    """

    data: bytes

    def __repr__(self) -> str:
        return f"<Picture, JPEG, {len(self.data)} bytes>"

    def save(self, path: str | Path) -> Path:
        """Write it to a file, in place of one of that name; return the file's path."""
        target = Path(path)
        target.write_bytes(self.data)
        return target

    def image(self) -> "npt.NDArray[np.uint8]":
        """Return the pixels.

        Returns:
            uint8, (height, width, 3), RGB.

        Raises:
            MissingLibraryError: Pillow or numpy is not installed.
        """
        return pixels_of(self.data)

    def _repr_jpeg_(self) -> bytes:
        return self.data


def pixels_of(data: bytes) -> "npt.NDArray[np.uint8]":
    """Decode a picture to pixels: uint8, (height, width, 3), RGB.

    Raises:
        MissingLibraryError: Pillow or numpy is not installed.
    """
    try:
        import numpy as np
        from PIL import Image
    except ImportError as error:
        raise MissingLibraryError(
            f"pixels need Pillow and numpy, and {error.name} is not there: pip install pillow "
            "numpy, or take bytes()"
        ) from error
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))
