"""Accounts over a file in a folder of the test's own, with a clock that the test moves."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.system import people
from tests.web.fakes import FakeDevice, parts_of
from web.app import WebApp
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.auth.records import Records


class Clock:
    """Seconds since the epoch, as the test wants them."""

    def __init__(self) -> None:
        self.now = people.CREATED

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> AccountsFile:
    return AccountsFile(tmp_path)


@pytest.fixture
async def accounts(file: AccountsFile, clock: Clock) -> AsyncIterator[Accounts]:
    """Those of `tests.system.people`."""
    file.change(lambda _: people.records(clock.now), Records())
    accounts = Accounts(file, clock=clock)
    yield accounts
    await accounts.close()


async def visited(folder: Path, accounts: Accounts) -> AsyncIterator[Any]:
    """Serve a whole application in this process."""
    app = WebApp(parts_of(FakeDevice(folder), accounts))
    async with app.dash.server.test_app():
        yield app.dash.server
    await app.close()


@pytest.fixture
async def server(tmp_path: Path, accounts: Accounts) -> AsyncIterator[Any]:
    async for server in visited(tmp_path, accounts):
        yield server


@pytest.fixture
async def new_server(tmp_path: Path) -> AsyncIterator[Any]:
    """One that nobody has visited."""
    async for server in visited(tmp_path, Accounts(AccountsFile(tmp_path))):
        yield server
