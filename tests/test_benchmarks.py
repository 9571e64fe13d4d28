"""What the benchmarks measure with."""

import time

import cv2
import pytest
import simplejpeg

from benchmarks.web.__main__ import main
from benchmarks.web.stamped import WIDTH, StampedCamera, age_ms
from vizy.state import Size


@pytest.mark.parametrize("width", [WIDTH, 960, 640, 416])
def test_the_age_of_a_picture_is_read_from_its_pixels_in_every_size(width: int) -> None:
    camera = StampedCamera()
    camera.open()
    camera.start_stream(Size(WIDTH, 720), 30)
    frame = camera.poll_frame()
    assert frame is not None
    pixels = cv2.resize(frame.pixels, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
    jpeg = simplejpeg.encode_jpeg(pixels, quality=55, colorspace="RGB", colorsubsampling="420")
    before_ms = (time.monotonic_ns() - frame.timestamp_ns) / 1e6
    age = age_ms(jpeg)
    after_ms = (time.monotonic_ns() - frame.timestamp_ns) / 1e6
    assert before_ms - 0.2 <= age <= after_ms + 0.2  # painted in steps of 0.1 ms
    camera.close()


def test_a_measurement_that_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench-web", "--only", "speed"])
    with pytest.raises(SystemExit):
        main()
    assert "there is no measurement 'speed'" in capsys.readouterr().err
