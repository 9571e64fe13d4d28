"""What is not the same for coroutines and for threads. `vizy.sdk.sync.base` is the other one."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, Generic, TypeVar

from vizy.sdk.link import Link
from vizy.sdk.tables import Row

T = TypeVar("T")


class Runner:
    """Lets the loop of the caller do it."""

    async def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do it, and return what it returns."""
        return await doing

    def each(self, items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Return the items one by one."""
        return items

    async def close(self, link: Link) -> None:
        """Let go of everything."""
        await link.close()


class Named(ABC, Generic[T]):
    """Values by name, read from the device each time."""

    @abstractmethod
    async def read(self) -> dict[str, T]:
        """Return all as they are now."""

    @abstractmethod
    async def rows(self) -> list[Row]:
        """Return a table for people, its head first."""


class Settable(Named[T]):
    """The same, and values can be written."""


class Pictured:
    """What a notebook shows a picture of; not for coroutines, which it cannot wait for."""
