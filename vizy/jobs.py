"""Jobs: work that takes a while, can be stopped, and says how far it is.

A `JobSpec` is what somebody asks for, a `JobState` what became of it. The page, the API and the
command start jobs with the one, and show the other. Immutable, used on any thread, no I/O.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from vizy.wanted import DAYTIME_PATTERN

_Rate = Annotated[float, Meta(gt=0, le=240)]
_Seconds = Annotated[float, Meta(gt=0, le=366 * 86_400)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Daytime = Annotated[str, Meta(pattern=DAYTIME_PATTERN)]
_JobId = Annotated[str, Meta(min_length=1, max_length=40)]


class Burst(Struct, tag="burst", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Several pictures, one soon after the other.

    Attributes:
        count: How many.
        fps: How many a second; the camera may be slower.
        source: ``live`` takes frames of the live picture, quick and small; ``still`` takes full
            size, as fast as the camera can.
    """

    count: Annotated[int, Meta(ge=2, le=500)] = 10
    fps: _Rate = 10.0
    source: Literal["live", "still"] = "live"


class Bracket(Struct, tag="bracket", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stills of one scene at several exposures. Afterwards the controls are as they were.

    Attributes:
        ev: A still for each, in stops from the exposure in force.
    """

    ev: Annotated[
        tuple[Annotated[float, Meta(ge=-6, le=6)], ...], Meta(min_length=2, max_length=9)
    ] = (-2.0, 0.0, 2.0)


class TimeLapse(Struct, tag="timelapse", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stills at an interval. It goes on after a restart of the daemon or the device.

    Attributes:
        interval_s: From one to the next.
        count: Ends after so many; None: no such end.
        duration_s: Ends so long after its start; None: no such end.
        starts: When it starts, as ``2026-11-25T06:30:00+01:00``; None: at once.
        daily: Only between two local times of day, like ``06:30,21:00``, past midnight when the
            second is the earlier; None: always.
        movie_fps: Makes an MP4 of so many pictures a second at the end; None: makes none.
    """

    interval_s: Annotated[float, Meta(ge=0.5, le=86_400)] = 10.0
    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    duration_s: _Seconds | None = None
    starts: Annotated[str, Meta(max_length=40)] | None = None
    daily: tuple[_Daytime, _Daytime] | None = None
    movie_fps: _Rate | None = None


class Movie(Struct, tag="movie", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An MP4 made of the pictures that another job took.

    Attributes:
        group: That job's id, which each of its captures carries.
        fps: Pictures a second.
    """

    group: _JobId
    fps: _Rate = 25.0


class Recording(Struct, tag="recording", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A video of the live picture, H.264 in MP4.

    Attributes:
        duration_s: Ends after so long; None: when it is stopped.
        bitrate: In bits a second; None: chosen by size and rate.
    """

    duration_s: _Seconds | None = None
    bitrate: Annotated[int, Meta(ge=100_000, le=50_000_000)] | None = None


class Area(Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle of the picture; 0 to 1 from its left and upper edge."""

    x: _Share
    y: _Share
    width: _Share
    height: _Share


class Motion(Struct, tag="motion", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A video of each movement. It goes on until it is stopped, also after a restart.

    Attributes:
        sensitivity: From 0, only what fills the picture, to 1, every leaf.
        ignore: Areas where nothing counts.
        before_s: How much of a video lies before the movement ...
        after_s: ... and behind its end.
        longest_s: A movement that takes longer is cut into several videos.
    """

    sensitivity: _Share = 0.5
    ignore: Annotated[tuple[Area, ...], Meta(max_length=32)] = ()
    before_s: Annotated[float, Meta(ge=0, le=10)] = 3.0
    after_s: Annotated[float, Meta(ge=0.5, le=60)] = 5.0
    longest_s: Annotated[float, Meta(ge=5, le=3600)] = 300.0


JobSpec: TypeAlias = Burst | Bracket | TimeLapse | Movie | Recording | Motion

JobStatus = Literal["waiting", "running", "stopping", "done", "stopped", "failed"]
ENDED: frozenset[JobStatus] = frozenset({"done", "stopped", "failed"})


class JobState(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One job.

    Attributes:
        id: Unique; the ``group`` of what it captures.
        spec: What was asked for.
        status: ``waiting`` for its time; ``stopping`` while it finishes what must be whole;
            ``stopped`` when somebody ended it: what it captured until then is kept.
        started: RFC 3339, UTC.
        done: How many steps are done: pictures, or seconds of a recording.
        total: How many there will be; None when nobody knows.
        missed: How many were due and could not be done; ``detail`` says why.
        detail: What is worth saying while it runs: the encoder, frames that were left out.
        reason: Why it failed or was cut short; empty otherwise.
    """

    id: str
    spec: JobSpec
    status: JobStatus
    started: str
    done: int = 0
    total: int | None = None
    missed: int = 0
    detail: str = ""
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED


def kind_of(spec: JobSpec) -> str:
    """Return the name of a job's kind: ``burst``, ``timelapse``."""
    return str(spec.__struct_config__.tag)
