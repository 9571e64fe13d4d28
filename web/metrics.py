"""``/metrics``: figures for Prometheus, in its text format.

For programs with a token of any role, and without one for programs on this machine itself. Runs on
the web loop. The format is written here and not by a library: all figures are kept elsewhere
already, so that a library's registry would hold nothing, and the format is two lines.

Source: prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from quart import Blueprint, Response, g, request

from vizy.errors import NotSignedInError
from vizy.health import DaemonHealth, ProcessFigures
from vizy.state import DeviceState
from vizy.version import __version__
from web.auth.identity import Role
from web.auth.visits import Visitor
from web.parts import Parts
from web.system.requests import RequestCounts

_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Kind = Literal["counter", "gauge"]
Labels = dict[str, str]
Samples = Iterable[tuple[Labels, float]]


class Figure(NamedTuple):
    """A family of figures: one name, told apart by labels."""

    name: str
    kind: Kind
    about: str
    samples: Samples

    def __str__(self) -> str:
        head = f"# HELP {self.name} {self.about}\n# TYPE {self.name} {self.kind}\n"
        return head + "".join(_sample(self.name, *sample) for sample in self.samples)


def metrics(parts: Parts) -> Blueprint:
    """Return the route."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    async def figures() -> Response:
        _check_who_asks()
        health = await parts.system.health()
        found = [
            *_of_device(parts.system.state, health, parts.hub.viewers),
            *_of_processes(health, parts.system.web),
            _of_requests(parts.system.requests),
        ]
        return Response("".join(map(str, found)), content_type=_MEDIA_TYPE)

    return routes


def _check_who_asks() -> None:
    """Let in who has a token or a session, and who asks from this machine with neither.

    Raises:
        NotSignedInError: It is somebody else.
    """
    visitor = g.get("visitor")
    if isinstance(visitor, Visitor) and visitor.has(Role.VIEWER):
        return
    if "Authorization" in request.headers or not _is_local():
        raise NotSignedInError("send Authorization: Bearer with a token, or ask on the device")


def _is_local() -> bool:
    """Tell whether a program on this machine asks, for itself and for nobody else."""
    try:
        is_loopback = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return is_loopback and not any(name in request.headers for name in _FORWARDED)


def _of_device(
    state: DeviceState | None, health: DaemonHealth | None, viewers: int
) -> Iterator[Figure]:
    yield _one("vizy_info", "Vizy itself.", 1, version=__version__)
    yield _one("vizy_viewers", "Who watches the live picture.", viewers)
    yield _one("vizy_hardware_up", "Whether the hardware process is there.", state is not None)
    if health is not None:
        for name, about, count in (
            ("frames", "Live frames that the camera gave.", health.frames),
            ("frames_encoded", "JPEG pictures made of live frames.", health.encoded),
            ("control_writes", "Times that controls were set.", health.control_writes),
        ):
            yield Figure(f"vizy_{name}_total", "counter", about, [({}, count)])
    if state is None:
        return
    camera, captures, disk = state.camera, state.captures, state.storage
    yield _one("vizy_camera_ready", "Whether the camera works.", camera.status == "ready")
    yield _one("vizy_frames_per_second", "Frames that the camera gives.", state.streaming.fps)
    yield _one("vizy_frame_readers", "Processes that read frames.", state.streaming.readers)
    yield _one("vizy_captures", "Captures on the disk.", captures.count)
    yield _one("vizy_captures_waiting", "Captures that wait to be taken.", captures.waiting)
    yield _one("vizy_jobs_running", "Jobs that run.", _running(state))
    yield _one("vizy_storage_free_bytes", "Free space for captures.", disk.free_bytes)
    yield _one("vizy_storage_size_bytes", "Size of that disk.", disk.total_bytes)
    yield _one("vizy_storage_floor_bytes", "Free space that is kept.", disk.floor_bytes)
    yield Figure(
        "vizy_warnings",
        "gauge",
        "Warnings in force.",
        [
            ({"severity": severity}, sum(w.severity == severity for w in state.warnings))
            for severity in ("warning", "critical")
        ],
    )
    yield Figure(
        "vizy_sensor",
        "gauge",
        "What a sensor says.",
        [
            ({"name": name, "unit": reading.unit}, reading.value)
            for name, reading in state.sensors.items()
            if reading.value is not None
        ],
    )


def _of_processes(health: DaemonHealth | None, web: ProcessFigures) -> Iterator[Figure]:
    known = {"web": web} if health is None else {"hardware": health.process, "web": web}
    figures_of_each: tuple[tuple[str, Kind, str, str], ...] = (
        ("memory_bytes", "gauge", "Resident memory.", "memory_bytes"),
        ("cpu_seconds_total", "counter", "Processor time.", "cpu_s"),
        ("threads", "gauge", "Threads.", "threads"),
        ("open_files", "gauge", "Open file descriptors.", "files"),
        ("loop_lag_seconds", "gauge", "Worst delay of the loop in ten seconds.", "loop_lag_s"),
    )
    for name, kind, about, field in figures_of_each:
        samples = [({"process": who}, getattr(figures, field)) for who, figures in known.items()]
        yield Figure(f"vizy_process_{name}", kind, about, samples)


def _of_requests(counts: RequestCounts) -> Figure:
    return Figure(
        "vizy_http_requests_total",
        "counter",
        "Requests answered.",
        [
            ({"method": method, "route": route, "status": str(status)}, count)
            for (method, route, status), count in sorted(counts.answered.items())
        ],
    )


def _running(state: DeviceState) -> int:
    return sum(job.status == "running" for job in state.jobs)


def _one(name: str, about: str, value: float, **labels: str) -> Figure:
    return Figure(name, "gauge", about, [(labels, value)])


def _sample(name: str, labels: Labels, value: float) -> str:
    text = ",".join(f'{key}="{word.translate(_ESCAPES)}"' for key, word in labels.items())
    return f"{name}{{{text}}} {float(value):.17g}\n" if text else f"{name} {float(value):.17g}\n"
