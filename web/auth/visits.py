"""`Visits`: what is open for whom, cut as soon as they may no longer have it.

The gate enters every request and WebSocket that only reads; one that lasts (the live picture, a
stream, events, a download, the page's own socket) is ended in the moment in which its session or
token ends or its role falls too low. On the web loop.
"""

import asyncio
from dataclasses import dataclass

from web.auth.accounts import Accounts
from web.auth.identity import Identity, Role

_TOUCH_S = 60.0


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door.

    Attributes:
        accounts: Who knows them.
        id: Of the session or token that they came with.
    """

    accounts: Accounts
    id: str

    @property
    def identity(self) -> Identity | None:
        """Who they are at this moment; None: nobody any more."""
        return self.accounts.identity(self.id)

    def has(self, role: Role) -> bool:
        """Whether they may do at this moment what a role may."""
        who = self.identity
        return who is not None and who.role >= role


class Visits:
    """All open requests and sockets.

    Args:
        accounts: What changes tells who has to leave.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._open: dict[asyncio.Task[object], tuple[Visitor, Role]] = {}
        accounts.on_change(self._review)

    def enter(self, visitor: Visitor, needs: Role) -> None:
        """Note that the current task serves somebody, and end it when they may no longer have it.

        Args:
            visitor: Whom.
            needs: The role without which it ends.
        """
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = visitor, needs
        task.add_done_callback(lambda done: self._open.pop(done, None))

    async def keep(self) -> None:
        """Keep sessions from growing old that only watch; runs until cancelled."""
        while True:
            await asyncio.sleep(_TOUCH_S)
            for visitor, _ in self._open.values():
                self._accounts.touch(visitor.id)

    def end(self) -> None:
        """End all of them: the server stops."""
        for task in list(self._open):
            task.cancel()

    def _review(self) -> None:
        for task, (visitor, needs) in list(self._open.items()):
            if not visitor.has(needs):
                task.cancel()
