"""A strict webcam driver in memory: what the kernel's V4L2 and uvcvideo take and refuse.

It speaks in request numbers and bytes at offsets of its own, read from linux/videodev2.h on a
64-bit machine, and knows nothing of the back end's structs. Frames come on the test's clock.
"""

import ctypes
import errno
import mmap
import os
import struct
from collections.abc import Callable, Iterable
from ctypes import Structure
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from hardware.camera.tone import Look
from hardware.camera.v4l2 import Device

QUERYCAP, ENUM_FMT, S_FMT, REQBUFS = 0x80685600, 0xC0405602, 0xC0D05605, 0xC0145608
QUERYBUF, QBUF, DQBUF, STREAMON, STREAMOFF = (
    0xC0585609,
    0xC058560F,
    0xC0585611,
    0x40045612,
    0x40045613,
)
S_PARM, QUERYCTRL, QUERYMENU = 0xC0CC5616, 0xC0445624, 0xC02C5625
G_EXT_CTRLS, S_EXT_CTRLS = 0xC0205647, 0xC0205648
ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS = 0xC02C564A, 0xC034564B

BRIGHTNESS, CONTRAST, SATURATION, SHARPNESS = 0x980900, 0x980901, 0x980902, 0x98091B
AUTO_WB, WB_TEMPERATURE, GAIN, POWER_LINE = 0x98090C, 0x98091A, 0x980913, 0x980918
EXPOSURE_AUTO, EXPOSURE, FOCUS, FOCUS_AUTO = 0x9A0901, 0x9A0902, 0x9A090A, 0x9A090C
LED_CLASS, LED = 0x9A0001, 0x0A046D05

INTEGER, BOOLEAN, MENU, BUTTON, CLASS = 1, 2, 3, 4, 6
INACTIVE, DISABLED, READ_ONLY = 0x10, 0x01, 0x04

Sizes = dict[tuple[int, int], tuple[int, ...]]


@dataclass
class Knob:
    """A control as the driver keeps it."""

    name: str
    kind: int
    low: int
    high: int
    step: int
    start: int
    flags: int = 0
    items: dict[int, str] = field(default_factory=dict[int, str])
    owner: tuple[int, int] | None = None  # a control, and the value at which this one is active
    error: int = 0  # what a write fails with
    value: int = 0

    def __post_init__(self) -> None:
        self.value = self.start


def knobs() -> dict[int, Knob]:
    """The controls of a common webcam."""
    return {
        BRIGHTNESS: Knob("Brightness", INTEGER, -64, 64, 1, 0),
        CONTRAST: Knob("Contrast", INTEGER, 0, 64, 1, 32),
        SATURATION: Knob("Saturation", INTEGER, 0, 128, 1, 64),
        AUTO_WB: Knob("White Balance, Automatic", BOOLEAN, 0, 1, 1, 1),
        GAIN: Knob("Gain", INTEGER, 0, 100, 1, 0),
        POWER_LINE: Knob(
            "Power Line Frequency", MENU, 0, 2, 1, 1, items={0: "Disabled", 1: "50 Hz", 2: "60 Hz"}
        ),
        WB_TEMPERATURE: Knob(
            "White Balance Temperature", INTEGER, 2800, 6500, 10, 4600, owner=(AUTO_WB, 0)
        ),
        SHARPNESS: Knob("Sharpness", INTEGER, 0, 12, 1, 3),
        LED_CLASS: Knob("Camera Controls", CLASS, 0, 0, 0, 0, READ_ONLY),
        EXPOSURE_AUTO: Knob(
            "Auto Exposure",
            MENU,
            0,
            3,
            1,
            3,
            items={1: "Manual Mode", 3: "Aperture Priority Mode"},
        ),
        EXPOSURE: Knob(
            "Exposure Time, Absolute", INTEGER, 3, 2047, 1, 250, owner=(EXPOSURE_AUTO, 1)
        ),
        FOCUS: Knob("Focus, Absolute", INTEGER, 0, 250, 5, 0, owner=(FOCUS_AUTO, 0)),
        FOCUS_AUTO: Knob("Focus, Automatic Continuous", BOOLEAN, 0, 1, 1, 1),
        LED: Knob("LED1 mode-x", INTEGER, 0, 3, 1, 0),
    }


_ALL_RATES = (30, 25, 20, 15, 10, 5)


