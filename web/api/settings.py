"""Settings: what is in force, what waits for a restart, changes, export, import and reset.

The daemon keeps the file; this process only asks it to.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from quart import Response

from vizy.errors import (
    DeviceError,
    InvalidValueError,
    SettingsError,
    StorageError,
)
from vizy.settings.report import SettingsReport, Source
from vizy.settings.schema import SettingInfo, schema
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.parts import Parts
from web.reset import reset_everything
from web.settings import MAX_TOML, exported, imported, reported

_ERRORS = (SettingsError, InvalidValueError, StorageError, DeviceError)


class SettingView(Struct, frozen=True):
    """One setting.

    Attributes:
        value: What is in force.
        next: What will be after a restart.
        file: What the settings file says; null when it says nothing.
        source: Who says what it will be.
        fixed_by: The option or variable that gives it, so that it cannot be changed here.
        waits: Whether the new value waits for a restart.
        info: What it takes.
    """

    value: Any
    next: Any
    file: Any
    source: Source
    fixed_by: str | None
    waits: bool
    info: SettingInfo


class SettingsView(Struct, frozen=True):
    """All settings by key, the file that keeps them, and what waits for a restart."""

    file: str
    waiting: tuple[str, ...]
    items: dict[str, SettingView]


class ImportOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings as a TOML document."""

    toml: Annotated[str, Meta(max_length=MAX_TOML)]


class ImportQuery(Struct, frozen=True):
    """``check`` only tells what would change."""

    check: bool = False


class Difference(Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """What the file says now, and what it would say; null stands for nothing."""

    old: Any
    new: Any


class ImportView(Struct, frozen=True):
    """What an import changes, by key; what an option or variable fixes is left as it is."""

    changes: dict[str, Difference]


class ResetOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The word that says that it is meant, and whether captures go too."""

    confirm: Literal["RESET"]
    captures: bool = False


def settings(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/settings``."""
    device = parts.device

    async def report() -> SettingsReport:
        return reported(await device.get_settings(), parts.settings)

    async def get(asked: Asked) -> SettingsView:
        return _view(await report())

    async def change(asked: Asked) -> SettingsView:
        return _view(reported(await device.change_settings(asked.body), parts.settings))

    async def export(asked: Asked) -> Response:
        headers = {
            "Content-Type": "application/toml",
            "Content-Disposition": 'attachment; filename="vizy.toml"',
            "Cache-Control": "no-store",
        }
        return Response(exported(await report()), headers=headers)

    async def import_(asked: Asked) -> ImportView:
        before = await report()
        changes = imported(asked.body.toml, before)
        if changes and not asked.query.check:
            await device.change_settings(changes)
        return ImportView(
            {key: Difference(before.in_file.get(key), new) for key, new in changes.items()}
        )

    async def reset(asked: Asked) -> None:
        await reset_everything(parts, captures=asked.body.captures)

    return (
        Endpoint(
            method="GET",
            path="/settings",
            role=Role.ADMIN,
            summary="Return all settings: in force, in the file, and what each takes.",
            call=get,
            returns=SettingsView,
            errors=(SettingsError, DeviceError),
        ),
        Endpoint(
            method="PATCH",
            path="/settings",
            role=Role.ADMIN,
            summary="Change settings, all or none; null goes back to the default.",
            call=change,
            body=dict[str, Any],
            example='{"camera.fps": 25}',
            returns=SettingsView,
            errors=_ERRORS,
        ),
        Endpoint(
            method="GET",
            path="/settings/export",
            role=Role.ADMIN,
            summary="Return what the settings file says, as TOML.",
            call=export,
            returns=str,
            media_type="application/toml",
            errors=(SettingsError, DeviceError),
        ),
        Endpoint(
            method="POST",
            path="/settings/import",
            role=Role.ADMIN,
            summary="Make the settings those of a TOML document, all or none.",
            call=import_,
            query=ImportQuery,
            body=ImportOrder,
            example='{"toml": "[camera]\\nfps = 25"}',
            returns=ImportView,
            errors=_ERRORS,
        ),
        Endpoint(
            method="POST",
            path="/settings/reset",
            role=Role.ADMIN,
            summary="Make Vizy as new, users too; captures if asked. A restart makes it whole.",
            call=reset,
            body=ResetOrder,
            example='{"confirm": "RESET", "captures": false}',
            status=204,
            errors=(SettingsError, StorageError, DeviceError),
        ),
    )


def _view(report: SettingsReport) -> SettingsView:
    waiting = report.waiting
    items = {
        key: SettingView(
            value=report.in_force[key],
            next=report.next[key],
            file=report.in_file.get(key),
            source=report.source(key),
            fixed_by=report.fixed.get(key),
            waits=key in waiting,
            info=info,
        )
        for key, info in schema().items()
    }
    return SettingsView(report.path, waiting, items)
