"""The device itself: health, log, restart, power, and a bundle for who helps."""

import contextlib
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from quart import Response

from vizy.errors import BusyError, DeviceError, InvalidValueError, NotPossibleError
from vizy.logfile import Level, LogLine, ProcessName
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.parts import Parts
from web.patience import cancelled_after
from web.system.logs import MAX_LINES, Wanted
from web.system.manager import What
from web.system.support import bundle
from web.system.system import SystemView

_NO_STORE = {"Cache-Control": "no-store"}
_WRITE_S = 10.0
_HEARTBEAT_S = 10.0  # without a line for so long, the link is tried


class LogFilter(Struct, frozen=True, kw_only=True):
    """Which lines of the log: of this level or graver, of one process or both."""

    level: Level = "debug"
    process: ProcessName | None = None


class LogQuery(LogFilter, frozen=True, kw_only=True):
    """The same, and how many of the newest."""

    lines: Annotated[int, Meta(ge=1, le=MAX_LINES)] = 200


class LogLines(Struct, frozen=True):
    """Lines of the log, the oldest first."""

    items: tuple[LogLine, ...]


class RestartOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What to start again."""

    what: What


class Restarting(Struct, frozen=True):
    """What is being started again."""

    what: What


class PowerOffOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Typed by a person who means it."""

    confirm: Literal["POWER OFF"]


class RebootOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Typed by a person who means it."""

    confirm: Literal["REBOOT"]


def system(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/system``."""
    device = parts.system

    async def get(asked: Asked) -> SystemView:
        return await device.view()

    async def log(asked: Asked) -> LogLines:
        wanted = Wanted(asked.query.level, asked.query.process)
        return LogLines(tuple(await device.last_lines(asked.query.lines, wanted)))

    async def follow(asked: Asked) -> Response:
        lines = device.follow_log(Wanted(asked.query.level, asked.query.process))
        try:
            await anext(lines)  # before the status is sent: a refusal is a problem
        except BaseException:
            await lines.aclose()
            raise
        response = Response(_events(lines), mimetype="text/event-stream", headers=_NO_STORE)
        response.timeout = None  # it has no end
        return response

    async def restart(asked: Asked) -> Restarting:
        await device.restart(asked.body.what)
        return Restarting(asked.body.what)

    async def power_off(asked: Asked) -> None:
        await device.power("poweroff")

    async def reboot(asked: Asked) -> None:
        await device.power("reboot")

    async def support(asked: Asked) -> Response:
        response = Response(
            await bundle(device, parts.settings), mimetype="application/zip", headers=_NO_STORE
        )
        name = f"vizy-support-{datetime.now(UTC):%Y%m%dT%H%M%S}.zip"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response

    return (
        Endpoint(
            method="GET",
            path="/system",
            role=Role.ADMIN,
            summary="Tell how the device does.",
            call=get,
            returns=SystemView,
        ),
        Endpoint(
            method="GET",
            path="/system/log",
            role=Role.ADMIN,
            summary="Return the newest lines of the log, the oldest of them first.",
            call=log,
            query=LogQuery,
            returns=LogLines,
            errors=(InvalidValueError, NotPossibleError),
        ),
        Endpoint(
            method="GET",
            path="/system/log/stream",
            role=Role.ADMIN,
            summary="Send each new line of the log, as server-sent events.",
            call=follow,
            query=LogFilter,
            returns=LogLine,
            media_type="text/event-stream",
            errors=(InvalidValueError, NotPossibleError, BusyError),
        ),
        Endpoint(
            method="POST",
            path="/system/restart",
            role=Role.ADMIN,
            summary="Start a process again, or both.",
            call=restart,
            body=RestartOrder,
            example='{"what": "hardware"}',
            returns=Restarting,
            status=202,
            errors=(InvalidValueError, NotPossibleError, DeviceError),
        ),
        Endpoint(
            method="POST",
            path="/system/poweroff",
            role=Role.ADMIN,
            summary="Switch the machine off.",
            call=power_off,
            body=PowerOffOrder,
            example='{"confirm": "POWER OFF"}',
            errors=(InvalidValueError, NotPossibleError),
        ),
        Endpoint(
            method="POST",
            path="/system/reboot",
            role=Role.ADMIN,
            summary="Start the machine again.",
            call=reboot,
            body=RebootOrder,
            example='{"confirm": "REBOOT"}',
            errors=(InvalidValueError, NotPossibleError),
        ),
        Endpoint(
            method="GET",
            path="/system/support",
            role=Role.ADMIN,
            summary="Return a bundle for who helps: state, settings, figures, logs; no secrets.",
            call=support,
            returns=bytes,
            media_type="application/zip",
        ),
    )


async def _events(lines: AsyncGenerator[LogLine | None, None]) -> AsyncGenerator[bytes, None]:
    """Yield an event for each line, and now and then a comment, which keeps the link."""
    async with contextlib.aclosing(lines):
        sent = -_HEARTBEAT_S
        async for line in lines:
            if line is None and time.monotonic() - sent < _HEARTBEAT_S:
                continue
            sent = time.monotonic()
            with cancelled_after(_WRITE_S):
                yield b"data: " + msgspec.json.encode(line) + b"\n\n" if line else b":\n\n"
