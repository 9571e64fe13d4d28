"""Which pictures a camera gives, and which of them to ask for. On the camera's owner thread.

A webcam sends large pictures at a full rate only as JPEG, and small ones better as they are: that
costs it no quality and us no decoding.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from ctypes import Structure
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from hardware.camera.v4l2 import abi
from hardware.camera.v4l2.device import Device, failure
from vizy.errors import CameraError
from vizy.state import Size

JPEG_FORMATS = ("MJPG", "JPEG")
RAW_FORMATS = ("YUYV", "UYVY", "NV12", "YU12")
_SMALL_PIXELS = 640 * 480
_MOST_ITEMS = 128  # of one list; a driver that goes on for ever is not followed

# Asked of a driver that takes any size, or any rate, within limits.
_SIZES = (
    (160, 120), (320, 180), (320, 240), (640, 360), (640, 480), (800, 600), (1024, 768),
    (1280, 720), (1280, 960), (1600, 1200), (1920, 1080), (2592, 1944), (3840, 2160),
)  # fmt: skip
_RATES = (120, 90, 60, 50, 30, 25, 20, 15, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of picture.

    Attributes:
        pixel_format: Its four letters, as ``MJPG``.
        size: In pixels.
        intervals: Seconds from one to the next that can be had, shortest first; none where the
            driver does not say.
    """

    pixel_format: str
    size: Size
    intervals: tuple[Fraction, ...]

    def interval(self, fps: float) -> Fraction | None:
        """Return the longest interval that gives ``fps`` frames a second, or the shortest."""
        enough = [each for each in self.intervals if each * Fraction(fps) <= 1]
        if enough:
            return enough[-1]
        return self.intervals[0] if self.intervals else None

    def reaches(self, fps: float) -> bool:
        """Tell whether the mode gives so many frames a second, as far as is known."""
        return not self.intervals or self.intervals[0] * Fraction(fps) <= 1


def find_modes(device: Device, path: Path) -> tuple[Mode, ...]:
    """Ask for everything the camera gives and Vizy can read.

    Raises:
        CameraError: There is nothing of that kind, or the camera failed.
    """
    try:
        formats = list(_formats(device))
        modes = [
            Mode(name, size, _intervals(device, name, size))
            for name in formats
            if name in JPEG_FORMATS + RAW_FORMATS
            for size in _sizes(device, name)
        ]
    except OSError as error:
        raise failure(path, "asking for its picture formats", error) from error
    if not modes:
        known = ", ".join(JPEG_FORMATS + RAW_FORMATS)
        raise CameraError(
            f"{path} gives {', '.join(formats) or 'no format'}, and Vizy reads {known}: "
            "choose another camera"
        )
    return tuple(modes)


def still_size(modes: Iterable[Mode]) -> Size:
    """Return the size of the largest picture."""
    return max((mode.size for mode in modes), key=_area)


def source_size(modes: Iterable[Mode], wanted: Size) -> Size:
    """Return the largest size within the wished one, or the smallest that there is."""
    sizes = {mode.size for mode in modes}
    fitting = [s for s in sizes if s.width <= wanted.width and s.height <= wanted.height]
    return max(fitting, key=_area) if fitting else min(sizes, key=_area)


def live_size(modes: Iterable[Mode], wanted: Size) -> Size:
    """Return the size of the live picture: `source_size`, made smaller if that is too large."""
    source = source_size(modes, wanted)
    scale = min(1.0, wanted.width / source.width, wanted.height / source.height)
    return Size(max(1, int(source.width * scale)), max(1, int(source.height * scale)))


def choose_mode(modes: Sequence[Mode], size: Size, fps: float) -> Mode:
    """Return the best mode of a size: one that reaches the rate, then the better format."""
    is_small = _area(size) <= _SMALL_PIXELS
    order = RAW_FORMATS + JPEG_FORMATS if is_small else JPEG_FORMATS + RAW_FORMATS
    fitting = [mode for mode in modes if mode.size == size]
    return min(fitting, key=lambda mode: (not mode.reaches(fps), order.index(mode.pixel_format)))


def _area(size: Size) -> int:
    return size.width * size.height


def _items(device: Device, request: int, question: Structure) -> Iterator[int]:
    """Ask for one item of a list after the other, until the driver says that there is no more."""
    for index in range(_MOST_ITEMS):
        question.index = index
        try:
            device.ioctl(request, question)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):
                return
            raise
        yield index


def _formats(device: Device) -> Iterator[str]:
    question = abi.FormatDescription(type=abi.BUF_TYPE_VIDEO_CAPTURE)
    for _ in _items(device, abi.ENUM_FMT, question):
        yield abi.fourcc_name(question.pixelformat)


def _sizes(device: Device, pixel_format: str) -> Iterator[Size]:
    question = abi.FrameSize(pixel_format=abi.fourcc(pixel_format))
    for _ in _items(device, abi.ENUM_FRAMESIZES, question):
        low_w, high_w, step_w, low_h, high_h, step_h = (int(each) for each in question.stepwise)
        if question.type == abi.FRMSIZE_TYPE_DISCRETE:
            yield Size(low_w, high_w)  # here the first two numbers are width and height
            continue
        widths, heights = (
            range(low_w, high_w + 1, step_w or 1),
            range(low_h, high_h + 1, step_h or 1),
        )
        sizes = {(widths[-1], heights[-1]), *_SIZES}
        yield from (Size(w, h) for w, h in sorted(sizes) if w in widths and h in heights)
        return  # such an answer is the only one


def _intervals(device: Device, pixel_format: str, size: Size) -> tuple[Fraction, ...]:
    found: set[Fraction] = set()
    question = abi.FrameInterval(
        pixel_format=abi.fourcc(pixel_format), width=size.width, height=size.height
    )
    for _ in _items(device, abi.ENUM_FRAMEINTERVALS, question):
        numbers = [int(each) for each in question.stepwise]
        if not (numbers[0] and numbers[1]):
            continue
        shortest = Fraction(numbers[0], numbers[1])
        found.add(shortest)
        if question.type != abi.FRMIVAL_TYPE_DISCRETE:
            longest = Fraction(numbers[2], numbers[3] or 1)
            found |= {Fraction(1, fps) for fps in _RATES if shortest <= Fraction(1, fps) <= longest}
            break
    return tuple(sorted(found))
