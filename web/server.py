"""The web process: wires mirror, frames and application together and serves them.

One event loop does everything. A task that must live and dies ends the process, so that whoever
supervises it starts a new one.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dash_devices.serve import server as uvicorn_server
from vizy.controls import scalar
from vizy.device import DeviceMirror
from vizy.notify import Notifier
from vizy.settings import Settings
from web.alive import Alive
from web.app import WebApp
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.beside import send_on, to_https, turn_away
from web.guard import Guard
from web.onboarding.captive import captive
from web.onboarding.onboarding import Onboarding
from web.onboarding.pages import pages
from web.parts import Parts
from web.sockets import open_doors
from web.system.system import System
from web.tls.tls import tls_of
from web.video.frames import FrameHub

logger = logging.getLogger("vizy.web")

_FIRST_STATE_S = 2.0

Work = dict[str, Callable[[], Coroutine[Any, Any, None]]]


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
    doors = open_doors(settings.web.host, settings.web.port, has_tls=bool(tls), environ=os.environ)
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
            parts = Parts(
                settings=settings, device=device, hub=hub, accounts=accounts, system=system
            )
            web = WebApp(parts)
            onboarding = Onboarding(parts.host)
            hosts = [settings.web.host, *settings.web.hosts.split()]
            setup = Guard(pages(onboarding), hosts=hosts)
            asgi = Guard(web.dash.server, hosts=hosts, is_https_kept=settings.web.tls == "own")
            server = uvicorn_server(
                captive(asgi, setup, onboarding),
                on_started=lambda: _announce(doors.page, "https" if tls else "http"),
                on_stopping=web.send_home,
                ssl_context_factory=_always(tls.context) if tls else None,
                log_config=None,  # uvicorn's own would write past the journal
            )
            logging.getLogger("uvicorn.error").addFilter(_is_news)
            notify = Notifier()
            work: Work = {
                "presentation": web.present,
                "accounts": web.keep,
                "loop lag": system.run,
                "service manager": Alive(notify, doors.page[0], has_tls=bool(tls)).keep,
                "onboarding": onboarding.run,
            }
            if doors.plain:
                plain = captive(to_https, setup, onboarding)
                work["plain http"] = partial(send_on, plain, doors.plain)
            if doors.shut:
                work["no https"] = partial(turn_away, doors.shut)
            if tls:
                work["certificate"] = tls.keep
            try:
                await _beside(work, server.serve(sockets=list(doors.page)), notify)
            finally:
                await web.close()
    finally:
        await hub.close()
        doors.close()


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out that a response is not complete: we end streams and events, which have no end."""
    return record.msg != "ASGI callable returned without completing response."


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


async def _beside(work: Work, served: Coroutine[Any, Any, None], notify: Notifier) -> None:
    """Do the work, by name, until serving ends; work that dies ends the serving."""
    async with asyncio.TaskGroup() as tasks:
        living = [tasks.create_task(start(), name=name) for name, start in work.items()]
        try:
            await served
        finally:
            notify.stopping()
            for task in living:
                task.cancel()


def _announce(bound: Sequence[socket.socket], scheme: str) -> None:
    for each in bound:
        host, port = each.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        logger.info("listening on %s://%s:%d", scheme, shown, port)
