"""The kernel's side of V4L2: structs, request numbers and flags, and nothing else.

Only what this back end uses. The layout is that of 64-bit kernels, where each field lies on its own
alignment; a test compares sizes, offsets and numbers with those of the headers. No I/O.
Source: linux/videodev2.h, linux/v4l2-controls.h, asm-generic/ioctl.h.
"""

import ctypes
from ctypes import c_char, c_int32, c_int64, c_long, c_uint8, c_uint32, c_uint64

CAP_VIDEO_CAPTURE = 0x0000_0001
CAP_STREAMING = 0x0400_0000
CAP_DEVICE_CAPS = 0x8000_0000
CAP_TIMEPERFRAME = 0x1000

BUF_TYPE_VIDEO_CAPTURE = 1
MEMORY_MMAP = 1
FIELD_NONE = 1
BUF_FLAG_ERROR = 0x40
BUF_FLAG_TIMESTAMP_MASK = 0xE000
BUF_FLAG_TIMESTAMP_MONOTONIC = 0x2000

FRMSIZE_TYPE_DISCRETE = 1
FRMIVAL_TYPE_DISCRETE = 1

CTRL_FLAG_NEXT_CTRL = 0x8000_0000
CTRL_FLAG_DISABLED = 0x01
CTRL_FLAG_READ_ONLY = 0x04
CTRL_FLAG_WRITE_ONLY = 0x40
CTRL_TYPE_INTEGER = 1
CTRL_TYPE_BOOLEAN = 2
CTRL_TYPE_MENU = 3
CTRL_TYPE_INTEGER_MENU = 9
CTRL_WHICH_CUR_VAL = 0

CID_BRIGHTNESS = 0x0098_0900
CID_CONTRAST = 0x0098_0901
CID_SATURATION = 0x0098_0902
CID_HUE = 0x0098_0903
CID_AUTO_WHITE_BALANCE = 0x0098_090C
CID_RED_BALANCE = 0x0098_090E
CID_BLUE_BALANCE = 0x0098_090F
CID_GAMMA = 0x0098_0910
CID_AUTOGAIN = 0x0098_0912
CID_GAIN = 0x0098_0913
CID_POWER_LINE_FREQUENCY = 0x0098_0918
CID_HUE_AUTO = 0x0098_0919
CID_WHITE_BALANCE_TEMPERATURE = 0x0098_091A
CID_SHARPNESS = 0x0098_091B
CID_BACKLIGHT_COMPENSATION = 0x0098_091C
CID_EXPOSURE_AUTO = 0x009A_0901
CID_EXPOSURE_ABSOLUTE = 0x009A_0902
CID_EXPOSURE_AUTO_PRIORITY = 0x009A_0903
CID_FOCUS_ABSOLUTE = 0x009A_090A
CID_FOCUS_AUTO = 0x009A_090C

EXPOSURE_AUTO = 0
EXPOSURE_MANUAL = 1
EXPOSURE_APERTURE_PRIORITY = 3


class Capability(ctypes.Structure):
    """``struct v4l2_capability``: what a device is."""

    driver: bytes
    card: bytes
    bus_info: bytes
    capabilities: int
    device_caps: int
    _fields_ = (
        ("driver", c_char * 16),
        ("card", c_char * 32),
        ("bus_info", c_char * 32),
        ("version", c_uint32),
        ("capabilities", c_uint32),
        ("device_caps", c_uint32),
        ("reserved", c_uint32 * 3),
    )


class FormatDescription(ctypes.Structure):
    """``struct v4l2_fmtdesc``: one pixel format."""

    index: int
    type: int
    pixelformat: int
    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("flags", c_uint32),
        ("description", c_char * 32),
        ("pixelformat", c_uint32),
        ("mbus_code", c_uint32),
        ("reserved", c_uint32 * 3),
    )


class FrameSize(ctypes.Structure):
    """``struct v4l2_frmsizeenum``; of type discrete only the first two of ``stepwise`` count."""

    index: int
    pixel_format: int
    type: int
    stepwise: "ctypes.Array[c_uint32]"
    _fields_ = (
        ("index", c_uint32),
        ("pixel_format", c_uint32),
        ("type", c_uint32),
        ("stepwise", c_uint32 * 6),  # width: least, greatest, step; height: the same
        ("reserved", c_uint32 * 2),
    )


class FrameInterval(ctypes.Structure):
    """``struct v4l2_frmivalenum``; of type discrete only the first fraction counts."""

    index: int
    pixel_format: int
    width: int
    height: int
    type: int
    stepwise: "ctypes.Array[c_uint32]"
    _fields_ = (
        ("index", c_uint32),
        ("pixel_format", c_uint32),
        ("width", c_uint32),
        ("height", c_uint32),
        ("type", c_uint32),
        ("stepwise", c_uint32 * 6),  # fractions of a second: shortest, longest, step
        ("reserved", c_uint32 * 2),
    )


class Format(ctypes.Structure):
    """``struct v4l2_format`` with its ``struct v4l2_pix_format`` unfolded."""

    type: int
    width: int
    height: int
    pixelformat: int
    field: int
    bytesperline: int
    sizeimage: int
    _fields_ = (
        ("type", c_uint32),
        ("padding", c_uint32),
        ("width", c_uint32),
        ("height", c_uint32),
        ("pixelformat", c_uint32),
        ("field", c_uint32),
        ("bytesperline", c_uint32),
        ("sizeimage", c_uint32),
        ("rest", c_uint8 * 176),
    )


