"""`Records`: everything that is kept of accounts, as it stands in the file. Immutable, no I/O.

No secret is in it: of a password there is an argon2id hash, and of the random secrets of sessions
and tokens their SHA-256, which is enough for something that cannot be guessed.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from web.auth.identity import RoleName

Name = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^\w([\w .@-]*[\w.@-])?$")]
"""Of an account: letters of any language, digits, and ``_ . @ -`` or spaces between."""

MAX_USERS = 100


class User(Struct, frozen=True, kw_only=True):
    """An account.

    Attributes:
        name: As its owner writes it; two may not differ by case alone.
        role: What it may do.
        password: The argon2id hash, with its parameters.
        created: Seconds since the epoch.
    """

    name: Name
    role: RoleName
    password: str
    created: float


class Session(Struct, frozen=True, kw_only=True):
    """A browser that has signed in.

    Attributes:
        id: Tells sessions apart; no secret.
        user: The account's name.
        digest: SHA-256 of the secret in the browser's cookie, hexadecimal.
        created: Seconds since the epoch.
        seen: When it last asked for something; up to an hour old.
        address: From where it has signed in.
        device: The browser's own words for itself.
    """

    id: str
    user: str
    digest: str
    created: float
    seen: float
    address: str
    device: str


class Token(Struct, frozen=True, kw_only=True):
    """What a program shows instead of a password.

    Attributes:
        id: Tells tokens apart; no secret.
        user: The account's name.
        name: What its owner calls it.
        role: The most that it may do; never more than its owner.
        digest: SHA-256 of the token, hexadecimal.
        created: Seconds since the epoch.
        used: When it was last shown, up to an hour old; None: never.
    """

    id: str
    user: str
    name: str
    role: RoleName
    digest: str
    created: float
    used: float | None = None


class Records(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All accounts, sessions and tokens, oldest first."""

    version: Literal[1] = 1
    users: tuple[User, ...] = ()
    sessions: tuple[Session, ...] = ()
    tokens: tuple[Token, ...] = ()

    def user(self, name: str) -> User | None:
        """Return the account of a name, however its letters are written."""
        wanted = name.casefold()
        return next((user for user in self.users if user.name.casefold() == wanted), None)

    def with_user(self, user: User) -> "Records":
        """Return the records with an account added, or in place of the one of its name."""
        if self.user(user.name) is None:
            return msgspec.structs.replace(self, users=(*self.users, user))
        users = tuple(user if user.name == other.name else other for other in self.users)
        return msgspec.structs.replace(self, users=users)

    def without_user(self, name: str) -> "Records":
        """Return the records without an account and what belongs to it."""
        return msgspec.structs.replace(
            self,
            users=tuple(user for user in self.users if user.name != name),
            sessions=tuple(session for session in self.sessions if session.user != name),
            tokens=tuple(token for token in self.tokens if token.user != name),
        )

    def with_sessions(self, keep: Callable[[Session], bool], *more: Session) -> "Records":
        """Return the records with the sessions that a function keeps, and some more."""
        kept = tuple(session for session in self.sessions if keep(session))
        return msgspec.structs.replace(self, sessions=(*kept, *more))

    def with_tokens(self, keep: Callable[[Token], bool], *more: Token) -> "Records":
        """Return the records with the tokens that a function keeps, and some more."""
        kept = tuple(token for token in self.tokens if keep(token))
        return msgspec.structs.replace(self, tokens=(*kept, *more))


def digest(secret: str) -> str:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
