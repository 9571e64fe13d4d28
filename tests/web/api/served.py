"""The whole application over a device that stands in for the daemon, on a loop and thread of its
own, for what speaks to it over sockets and knows no loop."""

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import uvicorn

from tests.system import people
from tests.web.fakes import parts_of
from tests.web.server import configured, free_socket
from tests.web.strict import StrictDevice
from vizy.errors import VizyError
from web.app import WebApp
from web.auth import sessions
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.guard import Guard


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve, with the people of `tests.system.people`, and yield the address."""
    started: Future[tuple[uvicorn.Server, int]] = Future()
    context = contextvars.copy_context()  # Dash keeps something in it
    thread = threading.Thread(
        target=lambda: context.run(asyncio.run, _serve(folder, started)), name="served"
    )
    thread.start()
    try:
        server, port = started.result(30)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
    finally:
        thread.join()


async def _serve(folder: Path, started: "Future[tuple[uvicorn.Server, int]]") -> None:
    people.move_in(folder, time.time())
    device = StrictDevice(folder)
    for raw in (True, False):
        await device.capture(raw=raw)
    await device.save_preset("Night")
    accounts = Accounts(AccountsFile(folder))
    app = WebApp(parts_of(device, accounts))
    with contextlib.suppress(
        VizyError
    ):  # its thread is there from the start, not from some test on
        await sessions.sign_in(accounts, "nobody", "no password", address="", device="")
    config = configured(Guard(app.dash.server))
    config.lifespan = "on"
    server = uvicorn.Server(config)
    with free_socket() as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.01)
        started.set_result((server, listening.getsockname()[1]))
        await serving
    await app.close()
    await accounts.close()
