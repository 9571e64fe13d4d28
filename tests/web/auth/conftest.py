"""Accounts over a file in a folder of the test's own, with a clock that the test moves."""

from pathlib import Path

import pytest

from tests.system import people
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
def accounts(file: AccountsFile, clock: Clock) -> Accounts:
    """Those of `tests.system.people`."""
    file.change(lambda _: people.records(clock.now), Records())
    return Accounts(file, clock=clock)
