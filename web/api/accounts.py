"""Accounts: who one is, users, sessions and tokens.

Everybody looks after what is their own; an admin after everybody's. No secret is ever returned but
that of a new token, once.
"""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct
from quart import request

from vizy.errors import (
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    StorageError,
    TooManyAttemptsError,
)
from web.api.endpoint import Asked, Endpoint
from web.auth import sessions, tokens, users
from web.auth.accounts import Accounts
from web.auth.devices import device_name
from web.auth.identity import Identity, Role, RoleName
from web.auth.passwords import Password
from web.auth.records import Name, Session, Token, User
from web.parts import Parts

_TokenName = Annotated[str, Meta(min_length=1, max_length=40)]


class Me(Struct, frozen=True):
    """Who asks: an account, what it may do, and whether by a ``session`` or a ``token``."""

    name: str
    role: RoleName
    via: str


class UserView(Struct, frozen=True):
    """An account; ``seen`` is when a session of it was last in use, ``null`` if there is none."""

    name: str
    role: RoleName
    created: str
    seen: str | None


class SessionView(Struct, frozen=True):
    """A browser that is signed in; ``is_current``: the one that asks."""

    id: str
    user: str
    device: str
    address: str
    created: str
    seen: str
    is_current: bool


class TokenView(Struct, frozen=True):
    """A token; ``role`` is what it may do now, ``used`` when it was last shown."""

    id: str
    user: str
    name: str
    role: RoleName
    created: str
    used: str | None


class NewToken(TokenView, frozen=True):
    """A token that has just been made: its secret is told this once."""

    secret: str


class Users(Struct, frozen=True):
    """All accounts, oldest first."""

    items: tuple[UserView, ...]


class Sessions(Struct, frozen=True):
    """Sessions, those in use last first."""

    items: tuple[SessionView, ...]


class Tokens(Struct, frozen=True):
    """Tokens, newest first."""

    items: tuple[TokenView, ...]


class AddUser(Struct, frozen=True, forbid_unknown_fields=True):
    """An account to make."""

    name: Name
    role: RoleName
    password: Password


class ChangeUser(Struct, frozen=True, forbid_unknown_fields=True):
    """What of an account to change."""

    role: RoleName


class SetPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """Another's new password."""

    password: Password


class ChangePassword(Struct, frozen=True, forbid_unknown_fields=True):
    """One's own password: the one that it is, and the one that it shall be."""

    old: Annotated[str, Meta(max_length=128)]
    password: Password


class CreateToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make; ``role`` is at most one's own."""

    name: _TokenName
    role: RoleName


