"""Jobs on the page: a pill for each that runs, whoever started it, and what became of it.

A recording is shown by its own button instead. Used on the web loop; no I/O.
"""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from vizy.jobs import JobState, Motion, Movie, Recording, kind_of
from web.pages.named import icon, named

_TITLES = {"timelapse": "Time-lapse"}


def job_part(job: Any, name: str) -> dict[str, Any]:
    """Return the id of one part of a job's pill: ``stop`` or ``note``."""
    return {"job": job, "part": name}


def title(job: JobState) -> str:
    """Return a job's kind as a person reads it."""
    kind = kind_of(job.spec)
    return _TITLES.get(kind, kind.capitalize())


def clock(seconds: float) -> str:
    """Write a length of time as a camera does: ``0:07``, ``1:02:03``."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def active(jobs: Sequence[JobState], kind: type[Any]) -> JobState | None:
    """Return the job of a kind that has not ended, if there is one."""
    return next((job for job in jobs if isinstance(job.spec, kind) and not job.has_ended), None)


def pills(jobs: Sequence[JobState]) -> list[Any]:
    """Return a pill for each job that has not ended, oldest first."""
    running = [job for job in jobs if not (job.has_ended or isinstance(job.spec, Recording))]
    return [_pill(job) for job in sorted(running, key=lambda job: job.id)]


def _pill(job: JobState) -> Any:
    is_stopping = job.status == "stopping"
    amount: dict[str, Any] = {"value": str(job.done)} if job.total else {}
    return html.Div(
        [
            html.Span(
                [
                    html.Span(title(job), className="vz-job-name"),
                    html.Span(_progress(job), className="vz-job-count"),
                    html.Span(_worth_saying(job), className="vz-job-detail"),
                ],
                className="vz-job-text",
                title=job.detail,
            ),
            html.Progress(
                max=str(job.total or 1),
                className="vz-job-bar",
                **named(f"{title(job)}: progress"),
                **amount,
            ),
            html.Button(
                id=job_part(job.id, "stop"),
                type="button",
                disabled=is_stopping,
                className="vz-tool",
                title=f"Stop the {title(job).lower()}",
                **icon("stop"),
                **named(f"Stop the {title(job).lower()}"),
            ),
            html.Span(id=job_part(job.id, "note"), hidden=True),
        ],
        key=job.id,
        className="vz-job",
        **{"data-job": job.id, "data-status": job.status},
    )


def _worth_saying(job: JobState) -> str:
    """Return a job's detail without the encoder, which comes first and few want to know."""
    has_encoder = isinstance(job.spec, Motion | Movie)
    return job.detail.partition("; ")[2] if has_encoder else job.detail


def _progress(job: JobState) -> str:
    if job.status == "stopping":
        return "stopping"
    if isinstance(job.spec, Motion):
        return _counted(job.done, "video") if job.done else "watching"
    if job.status == "waiting":
        return "waiting"
    if isinstance(job.spec, Movie):
        return f"{100 * job.done // job.total} %" if job.total else ""
    total = job.total or getattr(job.spec, "count", None)
    return f"{job.done} of {total}" if total else _counted(job.done, "picture")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


class JobNews:
    """Finds the jobs that have ended since it was asked last, whoever started them."""

    def __init__(self) -> None:
        self._known: set[str] | None = None

    def ended(self, jobs: Sequence[JobState]) -> list[JobState]:
        """Return those that have ended since; none the first time."""
        ended = [job for job in jobs if job.has_ended]
        known, self._known = self._known, {job.id for job in ended}
        return [] if known is None else [job for job in ended if job.id not in known]


def outcome(job: JobState) -> list[Any]:
    """Say what became of a job that has ended, with a way to what it made."""
    if job.status == "failed":
        text = f"{title(job)} failed: {job.reason}"
    else:
        text = _made(job)
        missed = f"{job.missed} missed" if job.missed else ""
        text = ", ".join(filter(None, [text, missed, job.reason]))
    if not job.done:
        return [html.Span(text)]
    return [html.Span(text), dcc.Link("Show", href=f"/gallery?group={job.id}")]


def _made(job: JobState) -> str:
    if isinstance(job.spec, Recording):
        return "The recording is saved"
    if isinstance(job.spec, Movie):
        return "The movie is made" if job.status == "done" else "The movie was stopped"
    if isinstance(job.spec, Motion):
        return f"Motion ended: {_counted(job.done, 'video')}"
    return f"{title(job)}: {_counted(job.done, 'picture')}"
