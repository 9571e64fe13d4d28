"""Which jobs may run beside each other; the one place that says so. Pure, no I/O.

- At most eight at once.
- One recording, and one motion watch: each needs a video encoder.
- One burst: it keeps the queue of stills full.
- A bracket changes the exposure that everybody's pictures are taken with, so it runs beside nothing
  that looks through the camera; only a movie, made of files, may run meanwhile.
"""

from collections.abc import Sequence

from vizy.errors import BusyError
from vizy.jobs import JobSpec, JobState, kind_of

MAX_ACTIVE = 8
_ONE_OF_A_KIND = {
    "recording": "the camera's picture is recorded once at a time",
    "motion": "one watches the picture already",
    "burst": "one keeps the queue of stills full",
}
_BRACKET = "bracket"
_OFF_CAMERA = ("movie",)


def check_room(spec: JobSpec, active: Sequence[JobState]) -> None:
    """Refuse a job that cannot run beside those that run.

    Args:
        spec: What is asked for.
        active: The jobs that have not ended.

    Raises:
        BusyError: Too many, or one is in the way; the text names it, why, and what to do.
    """
    for state in active:
        if reason := _conflict(kind_of(spec), kind_of(state.spec)):
            raise BusyError(
                f"no {kind_of(spec)} beside {_name(state)}: {reason}: "
                f"stop that first or wait until it has ended"
            )
    if len(active) >= MAX_ACTIVE:
        raise BusyError(
            f"{MAX_ACTIVE} jobs run, the most: {', '.join(map(_name, active))}: "
            "stop one or wait until one has ended"
        )


def _conflict(wanted: str, running: str) -> str:
    """Return why one kind cannot run beside another; empty if it can."""
    if wanted == running and wanted in _ONE_OF_A_KIND:
        return _ONE_OF_A_KIND[wanted]
    if _BRACKET in (wanted, running) and not {wanted, running} & set(_OFF_CAMERA):
        return "a bracket changes the exposure of all pictures while it runs"
    return ""


def _name(state: JobState) -> str:
    return f"{kind_of(state.spec)} {state.id}"
