"""What a browser's page does on the socket, without a browser; and a server to do it to."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

from websockets import ConnectionClosed
from websockets.asyncio.client import ClientConnection, connect

from dash_devices import Dash
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

    async def ask(self, what: str, body: Any = None) -> int:
        """Send a request; return its number."""
        self._number += 1
        message = {"t": "req", "i": self._number, "u": what, "b": body}
        await self.connection.send(json.dumps(message))
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
    return isinstance(component_id, dict) and all(
        isinstance(v, list) or component_id.get(k) == v for k, v in wanted.items()
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

    async def open(self, boot: str | None = None, q: int = 0, **options: Any) -> Page:
        """Open a page and wait until it is greeted."""
        page = Page(await self.connect(**options))
        await page.connection.send(json.dumps({"t": "hello", "boot": boot, "q": q}))
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
