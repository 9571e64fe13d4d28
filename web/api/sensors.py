"""Sensors: what they say and said; and the lamp."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from quart import Response, request

from vizy.errors import DeviceAwayError, DeviceError, InvalidValueError, NotPossibleError
from vizy.sensors import DeviceWarning, SensorHistory, SensorReading
from vizy.state import DeviceState
from web.api.endpoint import Asked, Endpoint
from web.api.mount import as_json
from web.api.state import answer_state, present
from web.auth.identity import Role
from web.parts import Parts

_DAY_S = 86_400.0
_Time = Annotated[float, Meta(ge=0, le=1e11)]


class SensorView(SensorReading, frozen=True, kw_only=True):
    """What one sensor says, and its ``name``."""

    name: str


class SensorViews(Struct, frozen=True):
    """All sensors, and what the owner should look after."""

    items: tuple[SensorView, ...]
    warnings: tuple[DeviceWarning, ...]


class HistoryQuery(Struct, frozen=True, kw_only=True):
    """Which history.

    Attributes:
        start: Seconds since 1970; None: 24 hours before the end, and no history goes further back.
        end: Seconds since 1970; None: now.
        names: Of the sensors, with commas; None: all.
        max_points: Of each sensor.
        format: None: what the header ``Accept`` prefers.
    """

    start: _Time | None = None
    end: _Time | None = None
    names: Annotated[str, Meta(max_length=2000)] | None = None
    max_points: Annotated[int, Meta(ge=1, le=2880)] = 288
    format: Literal["json", "csv"] | None = None


class Lamp(Struct, frozen=True, forbid_unknown_fields=True):
    """How bright the lamp is: 0 is off, 1 is full; steps look even."""

    level: Annotated[float, Meta(ge=0, le=1)]


def sensors(parts: Parts, *, now: Callable[[], float] = time.time) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/sensors`` and ``/illuminator``."""
    device = parts.device

    async def find(asked: Asked) -> SensorViews:
        state = present(device)
        items = (
            SensorView(name=name, **msgspec.structs.asdict(reading))
            for name, reading in state.sensors.items()
        )
        return SensorViews(tuple(items), state.warnings)

    async def history(asked: Asked) -> Response:
        wanted: HistoryQuery = asked.query
        end = now() if wanted.end is None else wanted.end
        start = max(0.0, end - _DAY_S) if wanted.start is None else wanted.start
        names = [name for name in (wanted.names or "").split(",") if name]
        said = await device.sensor_history(start, end, names=names, max_points=wanted.max_points)
        known = ("application/json", "text/csv")
        accepted = request.accept_mimetypes.best_match(known, default=known[0])
        is_csv = wanted.format == "csv" or (wanted.format is None and accepted == known[1])
        return _as_csv(said) if is_csv else as_json(said, headers={"Vary": "Accept"})

    async def light(asked: Asked) -> Response:
        return await answer_state(await device.set_illuminator(asked.body.level))

    return (
        Endpoint(
            method="GET",
            path="/sensors",
            role=Role.VIEWER,
            summary="Return what all sensors say, and the warnings.",
            call=find,
            returns=SensorViews,
            errors=(DeviceAwayError,),
        ),
        Endpoint(
            method="GET",
            path="/sensors/history",
            role=Role.VIEWER,
            summary="Return what sensors said, of the last 24 hours; as CSV, too.",
            call=history,
            query=HistoryQuery,
            returns=SensorHistory,
            also=("text/csv",),
            errors=(InvalidValueError, DeviceError),
        ),
        Endpoint(
            method="PUT",
            path="/illuminator",
            role=Role.OPERATOR,
            summary="Light the lamp; return the state that holds it.",
            call=light,
            body=Lamp,
            example='{"level": 0.5}',
            returns=DeviceState,
            errors=(InvalidValueError, NotPossibleError, DeviceError),
        ),
    )


def _as_csv(history: SensorHistory) -> Response:
    """Return a line for each time, with the lowest and the highest value of each sensor."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_rows(history))
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    response.headers.set("Content-Disposition", "attachment", filename="vizy-sensors.csv")
    return response


def _rows(history: SensorHistory) -> Iterator[list[object]]:
    series = history.series.values()
    yield ["time", *(f"{name}.{edge}" for name in history.series for edge in ("low", "high"))]
    for place in range(max((len(one.low) for one in series), default=0)):
        at = datetime.fromtimestamp(history.start + place * history.step_s, UTC)
        values = (value[place] for one in series for value in (one.low, one.high))
        yield [at.isoformat(timespec="seconds").replace("+00:00", "Z"), *values]
