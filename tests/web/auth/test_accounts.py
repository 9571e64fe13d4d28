"""Who may come in, and that it is on the disk."""

import asyncio
import threading
from pathlib import Path

import msgspec
import pytest

from tests.system import people
from tests.web.auth.conftest import Clock
from vizy.errors import (
    AccountsError,
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    StorageError,
    TooManyAttemptsError,
)
from web.auth import sessions, tokens, users
from web.auth.accounts import IDLE_S, Accounts
from web.auth.file import AccountsFile
from web.auth.identity import Identity, Role
from web.auth.passwords import Passwords, hash_password
from web.auth.records import Records

ADDRESS = "10.0.0.1"


async def sign_in(accounts: Accounts, name: str = "Vera", password: str = people.PASSWORD) -> str:
    return await sessions.sign_in(accounts, name, password, address=ADDRESS, device="A phone")


def who(accounts: Accounts, secret: str, via: str = "session") -> Identity | None:
    found = accounts.recognise(secret, via)
    return accounts.identity(found) if found else None


async def test_the_first_visit_makes_an_admin_once(file: AccountsFile) -> None:
    accounts = Accounts(file)
    assert not accounts.has_owner
    outcomes = await asyncio.gather(
        *(users.create_owner(accounts, f"Visitor {n}", people.PASSWORD) for n in range(3)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(ConflictError) == 2
    assert [user.role for user in accounts.records.users] == ["admin"]
    with pytest.raises(ConflictError, match="has an owner already"):
        await users.create_owner(Accounts(file), "Late", people.PASSWORD)


async def test_the_file_is_for_its_owner_alone_and_holds_no_secret(file: AccountsFile) -> None:
    accounts = Accounts(file)
    await users.create_owner(accounts, "Anna", people.PASSWORD)
    secret = await sign_in(accounts, "Anna")
    owner = who(accounts, secret)
    assert owner
    _, token = await tokens.create_token(accounts, "Wall", "viewer", owner=owner)
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    text = file.path.read_text()
    assert people.PASSWORD not in text
    assert secret not in text
    assert token not in text
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in text


@pytest.mark.parametrize("content", [b"", b"{}x", b'{"users": 3}', b"\xff", b'{"version": 2}'])
def test_a_damaged_file_is_an_error_and_no_first_visit(
    file: AccountsFile, tmp_path: Path, content: bytes
) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    with pytest.raises(AccountsError, match=r"accounts.json cannot be read, so nobody"):
        Accounts(file)
    with pytest.raises(AccountsError):
        file.change(lambda records: records, Records())
    assert file.path.read_bytes() == content


async def test_a_session_survives_a_restart_and_ends_when_it_is_told_to(
    accounts: Accounts, file: AccountsFile, clock: Clock
) -> None:
    secret = await sign_in(accounts)
    again = Accounts(file, clock=clock)
    found = who(again, secret)
    assert found
    assert (found.name, found.role, found.via) == ("Vera", Role.VIEWER, "session")
    await sessions.end_session(again, found.id)
    assert who(again, secret) is None
    assert who(Accounts(file, clock=clock), secret) is None


async def test_a_session_is_over_after_thirty_days_without_use(
    accounts: Accounts, file: AccountsFile, clock: Clock
) -> None:
    used, unused = await sign_in(accounts), await sign_in(accounts, "Olga")
    clock.now += IDLE_S - 1
    assert who(accounts, used)
    clock.now += 2
    assert who(accounts, used)
    assert who(accounts, unused) is None
    await sessions.end_session(accounts, "none")  # any change writes down who was seen
    assert who(Accounts(file, clock=clock), used)
    assert "Olga" not in {session.user for session in accounts.records.sessions}


async def test_each_login_has_a_secret_of_its_own_and_the_oldest_session_gives_way(
    accounts: Accounts, clock: Clock
) -> None:
    secrets: list[str] = []
    for _ in range(sessions.MAX_SESSIONS + 3):
        clock.now += 1
        secrets.append(await sign_in(accounts))
    assert len(set(secrets)) == len(secrets)
    assert [who(accounts, secret) is not None for secret in secrets] == [False] * 3 + [
        True
    ] * sessions.MAX_SESSIONS


@pytest.mark.parametrize(
    ("name", "password"), [("Vera", "not that one"), ("Nobody", people.PASSWORD), ("", "")]
)
async def test_name_and_password_are_wrong_in_the_same_words(
    accounts: Accounts, name: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotSignedInError, match=r"^the name or the password is wrong$"):
        await sign_in(accounts, name, password)
    assert not password or password not in caplog.text


async def test_an_account_that_is_none_costs_the_same_hashing(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def matches(kept: str, password: str) -> bool:
        hashed.append(kept.rpartition("$")[0].rpartition("$")[0])
        return True

    monkeypatch.setattr("web.auth.passwords._matches", matches)
    await sign_in(accounts)
    with pytest.raises(NotSignedInError):
        await sign_in(accounts, "Nobody")
    assert len(hashed) == 2
    assert hashed[0] == hashed[1] == "$argon2id$v=19$m=19456,t=2,p=1"


async def test_guesses_at_once_all_count(accounts: Accounts) -> None:
    guesses = (sign_in(accounts, "Vera", f"wrong {number}") for number in range(30))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(outcome, NotSignedInError) for outcome in outcomes) == 6
    assert sum(isinstance(outcome, TooManyAttemptsError) for outcome in outcomes) == 24


async def test_who_goes_away_while_their_password_is_hashed_makes_no_room_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once: list[int] = []
    begun, end = threading.Semaphore(0), threading.Event()

    def matches(kept: str, password: str) -> bool:
        at_once.append(len(at_once) + 1)
        begun.release()
        end.wait(10)
        at_once.pop()
        return True

    monkeypatch.setattr("web.auth.passwords._matches", matches)
    passwords = Passwords()
    gone, other = (asyncio.ensure_future(passwords.is_right("x", "y")) for _ in range(2))
    await asyncio.to_thread(begun.acquire)
    gone.cancel()
    await asyncio.wait([gone])
    assert not await asyncio.to_thread(begun.acquire, timeout=0.2)
    assert at_once == [1]
    end.set()
    assert await other
    passwords.close()


async def test_an_accent_typed_as_one_sign_or_two_is_the_same_password() -> None:
    kept = hash_password("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait")
    assert await Passwords().is_right("cafe\N{COMBINING ACUTE ACCENT} au lait", kept)


@pytest.mark.parametrize("password", ["", "seven__", "x" * 129])
async def test_a_password_too_short_or_too_long_is_refused(
    accounts: Accounts, password: str
) -> None:
    with pytest.raises(InvalidValueError, match="it takes 8 to 128"):
        await users.add_user(accounts, "Nina", "viewer", password)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\nb", "x" * 33, " ", "-a", "a\u202eb"])
async def test_a_name_that_could_be_mistaken_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(InvalidValueError, match=r"(?s)name=.* is refused"):
        await users.add_user(accounts, name, "viewer", people.PASSWORD)


async def test_names_that_differ_by_case_alone_are_one(accounts: Accounts) -> None:
    with pytest.raises(ConflictError, match="there is an account Vera already"):
        await users.add_user(accounts, "VERA", "viewer", people.PASSWORD)
    found = who(accounts, await sign_in(accounts, "vera"))
    assert found
    assert found.name == "Vera"


async def test_a_role_counts_at_once_for_sessions_and_tokens(accounts: Accounts) -> None:
    session = people.session_secret("operator")
    token = people.token_secret("operator")
    await users.set_role(accounts, "olga", "admin")
    seen = [who(accounts, session), who(accounts, token, "token")]
    assert [found.role for found in seen if found] == [Role.ADMIN, Role.OPERATOR]
    await users.set_role(accounts, "Olga", "viewer")
    seen = [who(accounts, session), who(accounts, token, "token")]
    assert [found.role for found in seen if found] == [Role.VIEWER, Role.VIEWER]


async def test_the_last_admin_stays(accounts: Accounts) -> None:
    with pytest.raises(ConflictError, match="Owner is the last admin and cannot be demoted"):
        await users.set_role(accounts, "Owner", "operator")
    with pytest.raises(ConflictError, match="cannot be removed"):
        await users.remove_user(accounts, "Owner")
    await users.set_role(accounts, "Olga", "admin")
    await users.remove_user(accounts, "Owner")
    assert who(accounts, people.session_secret("admin")) is None
    assert who(accounts, people.token_secret("admin"), "token") is None


async def test_a_new_password_ends_all_other_sessions(accounts: Accounts) -> None:
    one, two = await sign_in(accounts), await sign_in(accounts)
    kept = accounts.recognise(one, "session")
    await users.change_own_password(
        accounts, "Vera", people.PASSWORD, "another good one", address=ADDRESS, but=kept
    )
    assert who(accounts, one)
    assert who(accounts, two) is None
    with pytest.raises(NotSignedInError):
        await sign_in(accounts)
    assert await sign_in(accounts, password="another good one")


async def test_a_wrong_old_password_changes_nothing(accounts: Accounts) -> None:
    with pytest.raises(NotAllowedError, match="the old password is wrong"):
        await users.change_own_password(
            accounts, "Vera", "a guess", "another good one", address=ADDRESS
        )
    assert await sign_in(accounts)


async def test_a_token_may_do_no_more_than_its_owner(accounts: Accounts) -> None:
    operator = who(accounts, people.session_secret("operator"))
    assert operator
    with pytest.raises(InvalidValueError, match="role=admin is refused"):
        await tokens.create_token(accounts, "Robot", "admin", owner=operator)
    token, secret = await tokens.create_token(accounts, "Robot", "viewer", owner=operator)
    assert secret.startswith("vizy_")
    found = who(accounts, secret, "token")
    assert found
    assert (found.name, found.role) == ("Olga", Role.VIEWER)
    assert who(accounts, secret, "session") is None, "a token is no cookie"
    await tokens.revoke_token(accounts, token.id)
    assert who(accounts, secret, "token") is None


async def test_who_was_removed_meanwhile_leaves_no_token_for_the_next_of_that_name(
    accounts: Accounts,
) -> None:
    vera = who(accounts, people.session_secret("viewer"))
    assert vera
    removing = asyncio.ensure_future(users.remove_user(accounts, "Vera"))
    await asyncio.sleep(0)
    with pytest.raises(NotSignedInError):
        await tokens.create_token(accounts, "Back door", "viewer", owner=vera)
    await removing
    await users.add_user(accounts, "Vera", "admin", people.PASSWORD)
    assert not [token for token in accounts.tokens if token.user == "Vera"]


async def test_a_change_by_another_process_is_taken_in(
    accounts: Accounts, file: AccountsFile, tmp_path: Path
) -> None:
    other = Accounts(AccountsFile(tmp_path))
    told: list[None] = []
    accounts.on_change(lambda: told.append(None))
    await users.add_user(other, "Nina", "viewer", people.PASSWORD)
    await accounts.refresh()
    assert accounts.records.user("Nina")
    assert len(told) == 1
    await accounts.refresh()
    assert len(told) == 1, "nothing has changed since"
    await users.remove_user(other, "Nina")
    await users.set_role(accounts, "Vera", "operator")  # without a look in between
    assert accounts.records.user("Nina") is None


async def test_a_file_that_vanishes_or_breaks_lets_nobody_become_owner(
    accounts: Accounts, file: AccountsFile
) -> None:
    file.path.unlink()
    await accounts.refresh()
    assert accounts.has_owner
    await users.set_role(accounts, "Vera", "operator")
    assert file.read() == accounts.records
    file.path.write_bytes(b"half a fi")
    with pytest.raises(AccountsError):
        await accounts.refresh()
    assert accounts.has_owner


async def test_a_disk_that_refuses_changes_nothing(
    accounts: Accounts, file: AccountsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("web.auth.file.write_durably", full)
    before = accounts.records
    with pytest.raises(StorageError):
        await users.set_role(accounts, "Vera", "admin")
    assert accounts.records == before == file.read()


async def test_a_disk_that_refuses_is_not_asked_every_second_who_was_seen(
    accounts: Accounts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, looked = 0, asyncio.Event()

    def full(*_: object, **__: object) -> None:
        nonlocal asked
        asked += 1
        raise StorageError("the disk is full")

    def stale() -> bool:
        looks.append(None)
        if len(looks) > 5:
            looked.set()
        return True

    looks: list[None] = []
    monkeypatch.setattr("web.auth.file.write_durably", full)
    monkeypatch.setattr("web.auth.accounts._POLL_S", 0.0)
    monkeypatch.setattr(accounts, "_is_seen_stale", stale)
    clock.now += 7200
    accounts.touch("s-viewer")
    keeping = asyncio.ensure_future(accounts.keep())
    async with asyncio.timeout(10):
        await looked.wait()
    keeping.cancel()
    await asyncio.wait([keeping])
    await accounts.close()
    assert asked == 1


async def test_a_change_is_finished_when_the_asker_goes_away(accounts: Accounts) -> None:
    asking = asyncio.ensure_future(users.set_role(accounts, "Vera", "admin"))
    await asyncio.sleep(0)
    asking.cancel()
    await accounts.close()
    assert asking.cancelled() or await asyncio.wait([asking])
    user = accounts.records.user("Vera")
    assert user
    assert user.role == "admin"


async def test_unknown_accounts_are_not_found(accounts: Accounts) -> None:
    for change in (users.set_role(accounts, "X", "viewer"), users.remove_user(accounts, "X")):
        with pytest.raises(NotFoundError, match="there is no account X"):
            await change


def test_records_are_the_same_after_a_round_through_the_file(file: AccountsFile) -> None:
    written = people.records(5.0)
    file.change(lambda _: written, Records())
    assert file.read() == written
    assert msgspec.json.decode(file.path.read_bytes())["version"] == 1