def formats() -> dict[str, Sizes]:
    """MJPEG at full rate, raw pictures slower the larger they are; one that Vizy cannot read."""
    return {
        "MJPG": {
            (1280, 720): _ALL_RATES,
            (640, 360): _ALL_RATES,
            (320, 180): _ALL_RATES,
            (1920, 1080): (30, 15, 5),
        },
        "YUYV": {
            (160, 120): _ALL_RATES,
            (320, 180): _ALL_RATES,
            (640, 360): _ALL_RATES,
            (1280, 720): (10, 5),
            (1920, 1080): (5,),
        },
        "H264": {(1280, 720): (30,)},
    }


@dataclass
class Slot:
    """One of the driver's buffers."""

    length: int
    memory: mmap.mmap | None = None
    state: str = "out"  # out: the program has it; queued; done
    sequence: int = 0
    stamp_ns: int = 0


def refuse(code: int) -> OSError:
    return OSError(code, os.strerror(code))


class Webcam:
    """A webcam and its driver.

    Attributes:
        is_stepless: Whether any size up to 1920x1080 and any rate up to 60 can be had.
        most_buffers: What the driver has memory for.
        is_silent: Whether it sends no frames.
        damage: Changes what it sends.
        latency_ns: From the sensor to the buffer.
        before: Told of each request; may raise.
        log: Each request's number, in order.
    """

    def __init__(self, clock: Callable[[], int], card: str = "HD Webcam", port: int = 1) -> None:
        self.clock = clock
        self.card = card
        self.bus = f"usb-0000:00:14.0-{port}"
        self.abilities = 0x04200001
        self.knobs = knobs()
        self.formats = formats()
        self.is_stepless = False
        self.most_buffers = 32
        self.is_plugged = True
        self.is_silent = False
        self.damage: Callable[[bytes], bytes] = lambda data: data
        self.frame_flags = 0x2000
        self.latency_ns = 0
        self.before: Callable[[int], None] = lambda _: None
        self.log: list[int] = []
        self.owner: Handle | None = None  # who has buffers
        self.handles = 0
        self.pixel_format, self.size = "YUYV", (160, 120)
        self.rate = 30
        self._slots: list[Slot] = []
        self._queue: list[int] = []
        self._done: list[int] = []
        self._started_ns: int | None = None
        self._numbered = 0  # frames the sensor made in this run so far

    def unplug(self) -> None:
        """Pull the cable: everything fails from now on, for those that have it open as well."""
        self.is_plugged = False

    def plug(self) -> None:
        """Put it back: as after a power-up."""
        self.is_plugged = True
        self.knobs = knobs()

    def handle(self, owner: "Handle", request: int, argument: bytearray) -> None:
        self.log.append(request)
        if not self.is_plugged:
            raise refuse(errno.ENODEV)
        self.before(request)
        calls: dict[int, Callable[[Handle, bytearray], None]] = {
            QUERYCAP: self._querycap,
            ENUM_FMT: self._enum_fmt,
            ENUM_FRAMESIZES: self._enum_sizes,
            ENUM_FRAMEINTERVALS: self._enum_intervals,
            S_FMT: self._s_fmt,
            S_PARM: self._s_parm,
            REQBUFS: self._reqbufs,
            QUERYBUF: self._querybuf,
            QBUF: self._qbuf,
            DQBUF: self._dqbuf,
            STREAMON: self._streamon,
            STREAMOFF: self._streamoff,
            QUERYCTRL: self._queryctrl,
            QUERYMENU: self._querymenu,
            G_EXT_CTRLS: self._g_ext_ctrls,
            S_EXT_CTRLS: self._s_ext_ctrls,
        }
        call = calls.get(request)
        if call is None or len(argument) != (request >> 16 & 0x3FFF):
            raise refuse(errno.ENOTTY)
        call(owner, argument)

    def map(self, length: int, offset: int) -> mmap.mmap:
        if not self.is_plugged:
            raise refuse(errno.ENODEV)
        slots = [slot for n, slot in enumerate(self._slots) if n * 0x100000 == offset]
        if not slots or slots[0].length != length:
            raise refuse(errno.EINVAL)
        slots[0].memory = mmap.mmap(-1, length)
        return slots[0].memory

    def let_go(self, owner: "Handle") -> None:
        self.handles -= 1
        if self.owner is owner:
            self._end()
            self.owner, self._slots = None, []

    def _querycap(self, _: "Handle", argument: bytearray) -> None:
        struct.pack_into(
            "16s32s32sIII", argument, 0,
            b"uvcvideo", self.card.encode(), self.bus.encode(), 0x060C00, 0x84A00001,
            self.abilities,
        )  # fmt: skip

    def _enum_fmt(self, _: "Handle", argument: bytearray) -> None:
        index, kind = struct.unpack_from("II", argument)
        if kind != 1 or index >= len(self.formats):
            raise refuse(errno.EINVAL)
        argument[44:48] = list(self.formats)[index].encode()

    def _enum_sizes(self, _: "Handle", argument: bytearray) -> None:
        index, name = struct.unpack_from("I4s", argument)
        sizes = list(self._sizes_of(name))
        if self.is_stepless and index == 0:
            struct.pack_into("7I", argument, 8, 2, 32, 1920, 2, 32, 1080, 2)
            return
        if index >= len(sizes):
            raise refuse(errno.EINVAL)
        struct.pack_into("III", argument, 8, 1, *sizes[index])

    def _enum_intervals(self, _: "Handle", argument: bytearray) -> None:
        index, name, width, height = struct.unpack_from("I4sII", argument)
        rates = self._sizes_of(name).get((width, height), ())
        if self.is_stepless and index == 0:
            struct.pack_into("7I", argument, 16, 2, 1, 60, 1, 1, 1, 60)
            return
        if index >= len(rates):
            raise refuse(errno.EINVAL)
        struct.pack_into("III", argument, 16, 1, 1, rates[index])

    def _sizes_of(self, name: bytes) -> Sizes:
        if name.decode() not in self.formats:
            raise refuse(errno.EINVAL)
        return self.formats[name.decode()]

    def _check_free(self, owner: "Handle") -> None:
        """As the kernel: nobody changes a format while there are buffers, not even their owner."""
        if self.owner is not None and self.owner is not owner:
            raise refuse(errno.EBUSY)
        if self._slots:
            raise refuse(errno.EBUSY)

    def _s_fmt(self, owner: "Handle", argument: bytearray) -> None:
        kind, width, height, name = struct.unpack_from("I4xII4s", argument)
        if kind != 1:
            raise refuse(errno.EINVAL)
        self._check_free(owner)
        if name.decode() not in self.formats:  # a driver gives something else, and no error
            name = next(iter(self.formats)).encode()
        sizes = self._sizes_of(name) if not self.is_stepless else {(width, height): ()}
        width, height = min(sizes, key=lambda s: abs(s[0] - width) + abs(s[1] - height))
        self.pixel_format, self.size = name.decode(), (width, height)
        is_raw = self.pixel_format == "YUYV"
        stride = width * 2 if is_raw else 0
        size = width * height * (2 if is_raw else 1) + 4096
        struct.pack_into("II4sIII", argument, 8, width, height, name, 1, stride, size)

    def _s_parm(self, owner: "Handle", argument: bytearray) -> None:
        kind, numerator, denominator = struct.unpack_from("I8xII", argument)
        if kind != 1 or not numerator:
            raise refuse(errno.EINVAL)
        self._check_free(owner)
        rates = range(1, 61)
        if not self.is_stepless:
            rates = self.formats[self.pixel_format][self.size]
        wanted = denominator / numerator
        self.rate = min(rates, key=lambda rate: abs(rate - wanted))
        struct.pack_into("IIII", argument, 4, 0x1000, 0, 1, self.rate)

    def _reqbufs(self, owner: "Handle", argument: bytearray) -> None:
        count, kind, memory = struct.unpack_from("III", argument)
        if (kind, memory) != (1, 1):
            raise refuse(errno.EINVAL)
        if self.owner not in (None, owner):
            raise refuse(errno.EBUSY)
        if any(slot.memory is not None and not slot.memory.closed for slot in self._slots):
            raise refuse(errno.EBUSY)  # they are mapped
        if self._started_ns is not None:
            raise refuse(errno.EBUSY)
        width, height = self.size
        length = width * height * (2 if self.pixel_format == "YUYV" else 1) + 4096
        count = min(count, self.most_buffers)
        self._slots = [Slot(length) for _ in range(count)]
        self._queue, self._done = [], []
        self.owner = owner if count else None
        struct.pack_into("I", argument, 0, count)

    def _slot(self, owner: "Handle", argument: bytearray) -> int:
        index, kind = struct.unpack_from("II", argument)
        (memory,) = struct.unpack_from("I", argument, 60)
        if (kind, memory) != (1, 1) or index >= len(self._slots):
            raise refuse(errno.EINVAL)
        if self.owner is not owner:
            raise refuse(errno.EBUSY)
        return index

    def _querybuf(self, owner: "Handle", argument: bytearray) -> None:
        index = self._slot(owner, argument)
        struct.pack_into("Q", argument, 64, index * 0x100000)
        struct.pack_into("I", argument, 72, self._slots[index].length)

    def _qbuf(self, owner: "Handle", argument: bytearray) -> None:
        index = self._slot(owner, argument)
        slot = self._slots[index]
        if slot.state != "out" or slot.memory is None:
            raise refuse(errno.EINVAL)
        self._run()
        slot.state = "queued"
        self._queue.append(index)

    def _dqbuf(self, owner: "Handle", argument: bytearray) -> None:
        self._slot(owner, argument)
        if self._started_ns is None:
            raise refuse(errno.EINVAL)
        self._run()
        if not self._done:
            raise refuse(errno.EAGAIN)
        index = self._done.pop(0)
        slot = self._slots[index]
        slot.state = "out"
        assert slot.memory is not None
        data = self.damage(self._picture(slot.sequence))
        slot.memory[: len(data)] = data
        struct.pack_into("II", argument, 0, index, 1)
        struct.pack_into("IIi", argument, 8, len(data), self.frame_flags, 1)
        seconds, rest = divmod(slot.stamp_ns, 1_000_000_000)
        struct.pack_into("qq", argument, 24, seconds, rest // 1000)
        struct.pack_into("I", argument, 56, slot.sequence)

    def _streamon(self, owner: "Handle", argument: bytearray) -> None:
        if self.owner is not owner or not self._slots or struct.unpack("i", argument) != (1,):
            raise refuse(errno.EINVAL)
        if self._started_ns is None:
            self._started_ns, self._numbered = self.clock(), 0

    def _streamoff(self, owner: "Handle", argument: bytearray) -> None:
        if self.owner not in (None, owner):
            raise refuse(errno.EBUSY)
        if struct.unpack("i", argument) != (1,):
            raise refuse(errno.EINVAL)
        self._end()

    def _end(self) -> None:
        self._started_ns = None
        self._queue, self._done = [], []
        for slot in self._slots:
            slot.state = "out"

    def _run(self) -> None:
        """Let the sensor make the frames that are due; without an empty buffer they are lost."""
        if self._started_ns is None:
            return
        step = 1_000_000_000 // self.rate
        due = max(0, self.clock() - self.latency_ns - self._started_ns) // step
        if self.is_silent:
            self._numbered = due
        while self._numbered < due and self._queue:
            slot = self._slots[self._queue[0]]
            slot.state, slot.sequence = "done", self._numbered
            self._numbered += 1
            slot.stamp_ns = self._started_ns + self._numbered * step // 1000 * 1000
            self._done.append(self._queue.pop(0))
        self._numbered = due

    def _picture(self, number: int) -> bytes:
        width, height = self.size
        look = Look(
            self.knobs[BRIGHTNESS].value / 64,
            self.knobs[CONTRAST].value / 32,
            self.knobs[SATURATION].value / 64,
            self.knobs[SHARPNESS].value / 3,
        )
        pixels = scene(width, height).copy()
        left = number * 16 % max(1, width - 40)
        pixels[height // 3 : height // 2, left : left + 40] ^= 40
        cv2.LUT(pixels, look.curve(np.arange(256) / 255), pixels)
        look.finish(pixels)
        if self.pixel_format == "MJPG":
            return simplejpeg.encode_jpeg(pixels, 90, "RGB", "422")
        return yuyv(pixels)

    def _queryctrl(self, _: "Handle", argument: bytearray) -> None:
        (number,) = struct.unpack_from("I", argument)
        if number & 0x80000000:
            later = [each for each in sorted(self.knobs) if each > number & 0x7FFFFFFF]
            if not later:
                raise refuse(errno.EINVAL)
            number = later[0]
        knob = self._knob(number)
        flags = knob.flags | (0 if self._is_active(knob) else INACTIVE)
        struct.pack_into(
            "II32siiiiI", argument, 0,
            number, knob.kind, knob.name.encode(),
            knob.low, knob.high, knob.step, knob.start, flags,
        )  # fmt: skip

    def _querymenu(self, _: "Handle", argument: bytearray) -> None:
        number, index = struct.unpack_from("II", argument)
        knob = self._knob(number)
        if knob.kind != MENU or index not in knob.items:
            raise refuse(errno.EINVAL)
        struct.pack_into("32s", argument, 8, knob.items[index].encode())

    def _g_ext_ctrls(self, _: "Handle", argument: bytearray) -> None:
        for item in self._items(argument):
            (number,) = struct.unpack_from("I", item)
            if self._knob(number).kind == CLASS:
                raise refuse(errno.EACCES)
            struct.pack_into("i", item, 12, self._knob(number).value)

    def _s_ext_ctrls(self, _: "Handle", argument: bytearray) -> None:
        for item in self._items(argument):
            number, value = struct.unpack_from("I8xi", item)
            knob = self._knob(number)
            if knob.flags & (READ_ONLY | DISABLED):
                raise refuse(errno.EACCES)
            if not self._is_active(knob):
                raise refuse(errno.EACCES)
            on_step = (value - knob.low) % max(1, knob.step) == 0
            if not knob.low <= value <= knob.high or not on_step:
                raise refuse(errno.ERANGE)
            if knob.items and value not in knob.items:
                raise refuse(errno.ERANGE)
            if knob.error:
                raise refuse(knob.error)
            knob.value = value

    def _items(self, argument: bytearray) -> Iterable[memoryview]:
        """Follow the pointer, as the kernel does."""
        which, count = struct.unpack_from("II", argument)
        (address,) = struct.unpack_from("Q", argument, 24)
        if which != 0:
            raise refuse(errno.EINVAL)
        for n in range(count):
            yield memoryview((ctypes.c_uint8 * 20).from_address(address + 20 * n)).cast("B")

    def _knob(self, number: int) -> Knob:
        if number not in self.knobs:
            raise refuse(errno.EINVAL)
        return self.knobs[number]

    def _is_active(self, knob: Knob) -> bool:
        return knob.owner is None or self.knobs[knob.owner[0]].value == knob.owner[1]


class Handle(Device):
    """A webcam's device file, opened once."""

    def __init__(self, webcam: Webcam) -> None:
        self._webcam = webcam
        self._is_open = True
        webcam.handles += 1

    def ioctl(self, request: int, argument: Structure) -> None:
        if not self._is_open:
            raise refuse(errno.EBADF)
        data = bytearray(argument)
        self._webcam.handle(self, request, data)
        memoryview(argument).cast("B")[:] = data

    def mmap(self, length: int, offset: int) -> mmap.mmap:
        return self._webcam.map(length, offset)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._webcam.let_go(self)


class Devices:
    """``/dev/video*``."""

    def __init__(self, webcams: dict[str, Webcam]) -> None:
        self.webcams = {Path(path): webcam for path, webcam in webcams.items()}

    def paths(self) -> list[Path]:
        return [path for path, webcam in self.webcams.items() if webcam.is_plugged]

    def open(self, path: Path) -> Device:
        if path not in self.paths():
            raise refuse(errno.ENOENT)
        return Handle(self.webcams[path])


@lru_cache
def scene(width: int, height: int) -> np.ndarray:
    """A coloured slope with lines across."""
    across = np.linspace(0, 1, width)[None, :, None]
    down = np.linspace(0, 1, height)[:, None, None]
    slope = 0.25 + 0.5 * (across * [0.9, 0.5, 0.3] + down * [0.1, 0.4, 0.6])
    slope[::8] *= 0.8
    return np.rint(slope * 255).astype(np.uint8)


def yuyv(pixels: np.ndarray) -> bytes:
    """Return RGB pixels as a webcam sends them: BT.601, limited range, two pixels share colour."""
    red, green, blue = (pixels[..., n].astype(float) for n in range(3))
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    cb = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    cr = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    packed = np.empty((*pixels.shape[:2], 2))
    packed[..., 0] = luma
    packed[:, ::2, 1] = cb[:, ::2]
    packed[:, 1::2, 1] = cr[:, ::2]
    return np.rint(packed).clip(0, 255).astype(np.uint8).tobytes()
