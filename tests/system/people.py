"""People whom a Vizy under test knows already: an account, a session and a token for each role.

The records are the real ones; only their secrets are known here. Nobody's password is hashed for a
file of tests: who signs in with one uses `PASSWORD`, hashed once for the whole run.
"""

import functools
from pathlib import Path

from web.auth.file import AccountsFile
from web.auth.identity import COOKIE, RoleName
from web.auth.passwords import hash_password
from web.auth.records import Records, Session, Token, User, digest
from web.auth.tokens import TOKEN_PREFIX

NAMES: dict[RoleName, str] = {"admin": "Owner", "operator": "Olga", "viewer": "Vera"}
PASSWORD = "four words for Vizy"
CREATED = 1_764_000_000.0


@functools.cache
def _hash() -> str:
    return hash_password(PASSWORD)


def session_secret(role: RoleName) -> str:
    return f"test-session-{role}"


def token_secret(role: RoleName) -> str:
    return f"{TOKEN_PREFIX}test-{role}"


def headers(role: RoleName | None) -> dict[str, str]:
    """What a program of a role sends with each request."""
    return {"Authorization": f"Bearer {token_secret(role)}"} if role else {}


def cookie(role: RoleName) -> dict[str, object]:
    """The cookie of a browser that has signed in, as Playwright takes it."""
    return {
        "name": COOKIE,
        "value": session_secret(role),
        "domain": "127.0.0.1",
        "path": "/",
        "httpOnly": True,
        "sameSite": "Strict",
    }


def records(now: float) -> Records:
    """One account for each role."""
    return Records(
        users=tuple(
            User(name=name, role=role, password=_hash(), created=CREATED)
            for role, name in NAMES.items()
        ),
        sessions=tuple(
            Session(
                id=f"s-{role}",
                user=name,
                digest=digest(session_secret(role)),
                created=now,
                seen=now,
                address="127.0.0.1",
                device="Tests",
            )
            for role, name in NAMES.items()
        ),
        tokens=tuple(
            Token(
                id=f"t-{role}",
                user=name,
                name="Tests",
                role=role,
                digest=digest(token_secret(role)),
                created=CREATED,
            )
            for role, name in NAMES.items()
        ),
    )


def move_in(state_dir: Path, now: float) -> None:
    """Give a Vizy that was never started these people."""
    AccountsFile(state_dir).change(lambda _: records(now), Records())
