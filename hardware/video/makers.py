"""`makers`: what turns a wish for a video into a job; called once, by whoever runs the jobs."""

from collections.abc import Callable
from typing import Any

from hardware.jobs import Job
from hardware.video.encoders import Encoders
from hardware.video.motion import MotionJob
from hardware.video.movie import MovieJob
from hardware.video.recording import RecordingJob
from hardware.video.sources import CheckRoom, LivePicture, Pictures, Shelf
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
) -> dict[type[Any], Callable[[Any], Job]]:
    """Return what makes a job of each kind of video.

    Args:
        settings: How videos are encoded.
        live: The live frames.
        shelf: Where finished videos go.
        pictures: Finds what a movie is made of.
        check_room: Says no when the disk is too full.
        fps: The wished rate of the live picture.
    """
    encoders = Encoders(settings.encoder)

    def recording(spec: Recording) -> Job:
        return RecordingJob(
            spec,
            live=live,
            shelf=shelf,
            encoders=encoders,
            check_room=check_room,
            fps=fps,
            bitrate=settings.bitrate,
            keyframe_s=settings.keyframe_s,
        )

    def motion(spec: Motion) -> Job:
        return MotionJob(
            spec,
            live=live,
            shelf=shelf,
            encoders=encoders,
            check_room=check_room,
            fps=fps,
            bitrate=settings.bitrate,
            keyframe_s=settings.keyframe_s,
        )

    def movie(spec: Movie) -> Job:
        return MovieJob(
            spec, pictures=pictures, shelf=shelf, check_room=check_room, bitrate=settings.bitrate
        )

    return {Recording: recording, Motion: motion, Movie: movie}
