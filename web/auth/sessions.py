"""Signing in and out: opens and ends sessions.

Functions that change the `Accounts`, on the web loop.
"""

import secrets

from vizy.errors import NotSignedInError
from web.auth.accounts import Accounts
from web.auth.records import Records, Session, digest

MAX_SESSIONS = 20
"""Of one account; the one that is not used longest makes room."""


async def sign_in(
    accounts: Accounts, name: str, password: str, *, address: str, device: str
) -> str:
    """Open a session for who knows the password; return its secret.

    Raises:
        NotSignedInError: Name or password is wrong; which of them is not said.
        TooManyAttemptsError: Too many guesses came from there or for this account.
        StorageError: The disk refused.
    """
    user = accounts.records.user(name)
    await accounts.prove(user, name, password, address)
    assert user is not None
    secret = secrets.token_urlsafe(32)
    now = accounts.now()
    session = Session(
        id="s" + secrets.token_hex(8),
        user=user.name,
        digest=digest(secret),
        created=now,
        seen=now,
        address=address,
        device=device[:200],
    )

    def enter(records: Records) -> Records:
        if records.user(name) != user:
            raise NotSignedInError("the account has just been changed: sign in again")
        own = [other for other in records.sessions if other.user == user.name]
        own.sort(key=accounts.seen, reverse=True)
        crowded = {other.id for other in own[MAX_SESSIONS - 1 :]}
        return records.with_sessions(lambda other: other.id not in crowded, session)

    await accounts.change(enter)
    return secret


async def end_session(accounts: Accounts, session_id: str) -> None:
    """End a session; one that is over already is ignored.

    Raises:
        StorageError: The disk refused; the session goes on.
    """
    await accounts.change(lambda records: records.with_sessions(lambda s: s.id != session_id))


async def end_sessions(accounts: Accounts, name: str, *, but: str | None = None) -> None:
    """End all sessions of an account, but one.

    Raises:
        StorageError: The disk refused; they go on.
    """
    await accounts.change(
        lambda records: records.with_sessions(lambda s: s.user != name or s.id == but)
    )
