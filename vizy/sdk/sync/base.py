"""What is not the same for threads and for coroutines. `vizy.sdk.aio.base` is the other one.

A `Runner` has a loop in a thread of its own, so it works where a loop runs already, as in a
notebook. It starts with the first thing to do. Any thread may use it.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncGenerator,
    Coroutine,
    Generator,
    ItemsView,
    Iterator,
    Mapping,
    ValuesView,
)
from concurrent.futures import CancelledError, Future, wait
from typing import Any, Generic, TypeVar, cast

from vizy.errors import DeviceError
from vizy.sdk.link import Link
from vizy.sdk.picture import Picture
from vizy.sdk.tables import Row, html_table, text_table

T = TypeVar("T")
_END_S = 5.0


class Runner:
    """Lets a loop in a thread of its own do it, while the caller waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do it, and return what it returns; Ctrl-C ends it before it goes on.

        Raises:
            DeviceError: This Vizy is closed, or was meanwhile.
        """
        try:
            loop = self._running()
        except DeviceError:
            doing.close()
            raise
        under_way = _Doing(doing, loop)
        try:  # Ctrl-C may come anywhere from here on, also before the loop knows of it
            loop.call_soon_threadsafe(under_way.start)
            return under_way.future.result()
        except CancelledError:
            raise DeviceError("this Vizy was closed meanwhile") from None
        except BaseException:
            if not under_way.future.done():
                loop.call_soon_threadsafe(under_way.end)
                wait(
                    [under_way.future], _END_S
                )  # what it holds is let go before the caller goes on
            raise

    def each(self, items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """Return the items one by one."""
        end = cast("T", object())
        try:
            while (item := self.wait(_next(items, end))) is not end:
                yield item
        finally:
            if not self._is_closed:
                self.wait(items.aclose())

    def close(self, link: Link) -> None:
        """End the thread; what still waits in other threads is cancelled."""
        with self._lock:
            self._is_closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(_let_go(link), loop).result(_END_S)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_END_S)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._is_closed:
                raise DeviceError("this Vizy is closed: make a new one")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_turn, args=(self._loop,), name="vizy sdk", daemon=True
                )
                self._thread.start()
            return self._loop


class Named(ABC, Mapping[str, T], Generic[T]):
    """Values by name, read from the device each time: a mapping."""

    @abstractmethod
    def read(self) -> dict[str, T]:
        """Return all as they are now."""

    @abstractmethod
    def rows(self) -> list[Row]:
        """Return a table for people, its head first."""

    def __getitem__(self, name: str) -> T:
        return self.read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    def items(self) -> ItemsView[str, T]:
        """Return names and values, all of one moment."""
        return self.read().items()

    def values(self) -> ValuesView[T]:
        """Return the values, all of one moment."""
        return self.read().values()

    def __repr__(self) -> str:
        return text_table(self.rows())

    def _repr_html_(self) -> str:
        return html_table(self.rows())

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


class Settable(Named[T]):
    """The same, and a value can be written: ``controls["Brightness"] = 0.2``."""

    @abstractmethod
    def set(self, values: Mapping[str, object] | None = None, /, **more: object) -> dict[str, T]:
        """Write values, all or nothing."""

    def __setitem__(self, name: str, value: object) -> None:
        self.set({name: value})


class Pictured(ABC):
    """What a notebook shows a picture of."""

    @abstractmethod
    def thumbnail(self) -> Picture:
        """Return a small picture."""

    def _repr_jpeg_(self) -> bytes:
        return self.thumbnail().data


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class _Doing(Generic[T]):
    """Something that the loop does while another thread waits; its methods run on the loop.

    Attributes:
        future: Done when it has ended, and not before, also when it was cancelled.
    """

    def __init__(self, doing: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self.future = Future[T]()
        self._doing, self._loop = doing, loop
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._doing)
        self._task.add_done_callback(self._tell)

    def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self._doing.close()
            self.future.cancel()

    def _tell(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.future.cancel()
        elif error := task.exception():
            self.future.set_exception(error)
        else:
            self.future.set_result(task.result())


async def _next(items: AsyncGenerator[T, None], end: T) -> T:
    return await anext(items, end)


async def _let_go(link: Link) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await link.close()
