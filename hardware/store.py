"""`StateStore`: the current `DeviceState`, and who waits for the next one.

Lives on the daemon's loop and is touched by nothing else. It holds one state and no queue: a
follower that is slow finds the latest when it looks again. It does no I/O.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from vizy.state import DeviceState

REVISIONS_PER_BOOT = 10**10


class StateStore:
    """Keeps the state; each real change makes a new one, one revision higher."""

    def __init__(self, state: DeviceState) -> None:
        self._state = state
        self._changed = asyncio.Event()

    @property
    def state(self) -> DeviceState:
        """The state as it is now."""
        return self._state

    def update(self, **sections: Any) -> DeviceState:
        """Replace whole sections.

        Args:
            **sections: Section name to its new value; one that equals the old is no change.

        Returns:
            The state, new only if something changed.
        """
        old = self._state
        if any(getattr(old, name) != value for name, value in sections.items()):
            revision = old.revision + 1
            self._state = msgspec.structs.replace(old, revision=revision, **sections)
            self._changed.set()
            self._changed = asyncio.Event()
        return self._state

    def change(self, section: str, **fields: Any) -> DeviceState:
        """Replace some fields of one section."""
        value = msgspec.structs.replace(getattr(self._state, section), **fields)
        return self.update(**{section: value})

    async def follow(self, since: int) -> AsyncIterator[DeviceState]:
        """Yield the state whenever it is newer than what was seen last; latest wins.

        Args:
            since: The revision the caller has.
        """
        while True:
            if self._state.revision > since:
                since = self._state.revision
                yield self._state
            else:
                await self._changed.wait()
