"""`makers`: what turns a wish for a video into a job; called once, by whoever runs the jobs."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from hardware.jobs import Job
from hardware.video.disk import PartFile
from hardware.video.encoders import Encoders
from hardware.video.motion import MotionJob
from hardware.video.movie import MovieJob
from hardware.video.recording import RecordingJob
from hardware.video.sources import CheckRoom, LivePicture, Pictures, Shelf
from hardware.video.studio import Studio
from hardware.video.writer import Mp4Writer, OpenFile
from vizy.jobs import Motion, Movie, Recording
from vizy.settings.video import VideoSettings


def makers(
    settings: VideoSettings,
    *,
    live: LivePicture,
    shelf: Shelf,
    pictures: Pictures,
    check_room: CheckRoom,
    fps: float,
    open_file: OpenFile = PartFile,
) -> dict[type[Any], Callable[[Any], Job]]:
    """Return what makes a job of each kind of video.

    Args:
        settings: How videos are encoded.
        live: The live frames.
        shelf: Where finished videos go.
        pictures: Finds what a movie is made of.
        check_room: Says no when the disk is too full.
        fps: The wished rate of the live picture.
        open_file: Makes the files of videos.
    """
    studio = Studio(
        live=live,
        shelf=shelf,
        encoders=Encoders(settings.encoder),
        check_room=check_room,
        fps=fps,
        bitrate=settings.bitrate,
        keyframe_s=settings.keyframe_s,
        make_writer=partial(Mp4Writer, open_file=open_file),
    )
    turn = asyncio.Lock()

    def recording(spec: Recording) -> Job:
        return RecordingJob(spec, studio)

    def motion(spec: Motion) -> Job:
        return MotionJob(spec, studio)

    def movie(spec: Movie) -> Job:
        return MovieJob(
            spec,
            pictures=pictures,
            shelf=shelf,
            check_room=check_room,
            turn=turn,
            bitrate=settings.bitrate,
            open_file=open_file,
        )

    return {Recording: recording, Motion: motion, Movie: movie}
