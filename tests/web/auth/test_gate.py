"""The gate in front of the whole application, and the forms through which people come in."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Client

from tests.system import people
from tests.web.auth.browsers import FORM, OWN, browser, cookie_of, submit
from vizy.errors import DiskFullError
from web.auth.accounts import Accounts
from web.auth.identity import COOKIE

PROBLEM = "application/problem+json"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


Make = Callable[..., Client]


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        raise DiskFullError(f"{path}: the disk is full")

    monkeypatch.setattr("web.auth.file.write_durably", full)


async def refused_by_the_disk(server: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch)
    refused = await submit(browser(server), path, f"name=Vera&password={people.PASSWORD}")
    text = await refused.get_data(as_text=True)
    assert (refused.status_code, refused.mimetype) == (507, "text/html")
    assert "The disk takes nothing" in text
    assert "accounts.json" not in text, "where things are kept is not for everybody"


# -- who gets in ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/gallery", "/api/v1/state", "/snapshot.jpg", "/assets/live.js", "/_dash-layout"]
)
async def test_without_a_login_a_program_is_refused_and_a_person_sent_to_it(
    server: Any, path: str
) -> None:
    client = browser(server)
    refused = await client.get(path)
    assert (refused.status_code, refused.content_type) == (401, PROBLEM)
    is_picture = path == "/snapshot.jpg"
    assert refused.headers["WWW-Authenticate"] == ('Basic realm="Vizy"' if is_picture else "Bearer")
    drawn = await client.get(path, headers={"Accept": "image/avif,image/webp,*/*;q=0.8"})
    assert drawn.headers["WWW-Authenticate"] == "Bearer", "a browser asks nobody for a password"
    sent = await client.get(path, headers=HTML)
    assert sent.status_code == 302
    assert sent.headers["Location"] == ("/login" if path == "/" else f"/login?next={path}")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a_path_that_takes_no_such_method_tells_strangers_nothing(
    server: Any, method: str
) -> None:
    client = browser(server)
    for path in ("/gallery", "/api/v1/nothing", "/snapshot.jpg"):
        assert (await client.open(path, method=method)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        "Bearer ",
        "bearer vizy_",
        "Basic " + base64.b64encode(b"x:vizy_wrong").decode(),
    ],
)
async def test_a_wrong_token_is_refused_whatever_else_is_shown(server: Any, header: str) -> None:
    client = browser(server, "admin")
    response = await client.get("/api/v1/state", headers={"Authorization": header})
    assert response.status_code == 401


async def test_a_token_opens_as_bearer_and_as_the_password_of_basic(server: Any) -> None:
    token = people.token_secret("viewer")
    basic = base64.b64encode(f"any:{token}".encode()).decode()
    for header in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
        answer = await browser(server).get("/api/v1/state", headers={"Authorization": header})
        assert answer.status_code == 200
    assert (await browser(server).get(f"/api/v1/state?token={token}")).status_code == 401


async def test_basic_credentials_for_a_proxy_before_us_do_not_count(server: Any) -> None:
    header = {"Authorization": "Basic " + base64.b64encode(b"proxy:its password").decode()}
    assert (await browser(server, "viewer").get("/api/v1/state", headers=header)).status_code == 200


async def test_a_viewer_reads_and_does_not_write(server: Any) -> None:
    viewer, operator = browser(server, "viewer"), browser(server, "operator")
    assert (await viewer.get("/api/v1/state")).status_code == 200
    body = {"Brightness": 0.5}
    refused = await viewer.patch("/api/v1/controls", json=body, headers=OWN)
    assert refused.status_code == 403
    assert "needs the role operator, and Vera is viewer" in (await refused.get_json())["detail"]
    assert (await operator.patch("/api/v1/controls", json=body, headers=OWN)).status_code == 200


async def test_a_browser_changes_things_only_from_a_page_of_this_server(server: Any) -> None:
    operator = browser(server, "operator")
    body = {"Brightness": 0.5}
    assert (await operator.patch("/api/v1/controls", json=body)).status_code == 403
    fetched = {"Sec-Fetch-Site": "same-origin"}
    assert (await operator.patch("/api/v1/controls", json=body, headers=fetched)).status_code == 200
    program = people.headers("operator")
    answer = await browser(server).patch("/api/v1/controls", json=body, headers=program)
    assert answer.status_code == 200


# -- signing in ----------------------------------------------------------------------------------


async def test_signing_in_opens_a_session_and_goes_on_to_where_one_was(server: Any) -> None:
    client = browser(server)
    page = await client.get("/login?next=/gallery")
    text = await page.get_data(as_text=True)
    assert 'action="/login?next=/gallery"' in text
    assert 'autocomplete="current-password"' in text
    assert page.headers["Cache-Control"] == "no-store"
    signed = await submit(client, "/login?next=/gallery", f"name=vera&password={people.PASSWORD}")
    assert (signed.status_code, signed.headers["Location"]) == (303, "/gallery")
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert attribute in cookie_of(signed)
    assert "Secure" not in cookie_of(signed), "over plain http it would not come back"
    assert (await client.get("/api/v1/state")).status_code == 200


async def test_over_https_the_cookie_is_secure(server: Any) -> None:
    client = browser(server)
    signed = await client.post(
        "/login",
        data=f"name=vera&password={people.PASSWORD}",
        headers={**FORM, "Origin": "https://localhost"},
        scheme="https",
    )
    assert "Secure" in cookie_of(signed)


@pytest.mark.parametrize(
    "foreign",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/%0d%0aX: y", "/%09/x"],
)
async def test_after_the_login_one_goes_to_own_paths_only(server: Any, foreign: str) -> None:
    text = f"name=vera&password={people.PASSWORD}"
    signed = await submit(browser(server), f"/login?next={foreign}", text)
    assert (signed.status_code, signed.headers["Location"]) == (303, "/")


async def test_a_session_that_was_planted_is_never_taken_over(server: Any) -> None:
    client = browser(server)
    client.set_cookie("localhost", COOKIE, "planted by somebody")
    assert (await client.get("/api/v1/state")).status_code == 401
    text = f"name=vera&password={people.PASSWORD}"
    first, second = [await submit(client, "/login", text) for _ in range(2)]
    assert "planted" not in cookie_of(first)
    assert cookie_of(first) != cookie_of(second)


async def test_a_wrong_password_is_said_beside_the_field_and_too_many_are_not_taken(
    server: Any,
) -> None:
    client = browser(server)
    answers = [await submit(client, "/login", "name=Vera&password=<wrong>") for _ in range(8)]
    text = await answers[0].get_data(as_text=True)
    assert answers[0].status_code == 401
    assert "The name or the password is wrong." in text
    assert 'aria-invalid="true" aria-describedby="password-problem" autofocus' in text
    assert 'value="Vera"' in text
    assert "&lt;wrong" not in text
    assert "<wrong" not in text
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_a_name_is_shown_again_without_becoming_html(server: Any) -> None:
    refused = await submit(browser(server), "/login", 'name="><script>x&password=y')
    assert "<script>x" not in await refused.get_data(as_text=True)


@pytest.mark.parametrize("body", ["", "name", "&&&&", "a=b&" * 50, "\xff", "password=x"])
async def test_a_form_that_is_none_is_a_wrong_password(server: Any, body: str) -> None:
    assert (await submit(browser(server), "/login", body)).status_code == 401


async def test_signing_out_ends_the_session_and_removes_the_cookie(
    server: Any, accounts: Accounts
) -> None:
    client = browser(server, "viewer")
    out = await client.post("/logout", headers=OWN)
    assert (out.status_code, out.headers["Location"]) == (303, "/login")
    assert "Max-Age=0" in cookie_of(out)
    assert accounts.recognise(people.session_secret("viewer"), "session") is None
    assert (await client.post("/logout", headers=OWN)).status_code == 303


async def test_a_disk_that_refuses_is_told_to_people_in_the_form(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refused_by_the_disk(server, "/login", monkeypatch)


async def test_with_a_disk_that_refuses_one_still_leaves_the_browser(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_disk(monkeypatch)
    out = await browser(server, "viewer").post("/logout", headers=OWN)
    assert (out.status_code, out.headers["Location"]) == (303, "/login")
    assert "Max-Age=0" in cookie_of(out)


# -- the first visit -----------------------------------------------------------------------------


async def test_the_first_visit_makes_the_owner_and_nobody_can_again(new_server: Any) -> None:
    client = browser(new_server)
    assert (await client.get("/", headers=HTML)).headers["Location"] == "/welcome"
    assert (await client.get("/login")).headers["Location"] == "/welcome"
    assert (await client.get("/api/v1/state")).status_code == 401
    assert (await client.get("/healthz")).status_code == 200
    short = await submit(client, "/welcome", "name=Anna&password=short")
    assert short.status_code == 422
    assert "it takes 8 to 128" in await short.get_data(as_text=True)
    made = await submit(client, "/welcome", "name=Anna&password=long enough")
    assert (made.status_code, made.headers["Location"]) == (303, "/")
    assert (await client.get("/api/v1/state")).status_code == 200
    second = browser(new_server)
    late = await submit(second, "/welcome", "name=Eve&password=long enough")
    assert (late.status_code, late.headers["Location"]) == (303, "/login")
    assert (await second.get("/welcome")).headers["Location"] == "/"


async def test_a_disk_that_refuses_makes_no_owner(
    new_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refused_by_the_disk(new_server, "/welcome", monkeypatch)
    assert (await browser(new_server).get("/login")).headers["Location"] == "/welcome"
