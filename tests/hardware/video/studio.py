"""What the tests of video share: small pictures, a shelf, a live picture, and playing a file."""

import asyncio
import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np

from hardware.camera import Frame
from hardware.camera.base import Pixels
from hardware.jobs import Progress
from hardware.taps import FrameSink
from hardware.video.codec import VideoCodec
from hardware.video.disk import PartFile
from hardware.video.encoders import SOFTWARE
from hardware.video.packet import Header, Packet
from hardware.video.writer import Mp4Writer
from vizy.errors import StorageError
from vizy.state import Capture, Size

SMALL = Size(64, 48)
STEP_NS = 40_000_000  # 25 pictures a second


def picture(number: int, size: Size = SMALL) -> Pixels:
    """A picture that differs from its neighbours: a bar moves over a slope."""
    pixels = np.zeros((size.height, size.width, 3), np.uint8)
    pixels[:] = np.linspace(30, 200, size.width, dtype=np.uint8)[None, :, None]
    left = number * 3 % size.width
    pixels[:, left : left + 6] = (220, 40, 40)
    return pixels


def frame(number: int, at_ns: int | None = None, size: Size = SMALL) -> Frame:
    at_ns = 5_000_000_000 + number * STEP_NS if at_ns is None else at_ns
    return Frame(picture(number, size), at_ns, number)


def encoded(
    times_ns: Sequence[int], *, keyframe_s: float = 0.2, size: Size = SMALL
) -> list[Packet]:
    """Pictures taken at these times, as packets."""
    codec = VideoCodec(SOFTWARE, size, fps=25, keyframe_s=keyframe_s)
    packets = [
        packet
        for number, at_ns in enumerate(times_ns)
        for packet in codec.encode(picture(number, size), at_ns)
    ]
    return packets + codec.finish()


def times(count: int, start_ns: int = 7_000_000_123) -> list[int]:
    return [start_ns + number * STEP_NS for number in range(count)]


def bare(header: Header, at_s: float, *, keyframe: bool = False, size: int = 100) -> Packet:
    """A packet of nothing, for what only counts and sorts them."""
    return Packet(header, bytes(size), round(at_s * 1e9), keyframe)


async def room_enough() -> None:
    """A disk with room for everything."""


@dataclass
class Seen:
    """What a player finds in a file."""

    pts_s: list[float]
    duration_s: float
    size: Size
    comment: str
    created: str
    tags: tuple[int, int, int, int]
    pix_fmt: str | None
    keyframes: list[int]


def watch(path: Path) -> Seen:
    """Play a file to its end, each picture decoded."""
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        context = stream.codec_context
        frames = list(video.decode(stream))
        assert frames
        assert stream.time_base is not None
        base: Fraction = stream.time_base
        return Seen(
            [float((each.pts or 0) * base) for each in frames],
            (video.duration or 0) / 1e6,
            Size(stream.width, stream.height),
            video.metadata.get("comment", ""),
            video.metadata.get("creation_time", ""),
            (
                context.color_range,
                context.colorspace,
                context.color_primaries,
                context.color_trc,
            ),
            context.pix_fmt,
            [number for number, each in enumerate(frames) if each.key_frame],
        )


class Shelf:
    """Stands in for the captures' catalog: gives ids and names, and files away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.captures: list[Capture] = []
        self.refusal: StorageError | None = None
        self.ids = 0

    def new_id(self, taken: datetime) -> str:
        assert taken.tzinfo is not None
        self.ids += 1
        return f"video-{self.ids}"

    def part(self, identity: str, media_type: str, *, is_saved: bool = True) -> Path:
        assert media_type == "video/mp4"
        return self.folder / f".{identity}.mp4{'' if is_saved else '.whole'}.part"

    def file(self, capture: Capture) -> Path:
        return self.folder / f"{capture.id}.mp4"

    async def adopt(self, part: Path, capture: Capture) -> Capture:
        is_saved = capture.kind != "movie"
        assert part == self.part(capture.id, capture.media_type, is_saved=is_saved)
        if self.refusal is not None:
            raise self.refusal
        capture = msgspec.structs.replace(capture, bytes=part.stat().st_size)
        part.rename(self.file(capture))
        self.captures.append(capture)
        return capture


class Live:
    """Stands in for the camera: frames come when the test says so."""

    def __init__(self) -> None:
        self.sinks: dict[str, FrameSink] = {}
        self.reasons: dict[str, str] = {}

    def attach(self, name: str, sink: FrameSink, *, uninterrupted: str = "") -> None:
        self.sinks[name] = sink
        self.reasons[name] = uninterrupted

    def detach(self, name: str) -> None:
        self.sinks.pop(name, None)
        self.reasons.pop(name, None)

    def show(self, frame: Frame) -> None:
        for sink in list(self.sinks.values()):
            sink.offer(frame)

    async def settle(self) -> None:
        """Wait until no sink has a frame that waits, however slow the machine is."""
        async with asyncio.timeout(20):
            while any(_waits(sink) for sink in self.sinks.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.001)


def _waits(sink: FrameSink) -> bool:
    return bool(getattr(sink, "_frames", None)) or getattr(sink, "_slot", None) is not None


@dataclass
class Told:
    """A job's progress, as its runner gets it."""

    words: list[tuple[int, int | None, str]] = field(
        default_factory=list[tuple[int, int | None, str]]
    )

    done: int = 0

    def __post_init__(self) -> None:
        self.progress = Progress("job-1", lambda *word: self.words.append(word), done=self.done)

    @property
    def last(self) -> tuple[int, int | None, str]:
        return self.words[-1]


def full_after(room: int) -> Callable[[Path], PartFile]:
    """A disk that has room for so many bytes."""
    left = room

    def write(descriptor: int, data: memoryview) -> int:
        nonlocal left
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.write(descriptor, data[:left])
        left -= written
        return written

    return lambda path: PartFile(path, write=write)


def failing_sync(path: Path) -> PartFile:
    """A disk that takes everything and keeps nothing for sure."""

    def sync(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    return PartFile(path, sync=sync)


def writer_on(open_file: Callable[[Path], PartFile]) -> Callable[..., Mp4Writer]:
    return lambda part, comment, created: Mp4Writer(part, comment, created, open_file=open_file)
