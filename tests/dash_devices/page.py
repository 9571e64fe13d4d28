"""What a browser's page does on the socket, without a browser; and a server to do it to."""

import asyncio
import contextlib
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from websockets import ConnectionClosed
from websockets.asyncio.client import ClientConnection, connect

from dash_devices import Dash
from dash_devices.patch import applied
from dash_devices.serve import server

WAIT_S = 10.0


class Page:
    """One tab: sends requests as the renderer would and keeps everything it was told."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.messages: list[dict[str, Any]] = []
        self.props: dict[str, dict[str, Any]] = {}
        self._number = 0

    async def read(self) -> dict[str, Any]:
        """Wait for the next frame; return its last message."""
        frame = await asyncio.wait_for(self.connection.recv(), WAIT_S)
        for message in json.loads(frame):
            self.messages.append(message)
            if message["t"] == "mod":
                for component_id, props in message["d"]:
                    self.props.setdefault(component_id, {}).update(props)
        return self.messages[-1]

    async def until(self, condition: Any) -> None:
        """Read until something is true of this page."""
        while not condition():
            await self.read()

    async def shows(self, component_id: str, prop: str, value: Any) -> None:
        """Read until this page was told of a value."""
        await self.until(lambda: self.props.get(component_id, {}).get(prop) == value)

    async def closed(self) -> int:
        """Wait until the server closes this connection; return the code it gave."""
        try:
            while True:
                await self.read()
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006

    async def ask(
        self, what: str, body: Any = None, *, links: Any = None, number: int | None = None
    ) -> int:
        """Send a request; return its number, the next one unless it is given.

        Args:
            what: The kind of request.
            body: Of an update.
            links: What the callbacks that follow on the server would be asked.
            number: Of a request that is sent again.
        """
        self._number = self._number + 1 if number is None else number
        message = {"t": "req", "i": self._number, "u": what, "b": body}
        await self.connection.send(json.dumps(message | ({"c": links} if links else {})))
        return self._number

    def message(self, kind: str, number: int) -> dict[str, Any] | None:
        """Return the acknowledgement or answer of a request, if it came."""
        return next((m for m in self.messages if m["t"] == kind and m.get("i") == number), None)

    async def answer(self, number: int) -> dict[str, Any]:
        """Wait for the answer of a request."""
        await self.until(lambda: self.message("res", number))
        return self.message("res", number) or {}

    async def acknowledged(self, number: int) -> dict[str, Any]:
        """Wait for the acknowledgement of a request."""
        await self.until(lambda: self.message("ack", number))
        return self.message("ack", number) or {}

    @property
    def complaints(self) -> list[str]:
        """What dev tools were told, without the details."""
        return [m["m"] for m in self.messages if m["t"] == "err"]

    async def layout(self) -> Any:
        """Ask for the layout."""
        return (await self.answer(await self.ask("layout")))["b"]

    async def edit(self, app: Dash, component_id: Any, prop: str, value: Any, **more: Any) -> int:
        """Change an input of the callback that listens to it, as a person would."""
        callback = next(
            spec
            for spec in app._callback_list
            if any(i["property"] == prop and _same(i["id"], component_id) for i in spec["inputs"])
            and more.get("output", spec["output"]) == spec["output"]
        )
        inputs = [{"id": component_id, "property": prop, "value": value}]
        body = {
            "output": callback["output"],
            "outputs": _outputs(callback, component_id),
            "inputs": inputs + more.get("inputs", []),
            "changedPropIds": [f"{_text(component_id)}.{prop}"],
            "state": more.get("state", []),
        }
        return await self.ask("update", body)


def _text(component_id: Any) -> str:
    if isinstance(component_id, str):
        return component_id
    return json.dumps(component_id, sort_keys=True, separators=(",", ":"))


def _same(pattern: str, component_id: Any) -> bool:
    if not pattern.startswith("{"):
        return pattern == component_id
    wanted = json.loads(pattern)
    return (
        isinstance(component_id, dict)
        and component_id.keys() == wanted.keys()
        and all(isinstance(v, list) or component_id[k] == v for k, v in wanted.items())
    )


def _outputs(callback: dict[str, Any], component_id: Any) -> Any:
    text = callback["output"]
    if callback["no_output"]:
        return []
    name, _, prop = text.rpartition(".")
    if name.startswith("{"):
        filled = {
            k: component_id[k] if isinstance(v, list) else v for k, v in json.loads(name).items()
        }
        return {"id": filled, "property": prop}
    return {"id": name, "property": prop}


class Served:
    """A running application and the pages that are open on it."""

    def __init__(self, app: Dash, port: int, stack: contextlib.AsyncExitStack) -> None:
        self.app = app
        self.port = port
        self._stack = stack

    @property
    def url(self) -> str:
        """Of the socket."""
        return f"ws://127.0.0.1:{self.port}/_dash-devices/socket"

    async def connect(self, **options: Any) -> ClientConnection:
        """Open a bare connection."""
        return await self._stack.enter_async_context(connect(self.url, max_size=None, **options))

    async def open(
        self, boot: str | None = None, q: int = 0, *, name: str | None = None, **options: Any
    ) -> Page:
        """Open a page and wait until it is greeted; ``name`` is what it calls itself."""
        page = Page(await self.connect(**options))
        hello: dict[str, Any] = {"t": "hello", "boot": boot, "q": q}
        await page.connection.send(json.dumps(hello | ({"page": name} if name else {})))
        await page.until(lambda: page.messages)
        return page


@contextlib.asynccontextmanager
async def serving(app: Dash) -> AsyncIterator[Served]:
    """Run an application on a free port, in this loop."""
    bound = socket.create_server(("127.0.0.1", 0))
    ready = asyncio.Event()
    uvicorn = server(app.server, on_started=ready.set, log_level="error")
    task = asyncio.create_task(uvicorn.serve(sockets=[bound]))
    async with contextlib.AsyncExitStack() as pages:
        await asyncio.wait_for(ready.wait(), WAIT_S)
        try:
            yield Served(app, bound.getsockname()[1], pages)
        finally:
            await pages.aclose()
            uvicorn.should_exit = True
            await asyncio.wait_for(task, WAIT_S)
            bound.close()


class Tab(Page):
    """A page that also keeps what it shows, as the script in the browser does.

    What it edits itself counts until the server has given the edit a place; what changes is laid
    over the layout, `Patch` included; after a cut it sends again what the server has not seen.

    Attributes:
        view: Component id to property to value.
        answered: How often each request was answered.
        cut: Whether its connection is broken.
    """

    def __init__(self, connection: ClientConnection, name: str) -> None:
        super().__init__(connection)
        self.name = name
        self.view: dict[str, dict[str, Any]] = {}
        self.answered: Counter[int] = Counter()
        self.cut = False
        self._asked: dict[int, tuple[dict[str, Any], bool]] = {}  # body, whether it has a place
        self._pending: Counter[tuple[str, str]] = Counter()
        self._hello: dict[str, Any] = {}
        self._unsure: set[tuple[str, str]] = set()

    @classmethod
    async def open_on(cls, served: Served, name: str) -> "Tab":
        """Open one and show the layout."""
        tab = cls(await served.connect(), name)
        await tab._greet()
        tab.answered[tab._number + 1] -= 1  # the layout is asked for aside
        tab._show(await tab.layout())
        return tab

    async def read(self) -> dict[str, Any]:
        """Wait for the next frame, and show what is in it."""
        seen = len(self.messages)
        last = await super().read()
        for message in self.messages[seen:]:
            kind = message["t"]
            if kind == "mod":
                for component_id, props in message["d"]:
                    for prop, value in props.items():
                        self._unsure.discard((component_id, prop))
                        self._take(component_id, prop, value)
            elif kind == "res":
                self.answered[message["i"]] += 1
                self._placed(message["i"])
                self._asked.pop(message["i"], None)
            elif kind == "ack":
                self._placed(message["i"])
        return last

    async def change(self, body: dict[str, Any]) -> int:
        """Send an update without waiting for anything; what it changes is shown at once."""
        for item in body["inputs"]:
            if f"{_text(item['id'])}.{item['property']}" in body["changedPropIds"]:
                self.view.setdefault(_text(item["id"]), {})[item["property"]] = item["value"]
        self._number += 1
        self._asked[self._number] = (body, False)
        self._count(body, 1)
        if not self.cut:
            await self._send(self._number)
        return self._number

    async def come_back(self, served: Served) -> None:
        """Connect again and send what the server has not seen, under new numbers."""
        self.connection = await served.connect()
        self.cut = False
        before, self._pending = self._hello, Counter()
        await self._greet(boot=before["boot"], q=self._revision())
        seen = self._hello["seen"] if self._hello["seen"] is not None else 0
        for number, (body, has_place) in list(self._asked.items()):
            del self._asked[number]
            if has_place or number <= seen:
                self._unsure |= {p.rpartition(".")[::2] for p in body["changedPropIds"]}
            else:
                await self.change(body)
        if self._unsure:  # of before, too: that connection may have broken before it was asked
            await self.connection.send(json.dumps({"t": "tell", "d": list(self._unsure)}))

    async def settle(self) -> None:
        """Read until every request is answered and nothing else is on its way."""
        await self.until(lambda: not self._asked)
        pongs = sum(m["t"] == "pong" for m in self.messages)
        await self.connection.send('{"t":"ping"}')
        await self.until(lambda: sum(m["t"] == "pong" for m in self.messages) > pongs)

    def _revision(self) -> int:
        return next(m["q"] for m in reversed(self.messages) if m["t"] in {"hello", "ack", "mod"})

    async def _greet(self, **more: Any) -> None:
        await self.connection.send(json.dumps({"t": "hello", "page": self.name} | more))
        before = len(self.messages)
        await self.until(lambda: any(m["t"] == "hello" for m in self.messages[before:]))
        self._hello = next(m for m in self.messages[before:] if m["t"] == "hello")

    async def _send(self, number: int) -> None:
        message = {"t": "req", "i": number, "u": "update", "b": self._asked[number][0]}
        await self.connection.send(json.dumps(message))

    def _placed(self, number: int) -> None:
        body, has_place = self._asked.get(number, ({}, True))
        if not has_place:
            self._asked[number] = (body, True)
            self._count(body, -1)

    def _count(self, body: dict[str, Any], by: int) -> None:
        for text in body["changedPropIds"]:
            component_id, _, prop = text.rpartition(".")
            self._pending[component_id, prop] += by

    def _take(self, component_id: str, prop: str, value: Any) -> None:
        if self._pending[component_id, prop] > 0:
            return
        props = self.view.setdefault(component_id, {})
        if isinstance(value, dict) and "__dash_patch_update" in value:
            if prop not in props:
                return  # before its layout, which holds the change
            value = applied(props[prop], value["operations"], f"{component_id}.{prop}")
        props[prop] = value
        self._show(value)

    def _show(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self._show(item)
        elif isinstance(value, dict):
            if {"type", "namespace", "props"} <= value.keys() and "id" in value["props"]:
                self.view[_text(value["props"]["id"])] = dict(value["props"])
            for inner in value.values():
                self._show(inner)
