"""Making jobs of wishes; and nothing heavy is loaded before there is something to encode."""

import subprocess
import sys
from pathlib import Path

from hardware.video import makers
from hardware.video.motion import MotionJob
from hardware.video.movie import MovieJob
from hardware.video.recording import RecordingJob
from tests.hardware.video.studio import Live, Shelf, room_enough
from vizy.jobs import Motion, Movie, Recording
from vizy.settings.video import VideoSettings


async def nothing(group: str) -> list[tuple[str, Path]]:
    return []


def test_there_is_a_job_for_each_kind_of_video(tmp_path: Path) -> None:
    found = makers(
        VideoSettings(),
        live=Live(),
        shelf=Shelf(tmp_path),
        pictures=nothing,
        check_room=room_enough,
        fps=30,
    )
    made = {kind: type(found[kind](spec)) for kind, spec in SPECS.items()}
    assert made == {Recording: RecordingJob, Motion: MotionJob, Movie: MovieJob}


SPECS = {Recording: Recording(), Motion: Motion(), Movie: Movie(group="g")}


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, hardware.video; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