def accounts(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/me``, ``/users``, ``/sessions`` and ``/tokens``."""
    known = parts.accounts
    return (*_own(known), *_users(known), *_sessions(known), *_tokens(known))


def _own(accounts: Accounts) -> tuple[Endpoint, ...]:
    async def me(asked: Asked) -> Me:
        who = _who(asked)
        return Me(who.name, who.role.label, who.via)

    async def change_password(asked: Asked) -> None:
        who, body = _who(asked), asked.body
        await users.change_own_password(
            accounts,
            who.name,
            body.old,
            body.password,
            address=request.remote_addr or "",
            but=who.id,
        )

    return (
        Endpoint(
            method="GET",
            path="/me",
            role=Role.VIEWER,
            summary="Say who asks, and what they may do",
            call=me,
            returns=Me,
        ),
        Endpoint(
            method="PUT",
            path="/me/password",
            role=Role.VIEWER,
            summary="Change one's own password; all one's other sessions end",
            call=change_password,
            body=ChangePassword,
            example='{"old": "...", "password": "at least 8 characters"}',
            errors=(NotAllowedError, TooManyAttemptsError, InvalidValueError, StorageError),
        ),
    )


def _users(accounts: Accounts) -> tuple[Endpoint, ...]:
    def view(name: str) -> UserView:
        user = accounts.records.user(name)
        if user is None:
            raise NotFoundError(f"there is no account {name:.40}")
        return _user(accounts, user)

    async def listed(asked: Asked) -> Users:
        return Users(tuple(_user(accounts, user) for user in accounts.records.users))

    async def add(asked: Asked) -> UserView:
        body = asked.body
        return _user(accounts, await users.add_user(accounts, body.name, body.role, body.password))

    async def change(asked: Asked) -> UserView:
        await users.set_role(accounts, asked.path["name"], asked.body.role)
        return view(asked.path["name"])

    async def remove(asked: Asked) -> None:
        await users.remove_user(accounts, asked.path["name"])

    async def set_password(asked: Asked) -> None:
        name = view(asked.path["name"]).name
        if name == _who(asked).name:
            raise NotAllowedError(
                "one's own password is changed with the old one: PUT /me/password"
            )
        await users.set_password(accounts, name, asked.body.password)

    return (
        Endpoint(
            method="GET",
            path="/users",
            role=Role.ADMIN,
            summary="List all accounts",
            call=listed,
            returns=Users,
        ),
        Endpoint(
            method="POST",
            path="/users",
            role=Role.ADMIN,
            summary="Make an account",
            call=add,
            body=AddUser,
            example='{"name": "Vera", "role": "viewer", "password": "at least 8 characters"}',
            returns=UserView,
            status=201,
            errors=(ConflictError, InvalidValueError, TooManyAttemptsError, StorageError),
        ),
        Endpoint(
            method="PATCH",
            path="/users/<name>",
            role=Role.ADMIN,
            summary="Change what somebody may do; it counts at once",
            call=change,
            body=ChangeUser,
            example='{"role": "operator"}',
            returns=UserView,
            errors=(NotFoundError, ConflictError, InvalidValueError, StorageError),
        ),
        Endpoint(
            method="DELETE",
            path="/users/<name>",
            role=Role.ADMIN,
            summary="Remove an account with its sessions and tokens",
            call=remove,
            errors=(NotFoundError, ConflictError, StorageError),
        ),
        Endpoint(
            method="PUT",
            path="/users/<name>/password",
            role=Role.ADMIN,
            summary="Give somebody else another password; their sessions end",
            call=set_password,
            body=SetPassword,
            example='{"password": "at least 8 characters"}',
            errors=(
                NotFoundError,
                NotAllowedError,
                InvalidValueError,
                TooManyAttemptsError,
                StorageError,
            ),
        ),
    )


def _sessions(accounts: Accounts) -> tuple[Endpoint, ...]:
    async def listed(asked: Asked) -> Sessions:
        who = _who(asked)
        shown = [s for s in accounts.sessions if _is_ones(who, s.user)]
        shown.sort(key=accounts.seen, reverse=True)
        return Sessions(tuple(_session(accounts, session, who) for session in shown))

    async def end(asked: Asked) -> None:
        found = next((s for s in accounts.sessions if s.id == asked.path["id"]), None)
        if found is None or not _is_ones(_who(asked), found.user):
            raise NotFoundError(f"there is no session {asked.path['id']:.40}")
        _check_whole(accounts, _who(asked))
        await sessions.end_session(accounts, found.id)

    async def end_all(asked: Asked) -> None:
        _check_whole(accounts, _who(asked))
        await sessions.end_sessions(accounts, _who(asked).name)

    return (
        Endpoint(
            method="GET",
            path="/sessions",
            role=Role.VIEWER,
            summary="List one's own sessions; for an admin everybody's",
            call=listed,
            returns=Sessions,
        ),
        Endpoint(
            method="DELETE",
            path="/sessions/<id>",
            role=Role.VIEWER,
            summary="Sign a browser out: one's own; for an admin anybody's",
            call=end,
            errors=(NotFoundError, NotAllowedError, StorageError),
        ),
        Endpoint(
            method="DELETE",
            path="/sessions",
            role=Role.VIEWER,
            summary="Sign out everywhere: end all one's own sessions",
            call=end_all,
            errors=(NotAllowedError, StorageError),
        ),
    )


def _tokens(accounts: Accounts) -> tuple[Endpoint, ...]:
    async def listed(asked: Asked) -> Tokens:
        shown = [t for t in accounts.tokens if _is_ones(_who(asked), t.user)]
        return Tokens(tuple(_token(token) for token in reversed(shown)))

    async def create(asked: Asked) -> NewToken:
        who = _who(asked)
        if who.via == "token":
            raise NotAllowedError("a token makes no tokens: sign in with a browser")
        token, secret = await tokens.create_token(
            accounts, asked.body.name, asked.body.role, owner=who
        )
        view = _token(token)
        return NewToken(
            view.id, view.user, view.name, view.role, view.created, view.used, secret=secret
        )

    async def revoke(asked: Asked) -> None:
        found = next((t for t in accounts.tokens if t.id == asked.path["id"]), None)
        if found is None or not _is_ones(_who(asked), found.user):
            raise NotFoundError(f"there is no token {asked.path['id']:.40}")
        if found.id != _who(asked).id:
            _check_whole(accounts, _who(asked))
        await tokens.revoke_token(accounts, found.id)

    return (
        Endpoint(
            method="GET",
            path="/tokens",
            role=Role.VIEWER,
            summary="List one's own tokens; for an admin everybody's",
            call=listed,
            returns=Tokens,
        ),
        Endpoint(
            method="POST",
            path="/tokens",
            role=Role.VIEWER,
            summary="Make a token for a program, and tell its secret, once",
            call=create,
            body=CreateToken,
            example='{"name": "Wall display", "role": "viewer"}',
            returns=NewToken,
            status=201,
            errors=(NotAllowedError, ConflictError, InvalidValueError, StorageError),
        ),
        Endpoint(
            method="DELETE",
            path="/tokens/<id>",
            role=Role.VIEWER,
            summary="Revoke a token: one's own; for an admin anybody's",
            call=revoke,
            errors=(NotFoundError, NotAllowedError, StorageError),
        ),
    )


def _who(asked: Asked) -> Identity:
    """Return who asks.

    Raises:
        NotSignedInError: They may not any more, since a moment ago.
    """
    if asked.identity is None:
        raise NotSignedInError("sign in again")
    return asked.identity


def _check_whole(accounts: Accounts, who: Identity) -> None:
    """Refuse a token that may do less than its owner: one that only looks signs nobody out.

    Raises:
        NotAllowedError: It is one.
    """
    user = accounts.records.user(who.name)
    if user is not None and who.role < Role.named(user.role):
        raise NotAllowedError(f"this token is only {who.role.label}, and {who.name} is {user.role}")


def _is_ones(who: Identity, owner: str) -> bool:
    return who.role >= Role.ADMIN or who.name == owner


def _user(accounts: Accounts, user: User) -> UserView:
    seen = [accounts.seen(session) for session in accounts.sessions if session.user == user.name]
    last = _time(max(seen)) if seen else None
    return UserView(user.name, user.role, _time(user.created), last)


def _session(accounts: Accounts, session: Session, who: Identity) -> SessionView:
    return SessionView(
        session.id,
        session.user,
        device_name(session.device),
        session.address,
        _time(session.created),
        _time(accounts.seen(session)),
        session.id == who.id,
    )


def _token(token: Token) -> TokenView:
    used = None if token.used is None else _time(token.used)
    return TokenView(token.id, token.user, token.name, token.role, _time(token.created), used)


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
