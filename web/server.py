"""The web process: wires mirror, frames and application together and serves them.

One event loop does everything. A task that must live and dies ends the process, so that whoever
supervises it starts a new one.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import uvicorn

from dash_devices.serve import server as uvicorn_server
from vizy.controls import scalar
from vizy.device import DeviceMirror
from vizy.errors import AlreadyRunningError, SettingsError
from vizy.settings import Settings
from web.app import WebApp
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.guard import Guard
from web.parts import Parts
from web.system.system import System
from web.tls.tls import Tls, tls_of
from web.video.frames import FrameHub

logger = logging.getLogger("vizy.web")

_FIRST_STATE_S = 2.0
_UNACKNOWLEDGED_MS = 20_000


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything else starts.

    Args:
        host: An address or name of this machine; ``0.0.0.0`` and ``::`` are all of them.
        port: 0 for any free one.

    Raises:
        SettingsError: The host is not one to listen on.
        AlreadyRunningError: Another program has the port.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"web.host={host} is no address of this machine: {error}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # What a browser that vanished has not acknowledged is not kept for ever; inherited.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise AlreadyRunningError(
                f"port {port} of {host} is in use by another program: "
                "stop that one, or choose another with --port"
            ) from error
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror}: choose another with --port"
        ) from error
    return bound


async def serve(settings: Settings) -> None:
    """Serve until a signal ends it.

    Raises:
        AccountsError: The file of the accounts is damaged.
        SettingsError: The address or the certificate cannot be used.
        AlreadyRunningError: Another program has the port.
        NotPossibleError: A certificate cannot be made here.
    """
    accounts = Accounts(AccountsFile(Path(settings.state_dir)))
    tls = await asyncio.to_thread(tls_of, settings)
    bound = listen(settings.web.host, settings.web.port)
    device = DeviceMirror(settings.hardware_socket)
    hub = FrameHub(
        settings.frames_socket,
        exposure_s=lambda: _exposure_s(device),
        native_width=lambda: device.state.streaming.size.width if device.state else None,
    )
    try:
        async with device:
            await _first_state(device)
            system = System(settings, device, tls=tls)
            web = WebApp(
                Parts(settings=settings, device=device, hub=hub, accounts=accounts, system=system)
            )
            asgi = Guard(
                web.dash.server,
                hosts=[settings.web.host, *settings.web.hosts.split()],
                is_https_kept=settings.web.tls == "own",
            )
            server = uvicorn_server(
                asgi,
                on_started=lambda: _announce(bound, "https" if tls else "http"),
                on_stopping=web.send_home,
                ssl_context_factory=_always(tls.context) if tls else None,
            )
            await _run(web, system, tls, server, bound)
    finally:
        await hub.close()
        bound.close()


def _always(context: ssl.SSLContext) -> Callable[..., ssl.SSLContext]:
    """Hand uvicorn a context that is made already."""

    def made(*_: object) -> ssl.SSLContext:
        return context

    return made


def _exposure_s(device: DeviceMirror) -> float:
    exposure_us = device.state.controls.get("ExposureTime", 0) if device.state else 0
    return float(scalar(exposure_us)) / 1e6


async def _first_state(device: DeviceMirror) -> None:
    """Wait a moment for the camera, so that the first page is a whole one."""

    async def seen() -> None:
        async for now in device.follow():
            if now.state is not None:
                return

    try:
        await asyncio.wait_for(seen(), _FIRST_STATE_S)
    except TimeoutError:
        logger.warning("the camera process does not answer yet: serving without it")


async def _run(
    web: WebApp, system: System, tls: Tls | None, server: uvicorn.Server, bound: socket.socket
) -> None:
    async with asyncio.TaskGroup() as tasks:
        living = [
            tasks.create_task(web.present(), name="presentation"),
            tasks.create_task(web.keep(), name="accounts"),
            tasks.create_task(system.run(), name="loop lag"),
        ]
        if tls:
            living.append(tasks.create_task(tls.keep(), name="certificate"))
        try:
            await server.serve(sockets=[bound])
        finally:
            for task in living:
                task.cancel()
            await web.close()


def _announce(bound: socket.socket, scheme: str) -> None:
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    logger.info("listening on %s://%s:%d", scheme, shown, port)
