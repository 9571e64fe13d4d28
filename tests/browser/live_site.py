"""A site that has only the live picture, served from a thread, for the tests of live.js."""

import asyncio
import io
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from PIL import Image
from quart import Quart, send_from_directory

from tests.web.daemon import FramesDaemon
from tests.web.server import configured
from web.guard import Guard
from web.video.frames import FrameHub
from web.video.live import live

T = TypeVar("T")
ASSETS = Path(__file__).resolve().parents[2] / "web" / "assets"
PAGE = """<!doctype html><title>live</title>
<style>body{margin:0}#live-view{width:640px}</style>
<div id="live-view"></div><p id="live-stats"></p><script src="/assets/live.js"></script>"""
RED = (255, 0, 0)


class LiveSite:
    """The site, its daemon and their loop.

    The frames are all red; 30 come a second.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "frames.sock"
        self._has_loop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live site")
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    @property
    def readers(self) -> int:
        return self.daemon.readers

    def __enter__(self) -> Self:
        self._thread.start()
        self._has_loop.wait()
        self.daemon = self._call(self._make_daemon())
        self.start_daemon()
        self.start_web()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop_web()
        self.stop_daemon()
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()

    def start_daemon(self) -> None:
        async def start() -> None:
            await self.daemon.start()
            self._showing = asyncio.create_task(self._show())

        self._call(start())

    def stop_daemon(self) -> None:
        async def stop() -> None:
            self._showing.cancel()
            await asyncio.wait([self._showing])
            await self.daemon.stop()

        self._call(stop())

    def start_web(self) -> None:
        async def start() -> None:
            self._hub = FrameHub(self._socket, stall_s=5.0)
            self._server = uvicorn.Server(configured(Guard(_app(self._hub))))
            listening = socket.create_server(("127.0.0.1", self._port))
            self._port = listening.getsockname()[1]
            self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

        self._call(start())

    def stop_web(self) -> None:
        async def stop() -> None:
            self._server.should_exit = True
            await self._serving
            await self._hub.close()

        self._call(stop())

    def until_readers(self, count: int) -> None:
        self._call(self.daemon.until_readers(count))

    def until_read(self, *widths: int | None) -> None:
        self._call(self.daemon.until_read(*widths))

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._is_over = asyncio.Event()
            self._has_loop.set()
            runner.run(self._is_over.wait())

    async def _make_daemon(self) -> FramesDaemon:
        return FramesDaemon(self._socket)

    async def _show(self) -> None:
        picture = io.BytesIO()
        Image.new("RGB", (640, 480), RED).save(picture, "JPEG")
        while True:
            self.daemon.show(picture.getvalue())
            await asyncio.sleep(1 / 30)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


def _app(hub: FrameHub) -> Quart:
    app = Quart(__name__, static_folder=None)
    app.register_blueprint(live(hub))

    @app.get("/")
    async def page() -> str:
        return PAGE

    @app.get("/assets/<name>")
    async def asset(name: str) -> object:
        return await send_from_directory(ASSETS, name)

    return app
