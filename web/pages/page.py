"""`Page`: what a page of the application is to the shell around it."""

from typing import Any, Protocol

from dash_devices import Dash, Output
from web.auth.identity import Role


class Page(Protocol):
    """One page: a place in the navigation, a layout, and what the device changes on it.

    Attributes:
        path: Its address, as ``/gallery``.
        title: Its name in the navigation, one word; in lower case also that of its icon.
        needs: The least role of who may open it. Its callbacks need that, and at least that of an
            operator. A page may also have ``reading``: outputs, as Dash writes them (``id.prop``),
            of callbacks that change nothing for others; who may open it may call them.
    """

    path: str
    title: str
    needs: Role

    def layout(self, **query: str) -> Any:
        """Return the page as it is now, for who asks; called each time that it is opened.

        Args:
            **query: What stands behind the question mark of its address.
        """
        ...

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes.

        What viewers may see is asked in the device's turn and shared; what they may not is told to
        those alone who may.
        """
        ...

    def register(self, app: Dash) -> None:
        """Register its callbacks; called once, before the server starts."""
        ...

    async def close(self) -> None:
        """Stop what its callbacks have started."""
        ...
