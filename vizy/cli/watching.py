"""A job in words, and how far it is. Pure."""

from vizy.cli.bar import drawn
from vizy.jobs import Bracket, Burst, JobSpec, JobState, Movie, Recording, TimeLapse, kind_of

_COUNTED = {"recording": "s", "motion": "video"}


def ends_by_itself(spec: JobSpec) -> bool:
    """Tell whether a job has an end of its own."""
    if isinstance(spec, TimeLapse):
        return spec.count is not None or spec.duration_s is not None
    if isinstance(spec, Recording):
        return spec.duration_s is not None
    return isinstance(spec, Burst | Bracket | Movie)


def bar_of(state: JobState) -> str:
    """Draw how far a job is."""
    if not state.total:
        return f"{state.status} {amount(state)} {state.detail}".rstrip()
    return f"{drawn(state.done, state.total)} {amount(state)} {state.detail}".rstrip()


def amount(state: JobState) -> str:
    """Say how far a job is, and in what: ``3/10 pictures``, ``12 s``."""
    counted = _COUNTED.get(kind_of(state.spec), "picture")
    number = str(state.done) if state.total is None else f"{state.done}/{state.total}"
    return f"{number} {counted}{'' if counted == 's' or number == '1' else 's'}"


def describe(state: JobState) -> str:
    """Say in a line what a job is or became."""
    details = "; ".join(filter(None, [state.reason, state.detail]))
    told = f": {details}" if details else ""
    return f"{kind_of(state.spec)} {state.id}: {state.status}, {amount(state)}{told}"


def how_to_stop(state: JobState) -> str:
    """Say that a job goes on, and how to stop it."""
    return f"{kind_of(state.spec)} {state.id} goes on: stop it with `vizy stop {state.id}`"
