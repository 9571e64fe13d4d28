"""The state of the device, and its controls."""

from typing import Any

from quart import Response, request

from vizy.device import DeviceMirror
from vizy.errors import DeviceAwayError, DeviceError, InvalidValueError
from vizy.messages import Focused
from vizy.state import DeviceState
from web.api.endpoint import Asked, Endpoint
from web.api.mount import as_json
from web.auth.identity import Role
from web.parts import Parts


def state(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/state``, ``/controls`` and ``/focus``."""
    device = parts.device

    async def get_state(asked: Asked) -> Response:
        return await answer_state(present(device))

    async def set_controls(asked: Asked) -> Response:
        return await answer_state(await device.set_controls(asked.body))

    async def focus(asked: Asked) -> Focused:
        return Focused(await device.focus())

    return (
        Endpoint(
            method="GET",
            path="/state",
            role=Role.VIEWER,
            summary="Return everything the camera knows.",
            call=get_state,
            returns=DeviceState,
            sends="tagged",
            errors=(DeviceAwayError,),
        ),
        Endpoint(
            method="PATCH",
            path="/controls",
            role=Role.OPERATOR,
            summary="Write controls, all or nothing; return the state that holds them.",
            call=set_controls,
            body=dict[str, Any],
            example='{"Brightness": 0.2}',
            returns=DeviceState,
            errors=(InvalidValueError, DeviceError),
        ),
        Endpoint(
            method="POST",
            path="/focus",
            role=Role.OPERATOR,
            summary="Let the camera focus once.",
            call=focus,
            returns=Focused,
            errors=(InvalidValueError, DeviceError),
        ),
    )


def present(device: DeviceMirror) -> DeviceState:
    """Return the state.

    Raises:
        DeviceAwayError: It is not being kept up to date.
    """
    if not device.connected or device.state is None:
        raise DeviceAwayError("the hardware process is away: its state is not known")
    return device.state


async def answer_state(state: DeviceState) -> Response:
    """Answer with a state; the tag names the daemon, too: an emptied state folder counts anew."""
    response = as_json(state, headers={"Cache-Control": "no-cache"})
    response.set_etag(f"{state.health.started}-{state.health.pid}-{state.revision}")
    if request.method == "GET":
        await response.make_conditional(request)
    return response
