"""`SerialCallbacks`: each browser its own view of a device, and the device used by one at a time.

`Services.S2`: inputs and outputs belong to the browser that asks, as with a regular callback, but
runs take their turn in the queue of the device, in order of arrival, and a waiting value is
replaced by a newer one of the same browser. Runs on the event loop.
"""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from dash_devices.clients import Client
from dash_devices.dependencies import PropId
from dash_devices.domain import Job
from dash_devices.protocol import Update
from dash_devices.turns import QueuedCallback, Turns, Waiter

if TYPE_CHECKING:
    from dash_devices.app import Dash


class SerialCallbacks:
    """The serialised callbacks of one application, by id."""

    def __init__(self, app: "Dash", turns: Turns) -> None:
        self._app = app
        self._turns = turns
        self._callbacks: dict[str, QueuedCallback] = {}

    def __contains__(self, callback_id: object) -> bool:
        return callback_id in self._callbacks

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._callbacks))

    def register(self, callback: QueuedCallback) -> None:
        """Take a callback in."""
        self._callbacks[callback.id] = callback

    def submit(self, update: Update, client: Client, request: int) -> None:
        """Give a browser's request its place in the queue of the device.

        Raises:
            QueueFullError: As many changes wait for the device as may.
        """
        callback = self._callbacks[update.output]
        domain = self._turns.domain(callback.domain_for(client))
        waiter = Waiter(client, request)

        async def run() -> None:
            try:
                answer = await self._turns.run(
                    callback, update, domain, client=client, waiter=waiter
                )
                body = self._app.content.overlay_answer(answer)
            except Exception as error:  # noqa: BLE001 - it is told, and the others go on
                self._turns.failed(callback, error, waiter)
            else:
                waiter.done(204 if body is None else 200, body)

        changed = frozenset(map(PropId.parse, update.changedPropIds))
        key: Hashable = None
        if changed and callback.coalesces(changed):
            key = (callback.id, client.id, changed)
        domain.put(Job(run, key=key, replaced=waiter.done))
