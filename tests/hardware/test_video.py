"""What is the video camera's own: bad files, looping, keeping the clip's shape."""

from itertools import pairwise
from pathlib import Path

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
