"""A factory reset: in which order, and what a page that is cut off does to it."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from tests.system import people
from tests.web.fakes import FakeDevice, parts_of
from vizy.errors import DeviceAwayError, NotPossibleError, StorageError
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.auth.records import Records
from web.parts import Parts
from web.reset import reset_everything
from web.system.manager import Manager, Power, What
from web.system.system import System


class Restarts(Manager):
    """Notes each restart, and whether people were known by then."""

    name = "test"

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.done: list[tuple[What, bool]] = []

    async def restart(self, what: What) -> None:
        await asyncio.sleep(0)
        self.done.append((what, self.accounts.has_owner))

    async def power(self, how: Power) -> None:
        raise NotPossibleError("no")


class Device(FakeDevice):
    """Can be reset."""

    async def reset(self, *, captures: bool) -> None:
        self._raise_fault()
        self.went = captures


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    file = AccountsFile(tmp_path)
    file.change(lambda _: people.records(people.CREATED), Records())
    return Accounts(file, clock=lambda: people.CREATED)


@pytest.fixture
def restarts(accounts: Accounts) -> Restarts:
    return Restarts(accounts)


@pytest.fixture
def parts(tmp_path: Path, accounts: Accounts, restarts: Restarts) -> Parts:
    device: Any = Device(tmp_path)
    made = parts_of(device, accounts)
    system = System(made.settings, device, {}, manager=restarts)
    return Parts(
        settings=made.settings, device=device, hub=made.hub, accounts=accounts, system=system
    )


async def test_nobody_is_known_any_more_when_the_processes_start_again(
    parts: Parts, accounts: Accounts, restarts: Restarts
) -> None:
    await reset_everything(parts, captures=True, restart=True)
    assert cast("Device", parts.device).went
    assert restarts.done == [("all", False)]
    assert AccountsFile(Path(parts.settings.state_dir)).read() == Records()


async def test_the_page_that_asks_is_cut_off_and_the_restart_comes_all_the_same(
    parts: Parts, accounts: Accounts, restarts: Restarts
) -> None:
    asking = asyncio.ensure_future(reset_everything(parts, captures=False, restart=True))

    def cut_off() -> None:
        asking.cancel()

    accounts.on_change(cut_off)
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert restarts.done == [("all", False)]


async def test_what_is_refused_before_leaves_everybody_and_starts_nothing(
    parts: Parts, accounts: Accounts, restarts: Restarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast("Device", parts.device).fail_next(DeviceAwayError("away"))
    with pytest.raises(DeviceAwayError):
        await reset_everything(parts, captures=False, restart=True)

    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("web.auth.file.write_durably", full)
    with pytest.raises(StorageError):
        await reset_everything(parts, captures=False, restart=True)
    assert accounts.has_owner
    assert restarts.done == []
