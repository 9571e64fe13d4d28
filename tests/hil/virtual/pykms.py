"""Stands for pykms, which only a preview on a screen needs and Debian does not have."""


class PixelFormat:
    """Has every format's name."""

    def __getattr__(self, name: str) -> str:
        return name


PixelFormat = PixelFormat()
