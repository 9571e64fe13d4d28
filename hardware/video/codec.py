"""`VideoCodec`: one H.264 encoder of PyAV, for pictures of one size; used on one thread.

BT.709 in limited range and tagged so; no B-frames, so that packets come in the order of their
timestamps and each fragment of a file stands alone. A keyframe is made by the timestamps, not by
counting: a camera that is slow in the dark still gets its fragments. Importing this costs about
20 MB of memory, so the threads that need it import it.
"""

import os
from fractions import Fraction

import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame

from hardware.camera.base import Pixels
from hardware.video.annexb import parameter_sets
from hardware.video.encoders import HARDWARE, SOFTWARE
from hardware.video.library import open_output
from hardware.video.packet import Header, Packet
from vizy.errors import DeviceError
from vizy.state import Size

_TICKS = Fraction(1, 1_000_000)  # V4L2's own; x264 takes any
_BT709 = 1  # Source: AVCOL_SPC_BT709, AVCOL_PRI_BT709 and AVCOL_TRC_BT709 in libavutil/pixfmt.h
_LIMITED = 1  # Source: AVCOL_RANGE_MPEG there
_MOST_THREADS = 3
_OPTIONS = {
    # The next better preset takes 40 % more, and a Pi 5 has a live picture to encode beside it.
    SOFTWARE: {"preset": "superfast", "forced-idr": "1", "sc_threshold": "0"},
    HARDWARE: {},
}


def even(size: Size) -> Size:
    """Return the largest size with even sides that fits, as 4:2:0 needs it."""
    return Size(size.width & ~1, size.height & ~1)


def bitrate_for(size: Size, fps: float) -> int:
    """Return a good rate for a size, in bits a second: 3.3 million for 1280x720 at 30/s."""
    return round(min(25e6, max(300e3, 0.12 * size.width * size.height * fps)))


class VideoCodec:
    """An encoder that is open.

    Args:
        name: FFmpeg's: `SOFTWARE` or `HARDWARE`.
        size: Of the pictures; an odd last row or column is left out.
        fps: The wished rate; steers the bitrate.
        bitrate: In bits a second; 0: `bitrate_for`.
        keyframe_s: The time from one keyframe to the next.
        threads: For libx264; None: all cores but one, three at most.

    Raises:
        DeviceError: It cannot be opened.
    """

    def __init__(
        self,
        name: str,
        size: Size,
        *,
        fps: float,
        bitrate: int = 0,
        keyframe_s: float = 1.0,
        threads: int | None = None,
    ) -> None:
        self._name = name
        self._size = size = even(size)
        self._keyframe_us = round(keyframe_s * 1e6)
        rate = bitrate or bitrate_for(size, fps)
        try:
            # A container that keeps nothing: only a stream in one can be the template of another.
            self._container = open_output("", "null")
            self._stream = stream = self._container.add_stream(name, rate=_rate(fps))
            context = stream.codec_context
            context.width, context.height = size.width, size.height
            context.pix_fmt = "yuv420p"
            context.time_base = _TICKS
            context.bit_rate = rate
            context.gop_size = max(1, round(fps * keyframe_s * 2))
            context.max_b_frames = 0
            context.color_range = _LIMITED
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.flags |= Flags.global_header
            context.options = dict(_OPTIONS[name])
            if name == SOFTWARE:
                context.thread_count = threads or default_threads()
                context.options |= {"maxrate": str(rate * 3 // 2), "bufsize": str(rate * 2)}
            self._container.start_encoding()
        except (FFmpegError, ValueError) as error:
            raise self._failure(error) from error
        self.header = Header(name, size, fps, stream)
        self._epoch_ns: int | None = None
        self._last_us = -1
        self._parameters = b""
        self._keyframe_at_us = 0

    @property
    def name(self) -> str:
        """FFmpeg's."""
        return self._name

    def encode(self, pixels: Pixels, timestamp_ns: int) -> list[Packet]:
        """Encode a picture; what is returned may belong to earlier ones.

        Args:
            pixels: uint8, (height, width, 3), RGB, of the size given at the start.
            timestamp_ns: The sensor's; a picture that is not newer than the last is left out.

        Raises:
            DeviceError: The encoder failed.
        """
        if self._epoch_ns is None:
            self._epoch_ns = timestamp_ns
        at_us = (timestamp_ns - self._epoch_ns) // 1000
        if at_us <= self._last_us:
            return []
        self._last_us = at_us
        try:
            frame = self._convert(pixels)
            frame.pts, frame.time_base = at_us, _TICKS
            frame.pict_type = PictureType.NONE
            if at_us >= self._keyframe_at_us:
                self._keyframe_at_us = at_us + self._keyframe_us
                frame.pict_type = PictureType.I
            return self._packets(frame)
        except (FFmpegError, ValueError) as error:
            raise self._failure(error) from error

    def finish(self) -> list[Packet]:
        """Return what was not ready yet; nothing can be encoded afterwards.

        Raises:
            DeviceError: The encoder failed.
        """
        try:
            packets = self._packets(None)
            self._container.close()  # or the two hold each other until the next garbage collection
            return packets
        except (FFmpegError, ValueError) as error:
            raise self._failure(error) from error

    def _convert(self, pixels: Pixels) -> VideoFrame:
        size = self._size
        inside = np.ascontiguousarray(pixels[: size.height, : size.width])
        return VideoFrame.from_ndarray(inside, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED, threads=1
        )

    def _packets(self, frame: VideoFrame | None) -> list[Packet]:
        epoch_ns = self._epoch_ns or 0
        return [
            Packet(
                self.header,
                self._decodable(bytes(packet), packet.is_keyframe),
                epoch_ns + packet.pts * 1000,
                packet.is_keyframe,
            )
            for packet in self._stream.encode(frame)
            if packet.pts is not None and packet.size
        ]

    def _decodable(self, data: bytes, is_keyframe: bool) -> bytes:
        """Return a packet that a file can begin with, if it is a keyframe.

        Hardware may send its parameters with the first picture only; libx264 gives them at once,
        for the head of the file.
        """
        if not is_keyframe or self._stream.codec_context.extradata:
            return data
        if own := parameter_sets(data):
            self._parameters = own
            return data
        return self._parameters + data

    def _failure(self, error: Exception) -> DeviceError:
        size = self._size
        return DeviceError(f"{self._name} failed at {size.width}x{size.height}: {error}")


def default_threads() -> int:
    """Return how many threads libx264 gets: a core is left for the camera and the viewers."""
    return max(1, min(_MOST_THREADS, (os.cpu_count() or 2) - 1))


def _rate(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1001)
