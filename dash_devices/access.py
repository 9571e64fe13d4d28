"""`Access`: who may connect, and who may call what.

Holds the functions that the application gave for it and asks them: at the handshake of the socket,
for the same requests over plain HTTP, and for each callback that a browser asks for. With none
given, everybody of the own origin may do everything. Event loop only.
"""

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dash_devices.clients import Client
from dash_devices.errors import RegistrationError

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")

AUTHORIZE_TIMEOUT_S = 10.0

Authorize = Callable[[Client], Any]
AuthorizeOutput = Callable[[Client | None, str], Any]


class Access:
    """The application's own rules."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._authorize: list[Authorize] = []
        self._authorize_output: list[AuthorizeOutput] = []

    @property
    def is_restricted(self) -> bool:
        """Whether a handshake has to be authorised."""
        return bool(self._authorize)

    def add(self, function: Authorize) -> None:
        """Ask a function at every handshake."""
        self._authorize.append(function)

    def add_output(self, function: AuthorizeOutput) -> None:
        """Ask a function for every callback.

        Raises:
            RegistrationError: It is a coroutine function: while it waits, order would be lost.
        """
        if inspect.iscoroutinefunction(function):
            raise RegistrationError(
                f"callback_authorize_output: {function.__qualname__} must be a plain function that "
                "answers at once; ask slow sources in @app.authorize and keep the answer in "
                "client.authentication"
            )
        self._authorize_output.append(function)

    async def admits(self, client: Client) -> bool:
        """Whether a browser may connect; one that fails or takes too long to say means no."""
        try:
            async with asyncio.timeout(AUTHORIZE_TIMEOUT_S):
                for function in self._authorize:
                    if inspect.iscoroutinefunction(function):
                        said = await function(client)
                    else:
                        said = await self._app.call_at_once(functools.partial(function, client))
                    if inspect.isawaitable(said):
                        said = await said
                    if not said:
                        return False
                    if said is not True and client.authentication is None:
                        client.authentication = said
        except Exception:
            logger.exception("authorize failed, %s is refused", client)
            return False
        return True

    def allows(self, client: Client | None, output: str) -> bool:
        """Whether a browser may run a callback."""
        try:
            for function in self._authorize_output:
                said = function(client, output)
                if inspect.iscoroutine(said):
                    said.close()
                    raise TypeError(f"{function} must answer at once, not with a coroutine")
                if not said:
                    return False
            return True
        except Exception:
            logger.exception("callback_authorize_output failed, %s is refused %s", client, output)
            return False
