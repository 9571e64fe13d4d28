"""The structs and request numbers of the v4l2 back end are the kernel's.

The tables hold what a C program printed with sizeof, offsetof and %lx from linux/videodev2.h and
linux/v4l2-controls.h of Linux 6.1; x86-64 and aarch64 are the same.
"""

import ctypes

import pytest

from hardware.camera.v4l2 import abi

SIZES = {
    abi.Capability: 104,
    abi.FormatDescription: 64,
    abi.FrameSize: 44,
    abi.FrameInterval: 52,
    abi.Format: 208,
    abi.StreamParameters: 204,
    abi.RequestBuffers: 20,
    abi.Buffer: 88,
    abi.QueryControl: 68,
    abi.QueryMenu: 44,
    abi.ExtendedControl: 20,
    abi.ExtendedControls: 32,
}

OFFSETS = {
    abi.Capability: {
        "driver": 0,
        "card": 16,
        "bus_info": 48,
        "version": 80,
        "capabilities": 84,
        "device_caps": 88,
    },
    abi.FormatDescription: {
        "index": 0,
        "type": 4,
        "flags": 8,
        "description": 12,
        "pixelformat": 44,
    },
    abi.FrameSize: {"index": 0, "pixel_format": 4, "type": 8, "stepwise": 12},
    abi.FrameInterval: {
        "index": 0,
        "pixel_format": 4,
        "width": 8,
        "height": 12,
        "type": 16,
        "stepwise": 20,
    },
    abi.Format: {  # fmt lies at 8, and each field of v4l2_pix_format after it
        "type": 0,
        "width": 8 + 0,
        "height": 8 + 4,
        "pixelformat": 8 + 8,
        "field": 8 + 12,
        "bytesperline": 8 + 16,
        "sizeimage": 8 + 20,
    },
    abi.StreamParameters: {  # parm lies at 4, timeperframe of v4l2_captureparm at 8 of that
        "type": 0,
        "capability": 4 + 0,
        "numerator": 4 + 8,
        "denominator": 4 + 8 + 4,
    },
    abi.RequestBuffers: {"count": 0, "type": 4, "memory": 8, "capabilities": 12},
    abi.Buffer: {
        "index": 0,
        "type": 4,
        "bytesused": 8,
        "flags": 12,
        "field": 16,
        "seconds": 24,
        "timecode": 40,
        "sequence": 56,
        "memory": 60,
        "offset": 64,
        "length": 72,
    },
    abi.QueryControl: {"id": 0, "type": 4, "name": 8, "minimum": 40, "flags": 56},
    abi.QueryMenu: {"id": 0, "index": 4, "item": 8},
    abi.ExtendedControl: {"id": 0, "size": 4, "value": 12},
    abi.ExtendedControls: {
        "which": 0,
        "count": 4,
        "error_idx": 8,
        "request_fd": 12,
        "controls": 24,
    },
}

NUMBERS = {
    "QUERYCAP": 0x80685600,
    "ENUM_FMT": 0xC0405602,
    "S_FMT": 0xC0D05605,
    "REQBUFS": 0xC0145608,
    "QUERYBUF": 0xC0585609,
    "QBUF": 0xC058560F,
    "DQBUF": 0xC0585611,
    "STREAMON": 0x40045612,
    "STREAMOFF": 0x40045613,
    "S_PARM": 0xC0CC5616,
    "QUERYCTRL": 0xC0445624,
    "QUERYMENU": 0xC02C5625,
    "G_EXT_CTRLS": 0xC0205647,
    "S_EXT_CTRLS": 0xC0205648,
    "ENUM_FRAMESIZES": 0xC02C564A,
    "ENUM_FRAMEINTERVALS": 0xC034564B,
    "CAP_VIDEO_CAPTURE": 0x1,
    "CAP_STREAMING": 0x4000000,
    "CAP_DEVICE_CAPS": 0x80000000,
    "CAP_TIMEPERFRAME": 0x1000,
    "BUF_TYPE_VIDEO_CAPTURE": 1,
    "MEMORY_MMAP": 1,
    "FIELD_NONE": 1,
    "BUF_FLAG_ERROR": 0x40,
    "BUF_FLAG_TIMESTAMP_MASK": 0xE000,
    "BUF_FLAG_TIMESTAMP_MONOTONIC": 0x2000,
    "FRMSIZE_TYPE_DISCRETE": 1,
    "FRMIVAL_TYPE_DISCRETE": 1,
    "CTRL_FLAG_NEXT_CTRL": 0x80000000,
    "CTRL_FLAG_DISABLED": 0x1,
    "CTRL_FLAG_READ_ONLY": 0x4,
    "CTRL_FLAG_WRITE_ONLY": 0x40,
    "CTRL_TYPE_INTEGER": 1,
    "CTRL_TYPE_BOOLEAN": 2,
    "CTRL_TYPE_MENU": 3,
    "CTRL_TYPE_INTEGER_MENU": 9,
    "CTRL_WHICH_CUR_VAL": 0,
    "CID_BRIGHTNESS": 0x980900,
    "CID_CONTRAST": 0x980901,
    "CID_SATURATION": 0x980902,
    "CID_HUE": 0x980903,
    "CID_AUTO_WHITE_BALANCE": 0x98090C,
    "CID_RED_BALANCE": 0x98090E,
    "CID_BLUE_BALANCE": 0x98090F,
    "CID_GAMMA": 0x980910,
    "CID_AUTOGAIN": 0x980912,
    "CID_GAIN": 0x980913,
    "CID_POWER_LINE_FREQUENCY": 0x980918,
    "CID_HUE_AUTO": 0x980919,
    "CID_WHITE_BALANCE_TEMPERATURE": 0x98091A,
    "CID_SHARPNESS": 0x98091B,
    "CID_BACKLIGHT_COMPENSATION": 0x98091C,
    "CID_EXPOSURE_AUTO": 0x9A0901,
    "CID_EXPOSURE_ABSOLUTE": 0x9A0902,
    "CID_EXPOSURE_AUTO_PRIORITY": 0x9A0903,
    "CID_FOCUS_ABSOLUTE": 0x9A090A,
    "CID_FOCUS_AUTO": 0x9A090C,
    "EXPOSURE_AUTO": 0,
    "EXPOSURE_MANUAL": 1,
    "EXPOSURE_APERTURE_PRIORITY": 3,
}


@pytest.mark.parametrize("kind", SIZES, ids=lambda kind: kind.__name__)
def test_a_struct_has_the_size_and_the_offsets_of_the_kernel_s(
    kind: type[ctypes.Structure],
) -> None:
    assert ctypes.sizeof(kind) == SIZES[kind]
    offsets = {name: getattr(kind, name).offset for name in OFFSETS[kind]}
    assert offsets == OFFSETS[kind]


def test_every_number_is_the_kernel_s_and_none_is_left_out() -> None:
    ours = {name: value for name, value in vars(abi).items() if name.isupper() and name[0] != "_"}
    assert ours == NUMBERS


def test_a_pixel_format_is_four_letters() -> None:
    assert abi.fourcc("MJPG") == 0x47504A4D
    assert abi.fourcc_name(0x56595559) == "YUYV"
