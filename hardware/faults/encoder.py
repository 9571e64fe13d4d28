"""`EncoderFault`: an encoder of the live picture that can be told to fail.

Told on the daemon's loop; the encoder's thread meets it.
"""

from hardware.camera.base import Pixels
from hardware.encoder import compress_jpeg


class EncoderFault:
    """Compresses pictures, but not the one after `fail_next`."""

    def __init__(self) -> None:
        self._is_next = False

    def fail_next(self) -> None:
        """Make the next frame fail."""
        self._is_next = True

    def clear(self) -> None:
        """Let the next frame pass after all."""
        self._is_next = False

    def compress(self, pixels: Pixels, quality: int) -> bytes:
        """Make a JPEG, as `hardware.encoder.compress_jpeg` does.

        Raises:
            RuntimeError: It was told to.
        """
        if self._is_next:
            self._is_next = False
            raise RuntimeError("the encoder was told to fail")
        return compress_jpeg(pixels, quality)
