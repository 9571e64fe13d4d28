"""Users, sessions and tokens over the REST API, behind the gate."""

from typing import Any

import pytest

from tests.system import people
from tests.web.auth.browsers import OWN, browser, submit
from web.auth import tokens
from web.auth.accounts import Accounts
from web.auth.devices import device_name

NEW = {"name": "Nina B.", "role": "viewer", "password": "long enough"}


async def test_me_is_who_asks(server: Any) -> None:
    me = await (await browser(server, "operator").get("/api/v1/me")).get_json()
    assert me == {"name": "Olga", "role": "operator", "via": "session"}
    answer = await browser(server).get("/api/v1/me", headers=people.headers("viewer"))
    assert (await answer.get_json())["via"] == "token"


async def test_an_admin_adds_changes_and_removes_people(server: Any) -> None:
    admin = browser(server, "admin")
    added = await admin.post("/api/v1/users", json=NEW, headers=OWN)
    assert added.status_code == 201
    assert (await added.get_json()).keys() == {"name", "role", "created", "seen"}
    twice = await admin.post("/api/v1/users", json={**NEW, "name": "nina b."}, headers=OWN)
    assert twice.status_code == 409
    url = "/api/v1/users/Nina%20B."
    changed = await admin.patch(url, json={"role": "operator"}, headers=OWN)
    assert (await changed.get_json())["role"] == "operator"
    other = {"password": "another good one"}
    assert (await admin.put(f"{url}/password", json=other, headers=OWN)).status_code == 204
    signed = await submit(browser(server), "/login", "name=nina b.&password=another good one")
    assert signed.status_code == 303
    listed = await (await admin.get("/api/v1/users")).get_json()
    assert [user["name"] for user in listed["items"]] == ["Owner", "Olga", "Vera", "Nina B."]
    assert "argon2" not in str(listed)
    assert (await admin.delete(url, headers=OWN)).status_code == 204
    assert (await admin.delete(url, headers=OWN)).status_code == 404


async def test_the_last_admin_stays_and_does_not_skip_the_old_password(server: Any) -> None:
    admin = browser(server, "admin")
    url = "/api/v1/users/Owner"
    assert (await admin.delete(url, headers=OWN)).status_code == 409
    assert (await admin.patch(url, json={"role": "viewer"}, headers=OWN)).status_code == 409
    own = await admin.put(f"{url}/password", json={"password": "long enough"}, headers=OWN)
    assert own.status_code == 403


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_others_neither_see_nor_change_people(server: Any, role: Any) -> None:
    client = browser(server, role)
    answers = [
        await client.get("/api/v1/users"),
        await client.post("/api/v1/users", json=NEW, headers=OWN),
        await client.patch("/api/v1/users/Olga", json={"role": "admin"}, headers=OWN),
        await client.delete("/api/v1/users/Owner", headers=OWN),
        await client.put("/api/v1/users/Owner/password", json={"password": "x" * 9}, headers=OWN),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5


async def test_ones_own_password_takes_the_old_one(server: Any) -> None:
    client = browser(server, "viewer")
    wrong = {"old": "a guess", "password": "another good one"}
    assert (await client.put("/api/v1/me/password", json=wrong, headers=OWN)).status_code == 403
    right = {"old": people.PASSWORD, "password": "another good one"}
    assert (await client.put("/api/v1/me/password", json=right, headers=OWN)).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 200, "this session goes on"


async def test_everybody_ends_their_own_sessions_and_an_admin_anybodys(
    server: Any, accounts: Accounts
) -> None:
    viewer, operator, admin = (browser(server, role) for role in ("viewer", "operator", "admin"))
    shown = await (await viewer.get("/api/v1/sessions")).get_json()
    assert [(s["id"], s["user"], s["is_current"]) for s in shown["items"]] == [
        ("s-viewer", "Vera", True)
    ]
    assert len((await (await admin.get("/api/v1/sessions")).get_json())["items"]) == 3
    url = "/api/v1/sessions/s-operator"
    assert (await viewer.delete(url, headers=OWN)).status_code == 404
    assert (await admin.delete(url, headers=OWN)).status_code == 204
    assert (await operator.get("/api/v1/me")).status_code == 401
    assert (await viewer.delete("/api/v1/sessions", headers=OWN)).status_code == 204
    assert (await viewer.get("/api/v1/me")).status_code == 401
    assert [session.user for session in accounts.sessions] == ["Owner"]


async def test_a_token_that_may_do_less_than_its_owner_signs_nobody_out(
    server: Any, accounts: Accounts
) -> None:
    owner = accounts.identity("s-admin")
    assert owner
    token, secret = await tokens.create_token(accounts, "Wall", "viewer", owner=owner)
    by_token = {"Authorization": f"Bearer {secret}"}
    for path in ("/sessions", "/sessions/s-admin", "/tokens/t-admin"):
        refused = await browser(server).delete(f"/api/v1{path}", headers=by_token)
        assert refused.status_code == 403, path
    assert accounts.identity("s-admin")
    gone = await browser(server).delete(f"/api/v1/tokens/{token.id}", headers=by_token)
    assert gone.status_code == 204, "itself it may end"


async def test_tokens_are_shown_once_used_and_revoked(server: Any) -> None:
    operator, viewer = browser(server, "operator"), browser(server, "viewer")
    wanted = {"name": "Wall display", "role": "viewer"}
    made = await operator.post("/api/v1/tokens", json=wanted, headers=OWN)
    assert made.status_code == 201
    token = await made.get_json()
    header = {"Authorization": f"Bearer {token['secret']}"}
    assert (await browser(server).get("/api/v1/state", headers=header)).status_code == 200
    listed = await (await operator.get("/api/v1/tokens")).get_json()
    assert [(t["name"], t["user"]) for t in listed["items"]] == [
        ("Wall display", "Olga"),
        ("Tests", "Olga"),
    ]
    assert listed["items"][0]["used"]
    assert token["secret"] not in str(listed)
    url = f"/api/v1/tokens/{token['id']}"
    assert (await viewer.delete(url, headers=OWN)).status_code == 404
    assert (await operator.delete(url, headers=OWN)).status_code == 204
    assert (await browser(server).get("/api/v1/state", headers=header)).status_code == 401


async def test_a_token_is_no_more_than_its_owner_and_makes_no_tokens(server: Any) -> None:
    wanted = {"name": "Robot", "role": "admin"}
    above = await browser(server, "viewer").post("/api/v1/tokens", json=wanted, headers=OWN)
    assert above.status_code == 422
    by_token = await browser(server).post(
        "/api/v1/tokens", json=wanted, headers=people.headers("admin")
    )
    assert by_token.status_code == 403


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Linux",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_called_what_a_person_calls_it(words: str, name: str) -> None:
    assert device_name(words) == name
