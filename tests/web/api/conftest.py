"""The API over a device that stands in for the daemon."""

from pathlib import Path

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import parts_of
from tests.web.strict import StrictDevice
from web.api import endpoints
from web.api.mount import mount
from web.health import health
from web.problems import install_problems


@pytest.fixture
def device(tmp_path: Path) -> StrictDevice:
    return StrictDevice(tmp_path)


@pytest.fixture
def app(device: StrictDevice) -> Quart:
    app = Quart(__name__)
    install_problems(app)
    app.register_blueprint(mount(endpoints(parts_of(device))))
    app.register_blueprint(health(device))
    return app


@pytest.fixture
def client(app: Quart) -> Client:
    return app.test_client()