class StreamParameters(ctypes.Structure):
    """``struct v4l2_streamparm`` with its ``struct v4l2_captureparm`` unfolded."""

    type: int
    capability: int
    numerator: int
    denominator: int
    _fields_ = (
        ("type", c_uint32),
        ("capability", c_uint32),
        ("capturemode", c_uint32),
        ("numerator", c_uint32),
        ("denominator", c_uint32),
        ("rest", c_uint8 * 184),
    )


class RequestBuffers(ctypes.Structure):
    """``struct v4l2_requestbuffers``."""

    count: int
    type: int
    memory: int
    _fields_ = (
        ("count", c_uint32),
        ("type", c_uint32),
        ("memory", c_uint32),
        ("capabilities", c_uint32),
        ("flags", c_uint8),
        ("reserved", c_uint8 * 3),
    )


class Buffer(ctypes.Structure):
    """``struct v4l2_buffer``; ``offset`` is what to map it with."""

    index: int
    type: int
    bytesused: int
    flags: int
    seconds: int
    microseconds: int
    sequence: int
    memory: int
    offset: int
    length: int
    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("bytesused", c_uint32),
        ("flags", c_uint32),
        ("field", c_uint32),
        ("seconds", c_long),
        ("microseconds", c_long),
        ("timecode", c_uint32 * 4),
        ("sequence", c_uint32),
        ("memory", c_uint32),
        ("offset", c_uint64),  # the union m: a mapping's offset is its lower half
        ("length", c_uint32),
        ("reserved2", c_uint32),
        ("request_fd", c_int32),
    )


class BufferType(ctypes.Structure):
    """The int that STREAMON and STREAMOFF take."""

    type: int
    _fields_ = (("type", c_int32),)


class QueryControl(ctypes.Structure):
    """``struct v4l2_queryctrl``: what a control takes."""

    id: int
    type: int
    name: bytes
    minimum: int
    maximum: int
    step: int
    default_value: int
    flags: int
    _fields_ = (
        ("id", c_uint32),
        ("type", c_uint32),
        ("name", c_char * 32),
        ("minimum", c_int32),
        ("maximum", c_int32),
        ("step", c_int32),
        ("default_value", c_int32),
        ("flags", c_uint32),
        ("reserved", c_uint32 * 2),
    )


class MenuName(ctypes.Union):
    """What an item of a menu is: a name, or a number."""

    name: bytes
    value: int
    _pack_ = 1
    _fields_ = (("name", c_char * 32), ("value", c_int64))


class QueryMenu(ctypes.Structure):
    """``struct v4l2_querymenu``: one item of a menu."""

    id: int
    index: int
    item: MenuName
    _pack_ = 1
    _fields_ = (("id", c_uint32), ("index", c_uint32), ("item", MenuName), ("reserved", c_uint32))


class ExtendedControl(ctypes.Structure):
    """``struct v4l2_ext_control``: a control's number and value."""

    id: int
    value: int
    _pack_ = 1
    _fields_ = (
        ("id", c_uint32),
        ("size", c_uint32),
        ("reserved2", c_uint32),
        ("value", c_int32),
        ("value_above", c_int32),  # the upper half of value64
    )


class ExtendedControls(ctypes.Structure):
    """``struct v4l2_ext_controls``: several controls at once; ``controls`` is an address."""

    which: int
    count: int
    error_idx: int
    controls: int
    _fields_ = (
        ("which", c_uint32),
        ("count", c_uint32),
        ("error_idx", c_uint32),
        ("request_fd", c_int32),
        ("reserved", c_uint32),
        ("controls", c_uint64),
    )


_WRITE, _READ = 1, 2


def _request(direction: int, number: int, kind: type[ctypes.Structure]) -> int:
    return direction << 30 | ctypes.sizeof(kind) << 16 | ord("V") << 8 | number


QUERYCAP = _request(_READ, 0, Capability)
ENUM_FMT = _request(_READ | _WRITE, 2, FormatDescription)
S_FMT = _request(_READ | _WRITE, 5, Format)
REQBUFS = _request(_READ | _WRITE, 8, RequestBuffers)
QUERYBUF = _request(_READ | _WRITE, 9, Buffer)
QBUF = _request(_READ | _WRITE, 15, Buffer)
DQBUF = _request(_READ | _WRITE, 17, Buffer)
STREAMON = _request(_WRITE, 18, BufferType)
STREAMOFF = _request(_WRITE, 19, BufferType)
S_PARM = _request(_READ | _WRITE, 22, StreamParameters)
QUERYCTRL = _request(_READ | _WRITE, 36, QueryControl)
QUERYMENU = _request(_READ | _WRITE, 37, QueryMenu)
G_EXT_CTRLS = _request(_READ | _WRITE, 71, ExtendedControls)
S_EXT_CTRLS = _request(_READ | _WRITE, 72, ExtendedControls)
ENUM_FRAMESIZES = _request(_READ | _WRITE, 74, FrameSize)
ENUM_FRAMEINTERVALS = _request(_READ | _WRITE, 75, FrameInterval)


def fourcc(code: str) -> int:
    """Return the number of a pixel format, for example ``MJPG``."""
    return int.from_bytes(code.encode("ascii"), "little")


def fourcc_name(number: int) -> str:
    """Return the four letters of a pixel format's number."""
    return number.to_bytes(4, "little").decode("latin-1")
