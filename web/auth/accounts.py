"""`Accounts`: who may come in, who is in, and with which role.

The web process's one picture of the accounts file, on its loop. Reading needs no wait; a change
goes to the disk first, whole or not at all, and only then counts. What changes are to be had is in
`users`, `sessions` and `tokens`. Whoever holds something open for somebody listens with
`on_change`. It never keeps or logs a password or a secret.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from vizy.errors import NotSignedInError, StorageError
from web.auth.attempts import Attempts
from web.auth.file import AccountsFile, Change
from web.auth.identity import Identity, Role
from web.auth.passwords import Passwords
from web.auth.records import Records, Session, Token, User, digest

logger = logging.getLogger("vizy.web.accounts")

IDLE_S = 30 * 86_400.0
"""A session that is not used for so long is over."""

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

    def now(self) -> float:
        """Return the time by which sessions begin and end: seconds since the epoch."""
        return self._clock()

    def touch(self, of: str) -> None:
        """Note that a session or token is in use."""
        self._seen[of] = self._clock()

    def seen(self, session: Session) -> float:
        """Return when a session was last in use."""
        return max(session.seen, self._seen.get(session.id, 0.0))

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a function after each change of anything."""
        self._listeners.append(listener)

    # -- passwords ---------------------------------------------------------------------------------

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            InvalidValueError: It cannot be taken.
        """
        return await self._passwords.hash(password)

    async def prove(self, user: User | None, name: str, password: str, address: str) -> None:
        """See whether somebody at an address knows the password of an account.

        Args:
            user: The account; None: there is none of that name, which takes as long to say.
            name: As it was given.
            password: As it was given.
            address: From where.

        Raises:
            NotSignedInError: Name or password is wrong; which of them is not said.
            TooManyAttemptsError: Too many guesses came from there or for this account.
        """
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
                    await self.change(lambda records: records)
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

    async def change(self, change: Change) -> None:
        """Change the file, and then what counts; goes on to the end when the asker goes away.

        Raises:
            VizyError: As ``change`` says; nothing was changed.
            StorageError: The disk refused; nothing was changed.
        """

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
