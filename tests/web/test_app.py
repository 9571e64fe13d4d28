"""What the application tells to whom."""

from pathlib import Path

import pytest

from dash_devices import Client, Output
from tests.system import people
from tests.web.fakes import FakeDevice, parts_of
from web.app import WebApp
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.auth.records import Records
from web.auth.visits import Visitor
from web.pages.system import SystemPage


def a_client(accounts: Accounts, role: str) -> Client:
    client = Client(
        id=role, address="", host="", origin=None, headers={}, cookies={}, args={}, path=""
    )
    client.authentication = Visitor(accounts, f"s-{role}")
    return client


async def test_what_is_for_admins_is_told_to_no_other_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemPage, "mods", lambda _: [Output("log", "children", "a line")])
    file = AccountsFile(tmp_path)
    file.change(lambda _: people.records(people.CREATED), Records())
    accounts = Accounts(file, clock=lambda: people.CREATED)
    app = WebApp(parts_of(FakeDevice(tmp_path), accounts))
    async with app.dash.server.test_app():
        admin, viewer = a_client(accounts, "admin"), a_client(accounts, "viewer")
        for client in (admin, viewer):
            app.dash.clients.add(client)
        app.show()
        assert "a line" in await admin.outbox.take()
        assert "a line" not in await viewer.outbox.take()
        for client in (admin, viewer):
            app.dash.clients.remove(client)
    await app.close()
