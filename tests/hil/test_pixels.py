"""From buffers to pixels, for each format that a camera behind picamera2 may give."""

import cv2
import numpy as np
import pytest
import simplejpeg

from hardware.camera.picamera2.pixels import CODES, fit, to_rgb
from vizy.errors import CameraError
from vizy.state import Size

SIZE = Size(48, 32)
STRIDE = 64


def picture() -> np.ndarray:
    """Return a picture without fine colour, which 4:2:0 would lose."""
    y, x = np.mgrid[0 : SIZE.height, 0 : SIZE.width]
    return np.stack((50 + x * 3, 200 - y * 4, 60 + y * 3), axis=2).astype(np.uint8)


def padded(rows: np.ndarray, stride: int) -> np.ndarray:
    buffer = np.full((rows.shape[0], stride), 0xAA, np.uint8)
    buffer[:, : rows.shape[1]] = rows
    return buffer.reshape(-1)


def planes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flat = cv2.cvtColor(picture(), cv2.COLOR_RGB2YUV_I420).reshape(-1)
    luma = flat[: SIZE.width * SIZE.height].reshape(SIZE.height, SIZE.width)
    chroma = flat[SIZE.width * SIZE.height :].reshape(2, SIZE.height // 2, SIZE.width // 2)
    return luma, chroma[0], chroma[1]


def encode(pixel_format: str) -> tuple[np.ndarray, int]:
    """Return a buffer of that format with padded rows, and its stride."""
    rgb = picture()
    luma, u, v = planes()
    match pixel_format:
        case "YUV420" | "YVU420":
            first, second = (u, v) if pixel_format == "YUV420" else (v, u)
            parts = [padded(luma, STRIDE), padded(first, STRIDE // 2), padded(second, STRIDE // 2)]
            return np.concatenate(parts), STRIDE
        case "NV12" | "NV21":
            pair = (u, v) if pixel_format == "NV12" else (v, u)
            chroma = np.stack(pair, axis=2).reshape(SIZE.height // 2, SIZE.width)
            return np.concatenate([padded(luma, STRIDE), padded(chroma, STRIDE)]), STRIDE
        case "YUYV" | "YVYU" | "UYVY":
            u, v = u.repeat(2, axis=0), v.repeat(2, axis=0)
            named = {"U": u, "V": v}
            lumas = iter((luma[:, ::2], luma[:, 1::2]))
            order = [next(lumas) if name == "Y" else named[name] for name in pixel_format]
            return padded(np.stack(order, axis=2).reshape(SIZE.height, -1), 2 * STRIDE), 2 * STRIDE
        case "BGR888" | "RGB888":
            ordered = rgb if pixel_format == "BGR888" else rgb[:, :, ::-1]
            return padded(ordered.reshape(SIZE.height, -1), 160), 160  # no multiple of 3
        case _:
            ordered = rgb if pixel_format == "XBGR8888" else rgb[:, :, ::-1]
            four = np.dstack((ordered, np.full(rgb.shape[:2], 255, np.uint8)))
            return padded(four.reshape(SIZE.height, -1), 256), 256


@pytest.mark.parametrize("pixel_format", ["BGR888", *CODES])
def test_each_format_gives_the_picture_and_a_copy(pixel_format: str) -> None:
    buffer, stride = encode(pixel_format)
    pixels = to_rgb(buffer, pixel_format, SIZE, stride)
    assert pixels.shape == (SIZE.height, SIZE.width, 3)
    assert pixels.flags["C_CONTIGUOUS"]
    assert np.abs(pixels.astype(int) - picture()).max() <= 8
    copy = pixels.copy()
    buffer[:] = 0
    assert (pixels == copy).all()


def test_a_webcam_s_jpeg_is_decoded_and_a_damaged_one_is_said() -> None:
    jpeg = simplejpeg.encode_jpeg(picture(), 95, "RGB", "444")
    buffer = np.frombuffer(jpeg + bytes(100), np.uint8)  # the rest of the buffer is not used
    assert np.abs(to_rgb(buffer, "MJPEG", SIZE, 0).astype(int) - picture()).mean() < 8
    with pytest.raises(CameraError, match="damaged JPEG"):
        to_rgb(np.zeros(500, np.uint8), "MJPEG", SIZE, 0)


def test_a_format_that_is_not_known_is_named() -> None:
    with pytest.raises(CameraError, match="gives R12, which Vizy cannot read"):
        to_rgb(np.zeros(100_000, np.uint8), "R12", SIZE, STRIDE)


def test_fitting_cuts_to_the_shape_around_the_middle_and_then_scales() -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 255
    assert fit(wide, Size(300, 100)) is wide
    square = fit(wide, Size(50, 50))
    assert square.shape == (50, 50, 3)
    assert square.min() == 255
