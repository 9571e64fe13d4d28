"""`Accounts`: who may come in, who is in, and with which role.

The web process's one picture of the accounts file, on its loop. Reading needs no wait; a change
goes to the disk first, whole or not at all, and only then counts. Whoever holds something open for
somebody listens with `on_change`. It never keeps or logs a password or a secret.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from vizy.errors import (
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    StorageError,
)
from web.auth.attempts import Attempts
from web.auth.file import AccountsFile, Change
from web.auth.identity import Identity, Role, RoleName
from web.auth.passwords import Passwords, check
from web.auth.records import MAX_USERS, Name, Records, Session, Token, User, digest

logger = logging.getLogger("vizy.web.accounts")

IDLE_S = 30 * 86_400.0
"""A session that is not used for so long is over."""

TOKEN_PREFIX = "vizy_"
"""What every token begins with, for who finds one."""

MAX_SESSIONS = 20
MAX_TOKENS = 50
_SEEN_S = 3600.0  # how old what the file says of "last seen" may grow
_POLL_S = 1.0
_AGAIN_S = 600.0  # a disk that refuses that is not asked more often


class Accounts:
    """The accounts of this device.

    Args:
        file: Where they are kept.
        attempts: The limit on guesses.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        file: AccountsFile,
        *,
        attempts: Attempts | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._attempts = attempts or Attempts()
        self._clock = clock
        self._passwords = Passwords()
        self._lock = asyncio.Lock()
        self._changing: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[], None]] = []
        self._stamp = file.stamp()
        self._seen: dict[str, float] = {}  # by id, what the file does not say yet
        self._take(file.read() or Records())

    @property
    def version(self) -> str:
        """Something that is another after each change, also over restarts; it tells nothing."""
        return "-".join(map(str, self._stamp or ()))

    # -- who is who ------------------------------------------------------------------------------

    @property
    def records(self) -> Records:
        """Everything, as it is on the disk."""
        return self._records

    @property
    def has_owner(self) -> bool:
        """Whether the first visit is over."""
        return bool(self._records.users)

    def recognise(self, secret: str, via: Literal["session", "token"]) -> str | None:
        """Return the id of the session or token that a secret opens, and note that it is used."""
        table = self._sessions if via == "session" else self._tokens
        found = table.get(digest(secret))
        if found is None or self.identity(found.id) is None:
            return None
        self.touch(found.id)
        return found.id

    def identity(self, of: str) -> Identity | None:
        """Return who a session or token, by its id, stands for at this moment; None: it is over."""
        found = self._by_id.get(of)
        user = self._users.get(found.user) if found else None
        if found is None or user is None:
            return None
        role = Role.named(user.role)
        if isinstance(found, Token):
            role = min(role, Role.named(found.role))
            return Identity(name=user.name, role=role, via="token", id=of)
        if self._clock() - self.seen(found) > IDLE_S:
            return None
        return Identity(name=user.name, role=role, via="session", id=of)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are not over."""
        return tuple(s for s in self._records.sessions if self.identity(s.id))

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens, with the role that each has now and when it was last used."""
        return tuple(
            msgspec.structs.replace(
                token, role=found.role.label, used=self._seen.get(token.id, token.used)
            )
            for token in self._records.tokens
            if (found := self.identity(token.id))
        )

    def touch(self, of: str) -> None:
        """Note that a session or token is in use."""
        self._seen[of] = self._clock()

    def seen(self, session: Session) -> float:
        """Return when a session was last in use."""
        return max(session.seen, self._seen.get(session.id, 0.0))

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a function after each change of anything."""
        self._listeners.append(listener)

    # -- coming and going ------------------------------------------------------------------------

    async def create_owner(self, name: str, password: str) -> None:
        """Make the first account, an administrator's.

        Raises:
            ConflictError: There is one already.
            InvalidValueError: Name or password cannot be taken.
            StorageError: The disk refused.
        """
        _refuse_second(self._records)  # before a password is hashed for nothing
        user = await self._new_user(name, "admin", password)
        await self._change(lambda records: _refuse_second(records).with_user(user))
        logger.info("%s is the owner now", user.name)

    async def sign_in(self, name: str, password: str, *, address: str, device: str) -> str:
        """Open a session for who knows the password; return its secret.

        Raises:
            NotSignedInError: Name or password is wrong; which of them is not said.
            TooManyAttemptsError: Too many guesses came from there or for this account.
            StorageError: The disk refused.
        """
        user = self._records.user(name)
        await self._prove(user, name, password, address)
        assert user is not None
        secret = secrets.token_urlsafe(32)
        now = self._clock()
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
            own.sort(key=self.seen, reverse=True)
            crowded = {other.id for other in own[MAX_SESSIONS - 1 :]}
            return records.with_sessions(lambda other: other.id not in crowded, session)

        await self._change(enter)
        return secret

    async def end_session(self, session_id: str) -> None:
        """End a session; one that is over already is ignored.

        Raises:
            StorageError: The disk refused; the session goes on.
        """
        await self._change(lambda records: records.with_sessions(lambda s: s.id != session_id))

    async def end_sessions(self, name: str, *, but: str | None = None) -> None:
        """End all sessions of an account, but one.

        Raises:
            StorageError: The disk refused; they go on.
        """
        await self._change(
            lambda records: records.with_sessions(lambda s: s.user != name or s.id == but)
        )

    async def _prove(self, user: User | None, name: str, password: str, address: str) -> None:
        account = user.name if user else name.casefold()[:64]
        is_known = user is not None and any(
            session.user == user.name and session.address == address
            for session in self._records.sessions
        )
        self._attempts.begin(address, account, is_known=is_known)
        if not await self._passwords.is_right(password, user.password if user else None):
            # A name that is none may be a password, typed into the wrong field.
            logger.warning("a wrong password for %s from %s", user.name if user else "?", address)
            raise NotSignedInError("the name or the password is wrong")
        self._attempts.succeeded(address, account)

    # -- administration --------------------------------------------------------------------------

    async def add_user(self, name: str, role: RoleName, password: str) -> User:
        """Make an account.

        Raises:
            ConflictError: There is one of that name, or there are too many.
            InvalidValueError: Name or password cannot be taken.
            StorageError: The disk refused.
        """

        def add(records: Records) -> Records:
            if known := records.user(user.name):
                raise ConflictError(f"there is an account {known.name} already: take another name")
            if len(records.users) >= MAX_USERS:
                raise ConflictError(f"{MAX_USERS} accounts are the most: remove one first")
            return records.with_user(user)

        user = await self._new_user(name, role, password)
        await self._change(add)
        return user

    async def set_role(self, name: str, role: RoleName) -> User:
        """Change what somebody may do; it counts at once.

        Raises:
            NotFoundError: There is no such account.
            ConflictError: It is the last administrator.
            StorageError: The disk refused.
        """

        def change(records: Records) -> Records:
            user = _existing(records, name)
            return _with_admin(
                records.with_user(msgspec.structs.replace(user, role=role)), user, "demoted"
            )

        await self._change(change)
        return _existing(self._records, name)

    async def remove_user(self, name: str) -> None:
        """Remove an account with its sessions and tokens.

        Raises:
            NotFoundError: There is no such account.
            ConflictError: It is the last administrator.
            StorageError: The disk refused.
        """

        def change(records: Records) -> Records:
            user = _existing(records, name)
            return _with_admin(records.without_user(user.name), user, "removed")

        await self._change(change)

    async def set_password(self, name: str, password: str, *, but: str | None = None) -> None:
        """Give an account another password, and end its sessions but one.

        Raises:
            NotFoundError: There is no such account.
            InvalidValueError: The password cannot be taken.
            StorageError: The disk refused.
        """
        _existing(self._records, name)
        kept = await self._passwords.hash(password)
        await self._change(lambda records: with_password(records, name, kept, but=but))

    async def change_own_password(
        self, name: str, old: str, new: str, *, address: str, but: str | None = None
    ) -> None:
        """Give an account another password, by who knows the one that it has.

        Raises:
            NotAllowedError: The old one is wrong.
            TooManyAttemptsError: It was guessed too often.
            InvalidValueError: The new one cannot be taken.
            StorageError: The disk refused.
        """
        check(new)
        try:
            await self._prove(_existing(self._records, name), name, old, address)
        except NotSignedInError as error:
            raise NotAllowedError("the old password is wrong") from error
        await self.set_password(name, new, but=but)

    async def create_token(
        self, name: str, role: RoleName, *, owner: Identity
    ) -> tuple[Token, str]:
        """Make a token for a program; return it with the secret, which is never seen again.

        Raises:
            InvalidValueError: The role is above its owner's.
            ConflictError: The owner has too many.
            StorageError: The disk refused.
        """
        if Role.named(role) > owner.role:
            raise InvalidValueError(
                f"role={role} is refused: a token may do what its owner may, {owner.role.label}"
            )
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = Token(
            id="t" + secrets.token_hex(8),
            user=owner.name,
            name=name,
            role=role,
            digest=digest(secret),
            created=self._clock(),
        )

        def add(records: Records) -> Records:
            if not any(session.id == owner.id for session in records.sessions):
                raise NotSignedInError("sign in again")  # else who has it next would own the token
            if sum(other.user == owner.name for other in records.tokens) >= MAX_TOKENS:
                raise ConflictError(f"{MAX_TOKENS} tokens are the most: revoke one first")
            return records.with_tokens(lambda _: True, token)

        await self._change(add)
        return token, secret

    async def revoke_token(self, token_id: str) -> None:
        """End a token; one that is gone already is ignored.

        Raises:
            StorageError: The disk refused; the token still works.
        """
        await self._change(lambda records: records.with_tokens(lambda t: t.id != token_id))

    async def forget(self) -> None:
        """Forget everybody: the next visit is the first again.

        Raises:
            StorageError: The disk refused.
        """
        await self._change(lambda _: Records())

    async def _new_user(self, name: str, role: RoleName, password: str) -> User:
        try:
            name = msgspec.convert(name.strip(), Name)
        except msgspec.ValidationError as error:
            raise InvalidValueError(
                f"name={name:.40} is refused: it takes 1 to 32 letters, digits and _ . @ - with "
                "spaces only between them"
            ) from error
        kept = await self._passwords.hash(password)
        return User(name=name, role=role, password=kept, created=self._clock())

    # -- the file --------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Follow the file, and write down from time to time who was seen; runs until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await asyncio.sleep(_POLL_S)
            try:
                await self.refresh()
                if self._is_seen_stale() and loop.time() >= due:
                    due = loop.time() + _AGAIN_S
                    await self._change(lambda records: records)
            except StorageError as error:
                logger.error("%s", error)

    async def refresh(self) -> None:
        """Take in what another process has changed.

        Raises:
            AccountsError: The file is damaged; what was known counts on.
        """
        async with self._lock:
            stamp = await asyncio.to_thread(self._file.stamp)
            if stamp is None or stamp == self._stamp:
                return
            self._stamp = stamp
            records = await asyncio.to_thread(self._file.read)
            if records is not None:
                self._tell(records)

    async def close(self) -> None:
        """Wait for the changes that are under way."""
        if self._changing:
            await asyncio.wait(self._changing)
        self._passwords.close()

    async def _change(self, change: Change) -> None:
        """Change the file, and then what counts; goes on to the end when the asker goes away."""

        async def run() -> None:
            async with self._lock:
                records, self._stamp = await asyncio.to_thread(
                    self._file.change, lambda there: change(self._swept(there)), self._records
                )
                self._tell(records)

        task = asyncio.get_running_loop().create_task(run(), name="accounts: change")
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        await asyncio.shield(task)

    def _swept(self, records: Records) -> Records:
        """Write down who was seen, and leave out what is over."""
        now = self._clock()
        seen = dict(self._seen)
        sessions = tuple(
            msgspec.structs.replace(session, seen=max(session.seen, seen.get(session.id, 0.0)))
            for session in records.sessions
        )
        tokens = tuple(
            msgspec.structs.replace(token, used=seen.get(token.id, token.used))
            for token in records.tokens
        )
        return msgspec.structs.replace(
            records,
            sessions=tuple(session for session in sessions if now - session.seen <= IDLE_S),
            tokens=tokens,
        )

    def _is_seen_stale(self) -> bool:
        return any(
            self._seen.get(session.id, 0.0) - session.seen > _SEEN_S
            for session in self._records.sessions
        ) or any(
            self._seen.get(token.id, 0.0) - (token.used or 0.0) > _SEEN_S
            for token in self._records.tokens
        )

    def _tell(self, records: Records) -> None:
        self._take(records)
        for listener in self._listeners:
            listener()

    def _take(self, records: Records) -> None:
        self._records = records
        self._users = {user.name: user for user in records.users}
        self._sessions = {session.digest: session for session in records.sessions}
        self._tokens = {token.digest: token for token in records.tokens}
        self._by_id: dict[str, Session | Token] = {
            found.id: found for found in (*records.sessions, *records.tokens)
        }
        self._seen = {of: when for of, when in self._seen.items() if of in self._by_id}


def with_password(records: Records, name: str, kept: str, *, but: str | None = None) -> Records:
    """Return the records with another password of an account, and its sessions ended but one.

    Raises:
        NotFoundError: There is no such account.
    """
    user = msgspec.structs.replace(_existing(records, name), password=kept)
    return records.with_user(user).with_sessions(lambda s: s.user != user.name or s.id == but)


def _refuse_second(records: Records) -> Records:
    if records.users:
        raise ConflictError("this Vizy has an owner already: sign in, or ask them")
    return records


def _existing(records: Records, name: str) -> User:
    user = records.user(name)
    if user is None:
        raise NotFoundError(f"there is no account {name:.40}")
    return user


def _with_admin(records: Records, user: User, done: str) -> Records:
    if not any(other.role == "admin" for other in records.users):
        raise ConflictError(
            f"{user.name} is the last admin and cannot be {done}: make somebody else admin first"
        )
    return records
