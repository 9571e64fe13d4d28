"""What is the video camera's own: bad files, looping, keeping the clip's shape."""

import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.camera.video import VideoCamera
from tests.hardware.cameras import CLIP, HandClock, next_frame
from vizy.errors import CameraError
from vizy.state import Size


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"absent\.avi cannot be read: No such file.*give a"):
        VideoCamera(tmp_path / "absent.avi").open()


def test_an_empty_clip_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.avi").touch()
    with pytest.raises(CameraError, match=r"empty\.avi is empty.*give a"):
        VideoCamera(tmp_path / "empty.avi").open()


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.avi").write_text("this is text, not a video\n" * 100)
    with pytest.raises(CameraError, match=r"notes\.avi is not a video.*give a"):
        VideoCamera(tmp_path / "notes.avi").open()


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="is not a file"):
        VideoCamera(tmp_path).open()


def test_a_clip_cut_short_plays_what_it_has(tmp_path: Path) -> None:
    whole = CLIP.read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    clock = HandClock()
    camera = VideoCamera(tmp_path / "cut.avi", clock=clock)
    camera.open()
    camera.start_stream(Size(384, 288), 30)
    frames = [next_frame(camera, clock) for _ in range(30)]
    assert frames[-1].sequence > frames[0].sequence
    camera.close()


def test_a_clip_damaged_in_the_middle_plays_on_in_silence(tmp_path: Path) -> None:
    damaged = bytearray(CLIP.read_bytes())
    middle = slice(len(damaged) // 3, len(damaged) // 2)
    damaged[middle] = random.Random(1).randbytes(middle.stop - middle.start)
    (tmp_path / "clip.avi").write_bytes(damaged)
    script = (
        "import sys; from pathlib import Path; from vizy.state import Size\n"
        "from hardware.camera.video import VideoCamera; from tests.hardware.cameras import *\n"
        "clock = HandClock(); camera = VideoCamera(Path(sys.argv[1]), clock=clock)\n"
        "camera.open(); camera.start_stream(Size(384, 288), 30)\n"
        "print([next_frame(camera, clock).sequence for _ in range(300)][-1])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "clip.avi"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (int(ran.stdout) >= 300, ran.stderr) == (True, "")


@pytest.mark.parametrize(
    ("width", "height", "count", "fps"),
    [(64, 48, 1, 25), (36, 64, 3, 25), (101, 75, 3, 25), (64, 48, 3, 1000)],
    ids=["one frame", "portrait", "odd", "1000 a second"],
)
def test_a_clip_of_any_shape_plays(
    tmp_path: Path, width: int, height: int, count: int, fps: int
) -> None:
    clip = tmp_path / "clip.avi"
    made = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    for level in range(count):
        made.write(np.full((height, width, 3), 50 * level, np.uint8))
    made.release()
    clock = HandClock()
    camera = VideoCamera(clip, clock=clock)
    camera.open()
    whole = camera.info.still_size
    assert abs(whole.width - width) + abs(whole.height - height) <= 2  # some codecs take even only
    camera.start_stream(Size(1280, 720), 30)
    assert {next_frame(camera, clock).size for _ in range(10)} == {whole}
    clock.move(3600)
    assert camera.capture_still().size == whole
    camera.close()


def test_a_clip_deleted_while_it_plays_is_a_camera_error(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    clip.write_bytes(CLIP.read_bytes())
    clock = HandClock()
    camera = VideoCamera(clip, clock=clock)
    camera.open()
    clip.unlink()
    camera.start_stream(Size(384, 288), 30)
    next_frame(camera, clock)
    clock.move(3)
    with pytest.raises(CameraError, match="cannot be read any more"):
        camera.poll_frame()
    camera.close()


def test_it_loops_at_the_clip_s_own_rate() -> None:
    clock = HandClock()
    camera = VideoCamera(CLIP, clock=clock)
    camera.open()
    camera.start_stream(Size(384, 288), 30)
    frames = [next_frame(camera, clock) for _ in range(21)]
    steps = {b.timestamp_ns - a.timestamp_ns for a, b in pairwise(frames)}
    assert steps == {100_000_000}
    assert (frames[0].pixels == frames[20].pixels).all()  # the clip has twenty frames
    assert (frames[0].pixels != frames[10].pixels).any()
    camera.close()


def test_the_live_picture_keeps_the_clip_s_shape() -> None:
    camera = VideoCamera(CLIP)
    camera.open()
    assert camera.info.still_size == Size(384, 288)
    assert camera.live_size(Size(1280, 720)) == Size(384, 288)
    assert camera.live_size(Size(192, 720)) == Size(192, 144)
    camera.close()
