"""Presets: controls that were saved under a name."""

from typing import Any

from msgspec import Struct
from quart import Response

from vizy.errors import (
    BusyError,
    DeviceAwayError,
    DeviceError,
    InvalidValueError,
    NotFoundError,
    StorageError,
)
from vizy.presets import Preset
from vizy.state import DeviceState
from web.api.endpoint import Asked, Endpoint
from web.api.state import answer_state, present
from web.auth.identity import Role
from web.parts import Parts


class Presets(Struct, frozen=True):
    """All presets, by name; there are 64 at most."""

    items: tuple[Preset, ...]


class PresetOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What to save: control values; None stands for those in force that a person sets."""

    values: dict[str, Any] | None = None


def presets(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/presets``."""
    device = parts.device

    async def find(asked: Asked) -> Presets:
        return Presets(present(device).presets)

    async def save(asked: Asked) -> Preset:
        name = asked.path["name"]
        order = asked.body or PresetOrder()
        state = await device.save_preset(name, order.values)
        return next(preset for preset in state.presets if preset.name == name)

    async def recall(asked: Asked) -> Response:
        return await answer_state(await device.recall_preset(asked.path["name"]))

    async def delete(asked: Asked) -> None:
        await device.delete_preset(asked.path["name"])

    return (
        Endpoint(
            method="GET",
            path="/presets",
            role=Role.VIEWER,
            summary="List the presets.",
            call=find,
            returns=Presets,
            errors=(DeviceAwayError,),
        ),
        Endpoint(
            method="PUT",
            path="/presets/<name>",
            role=Role.OPERATOR,
            summary="Save control values under a name, or those in force when none are sent.",
            call=save,
            body=PresetOrder,
            needs_body=False,
            example='{"values": {"Brightness": 0.2}}',
            returns=Preset,
            errors=(InvalidValueError, BusyError, StorageError, DeviceError),
        ),
        Endpoint(
            method="POST",
            path="/presets/<name>/recall",
            role=Role.OPERATOR,
            summary="Write a preset's values to the camera; return the state that holds them.",
            call=recall,
            returns=DeviceState,
            errors=(NotFoundError, InvalidValueError, BusyError, DeviceError),
        ),
        Endpoint(
            method="DELETE",
            path="/presets/<name>",
            role=Role.OPERATOR,
            summary="Delete a preset.",
            call=delete,
            status=204,
            errors=(NotFoundError, InvalidValueError, StorageError, DeviceError),
        ),
    )
