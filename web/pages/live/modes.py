"""What the shutter does: a picture, or a job, with the few choices that a camera would offer.

Each browser chooses for itself. From the choices comes a `JobSpec`, checked as one from anywhere.
Pure data and functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from vizy.errors import InvalidValueError
from vizy.jobs import JobSpec

PHOTO = "photo"
MOTION = "motion"
RAW = "raw"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice of a mode.

    Attributes:
        id: Of its component.
        name: For a screen reader.
        choices: Value to what people read.
        default: One of the values.
    """

    id: str
    name: str
    choices: Mapping[str, str]
    default: str


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One thing that the shutter can do.

    Attributes:
        title: A word.
        press: What the shutter then does, an imperative.
        options: Its choices.
        spec: Makes a job of what was chosen, by option id; None for a picture, which is no job.
    """

    title: str
    press: str
    options: tuple[Option, ...] = ()
    spec: Callable[[Mapping[str, str]], dict[str, Any]] | None = None


MODES: dict[str, Mode] = {
    PHOTO: Mode(
        title="Photo",
        press="Take a picture",
        options=(
            Option(
                id=RAW, name="Format", choices={"jpeg": "JPEG", "raw": "JPEG + raw"}, default="jpeg"
            ),
        ),
    ),
    "burst": Mode(
        title="Burst",
        press="Take a burst",
        options=(
            Option(
                id="burst-count",
                name="How many",
                choices={n: f"{n} pictures" for n in ("5", "10", "20", "50", "100")},
                default="10",
            ),
            Option(
                id="burst-fps",
                name="How fast",
                choices={n: f"{n} a second" for n in ("2", "5", "10", "20", "30")},
                default="10",
            ),
            Option(
                id="burst-source",
                name="Size",
                choices={"live": "live size", "still": "full size"},
                default="live",
            ),
        ),
        spec=lambda chosen: {
            "count": chosen["burst-count"],
            "fps": chosen["burst-fps"],
            "source": chosen["burst-source"],
        },
    ),
    "bracket": Mode(
        title="Bracket",
        press="Take a bracket",
        options=(
            Option(
                id="bracket-ev",
                name="Exposures",
                choices={
                    "-1,0,1": "3 × 1 stop",
                    "-2,0,2": "3 × 2 stops",
                    "-2,-1,0,1,2": "5 × 1 stop",
                    "-4,-2,0,2,4": "5 × 2 stops",
                },
                default="-2,0,2",
            ),
        ),
        spec=lambda chosen: {"ev": chosen["bracket-ev"].split(",")},
    ),
    "timelapse": Mode(
        title="Time-lapse",
        press="Start a time-lapse",
        options=(
            Option(
                id="timelapse-interval",
                name="Interval",
                choices={
                    "1": "every second",
                    "2": "every 2 s",
                    "5": "every 5 s",
                    "10": "every 10 s",
                    "30": "every 30 s",
                    "60": "every minute",
                    "300": "every 5 min",
                    "600": "every 10 min",
                    "3600": "every hour",
                },
                default="10",
            ),
            Option(
                id="timelapse-count",
                name="How many",
                choices={"null": "until stopped"}
                | {n: f"{n} pictures" for n in ("10", "50", "100", "500", "1000")},
                default="100",
            ),
            Option(
                id="timelapse-movie",
                name="Movie",
                choices={"null": "no movie"} | {n: f"movie, {n}/s" for n in ("12", "25", "30")},
                default="null",
            ),
        ),
        spec=lambda chosen: {
            "interval_s": chosen["timelapse-interval"],
            "count": chosen["timelapse-count"],
            "movie_fps": chosen["timelapse-movie"],
        },
    ),
    MOTION: Mode(
        title="Motion",
        press="Watch for motion",
        options=(
            Option(
                id="motion-sensitivity",
                name="Sensitivity",
                choices={"0.25": "large things", "0.5": "most things", "0.8": "small things"},
                default="0.5",
            ),
        ),
        spec=lambda chosen: {"sensitivity": chosen["motion-sensitivity"]},
    ),
}
OPTIONS: tuple[Option, ...] = tuple(o for mode in MODES.values() for o in mode.options)


def spec_of(mode: str, chosen: Mapping[str, str]) -> JobSpec:
    """Return the job that a mode and what was chosen stand for.

    Args:
        mode: One of `MODES`, not a picture.
        chosen: Option id to value, as a browser sent them.

    Raises:
        InvalidValueError: There is no such mode, or a value cannot be taken.
    """
    make = MODES[mode].spec if mode in MODES else None
    if make is None:
        raise InvalidValueError(f"{mode[:40]!r} is no job: choose one of {', '.join(MODES)}")
    try:
        # Not strict: a browser's choices are text, "null" for nothing.
        spec = msgspec.convert({"type": mode} | make(chosen), JobSpec, strict=False)
    except (msgspec.ValidationError, AttributeError) as error:
        raise InvalidValueError(f"the {mode} cannot be started: {error}") from error
    return cast("JobSpec", spec)
