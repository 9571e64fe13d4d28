"""The fake driver refuses what the kernel refuses: what passes on it is in the right order."""

import ctypes
import errno
from collections.abc import Callable

import pytest

from hardware.camera.v4l2 import Device, abi
from tests.hardware import v4l2_fake as fake
from tests.hardware.cameras import HandClock
from tests.hardware.v4l2_fake import Handle, Webcam

CAPTURE = abi.BUF_TYPE_VIDEO_CAPTURE


class Bench:
    """A webcam, its file, and the calls in short."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.webcam = Webcam(self.clock)
        self.device: Device = Handle(self.webcam)

    def format(self) -> None:
        size = {"width": 160, "height": 120}
        self.ask(abi.S_FMT, abi.Format(type=CAPTURE, pixelformat=abi.fourcc("YUYV"), **size))

    def rate(self) -> None:
        self.ask(abi.S_PARM, abi.StreamParameters(type=CAPTURE, numerator=1, denominator=30))

    def buffers(self, count: int = 2) -> None:
        self.ask(abi.REQBUFS, abi.RequestBuffers(count=count, type=CAPTURE, memory=1))

    def map(self, index: int = 0) -> None:
        buffer = abi.Buffer(index=index, type=CAPTURE, memory=1)
        self.ask(abi.QUERYBUF, buffer)
        self.device.mmap(buffer.length, buffer.offset)

    def queue(self, index: int = 0) -> None:
        self.ask(abi.QBUF, abi.Buffer(index=index, type=CAPTURE, memory=1))

    def take(self) -> None:
        self.ask(abi.DQBUF, abi.Buffer(type=CAPTURE, memory=1))

    def on(self) -> None:
        self.ask(abi.STREAMON, abi.BufferType(type=CAPTURE))

    def control(self, number: int, value: int) -> None:
        item = abi.ExtendedControl(id=number, value=value)
        address = ctypes.addressof(item)
        self.ask(abi.S_EXT_CTRLS, abi.ExtendedControls(count=1, controls=address))

    def ask(self, request: int, argument: ctypes.Structure) -> None:
        self.device.ioctl(request, argument)

    def streaming(self) -> None:
        self.format()
        self.buffers()
        self.map()
        self.queue()
        self.on()


def other(bench: Bench) -> None:
    bench.device = Handle(bench.webcam)


REFUSED: list[tuple[str, int, list[Callable[[Bench], None]]]] = [
    ("starting without buffers", errno.EINVAL, [Bench.format, Bench.on]),
    ("a format while there are buffers", errno.EBUSY, [Bench.buffers, Bench.format]),
    ("a rate while there are buffers", errno.EBUSY, [Bench.buffers, Bench.rate]),
    ("a buffer that does not exist", errno.EINVAL, [Bench.buffers, lambda b: b.queue(2)]),
    ("a buffer queued twice", errno.EINVAL, [Bench.buffers, Bench.map, Bench.queue, Bench.queue]),
    ("reading before the start", errno.EINVAL, [Bench.buffers, Bench.map, Bench.queue, Bench.take]),
    ("reading too early", errno.EAGAIN, [Bench.streaming, Bench.take]),
    ("freeing what is mapped", errno.EBUSY, [Bench.buffers, Bench.map, lambda b: b.buffers(0)]),
    ("another's stream", errno.EBUSY, [Bench.streaming, other, Bench.format]),
    ("another's buffers", errno.EBUSY, [Bench.streaming, other, Bench.buffers]),
    ("a value out of range", errno.ERANGE, [lambda b: b.control(fake.BRIGHTNESS, 65)]),
    ("a menu's hole", errno.ERANGE, [lambda b: b.control(fake.EXPOSURE_AUTO, 2)]),
    ("what an automatic owns", errno.EACCES, [lambda b: b.control(fake.EXPOSURE, 100)]),
    ("an unknown control", errno.EINVAL, [lambda b: b.control(0x980999, 1)]),
    ("anything once unplugged", errno.ENODEV, [lambda b: b.webcam.unplug(), Bench.format]),
    ("an unknown request", errno.ENOTTY, [lambda b: b.ask(0x80685601, abi.Capability())]),
    ("a struct of another size", errno.ENOTTY, [lambda b: b.ask(0x80685600, abi.Format())]),
]


@pytest.mark.parametrize(
    ("code", "steps"), [each[1:] for each in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_it_refuses(code: int, steps: list[Callable[[Bench], None]]) -> None:
    bench = Bench()
    for step in steps[:-1]:
        step(bench)
    with pytest.raises(OSError) as caught:
        steps[-1](bench)
    assert caught.value.errno == code


def test_in_the_right_order_it_gives_a_frame() -> None:
    bench = Bench()
    bench.streaming()
    bench.clock.move(0.04)
    bench.take()
    bench.queue()
