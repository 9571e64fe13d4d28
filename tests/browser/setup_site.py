"""The page of networks as a phone gets it over the access point, which is loopback here."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from tests.web.server import configured
from web.beside import to_https
from web.guard import Guard
from web.host.devices import Wifi
from web.host.host import Host
from web.onboarding.captive import captive
from web.onboarding.onboarding import Onboarding
from web.onboarding.pages import pages
from web.onboarding.radio import AccessPoint

NETWORKS = (
    Wifi(name="Home", signal=91, secured=True, joined=False),
    Wifi(name="Meadow Lane 12, the one on the first floor", signal=55, secured=True, joined=False),
    Wifi(name="Café", signal=30, secured=False, joined=False),
    Wifi(name="Station", signal=9, secured=False, joined=False),
)


class SetupSite:
    """The page, served; nobody acts on what is chosen."""

    def __init__(self, bound: socket.socket) -> None:
        address, port = bound.getsockname()
        self.url = f"http://{address}:{port}"
        self.onboarding = Onboarding(Host("unix:path=/nowhere"))
        self.onboarding.point = AccessPoint("Vizy-1A2B", address)
        self.onboarding.networks = NETWORKS
        app = captive(to_https, Guard(pages(self.onboarding)), self.onboarding)
        self.server = uvicorn.Server(configured(app))


@contextlib.contextmanager
def serving_setup() -> Iterator[SetupSite]:
    """Serve it from a thread, at a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        site = SetupSite(bound)
        serving = threading.Thread(target=lambda: asyncio.run(site.server.serve(sockets=[bound])))
        serving.start()
        try:
            yield site
        finally:
            site.server.should_exit = True
            serving.join()
