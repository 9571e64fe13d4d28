"""Who has an account: the owner's, made at the first visit, and those that admins make.

Functions that change the `Accounts`, on the web loop.
"""

import logging

import msgspec

from vizy.errors import (
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
)
from web.auth.accounts import Accounts
from web.auth.identity import RoleName
from web.auth.passwords import check
from web.auth.records import MAX_USERS, Name, Records, User

logger = logging.getLogger("vizy.web.accounts")


async def create_owner(accounts: Accounts, name: str, password: str) -> None:
    """Make the first account, an administrator's.

    Raises:
        ConflictError: There is one already.
        InvalidValueError: Name or password cannot be taken.
        StorageError: The disk refused.
    """
    _refuse_second(accounts.records)  # before a password is hashed for nothing
    user = await _new_user(accounts, name, "admin", password)
    await accounts.change(lambda records: _refuse_second(records).with_user(user))
    logger.info("%s is the owner now", user.name)


async def add_user(accounts: Accounts, name: str, role: RoleName, password: str) -> User:
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

    user = await _new_user(accounts, name, role, password)
    await accounts.change(add)
    return user


async def set_role(accounts: Accounts, name: str, role: RoleName) -> User:
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

    await accounts.change(change)
    return _existing(accounts.records, name)


async def remove_user(accounts: Accounts, name: str) -> None:
    """Remove an account with its sessions and tokens.

    Raises:
        NotFoundError: There is no such account.
        ConflictError: It is the last administrator.
        StorageError: The disk refused.
    """

    def change(records: Records) -> Records:
        user = _existing(records, name)
        return _with_admin(records.without_user(user.name), user, "removed")

    await accounts.change(change)


async def set_password(
    accounts: Accounts, name: str, password: str, *, but: str | None = None
) -> None:
    """Give an account another password, and end its sessions but one.

    Raises:
        NotFoundError: There is no such account.
        InvalidValueError: The password cannot be taken.
        StorageError: The disk refused.
    """
    _existing(accounts.records, name)
    kept = await accounts.hash(password)
    await accounts.change(lambda records: with_password(records, name, kept, but=but))


async def change_own_password(
    accounts: Accounts, name: str, old: str, new: str, *, address: str, but: str | None = None
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
        await accounts.prove(_existing(accounts.records, name), name, old, address)
    except NotSignedInError as error:
        raise NotAllowedError("the old password is wrong") from error
    await set_password(accounts, name, new, but=but)


async def forget(accounts: Accounts) -> None:
    """Forget everybody: the next visit is the first again.

    Raises:
        StorageError: The disk refused.
    """
    await accounts.change(lambda _: Records())


def with_password(records: Records, name: str, kept: str, *, but: str | None = None) -> Records:
    """Return the records with another password of an account, and its sessions ended but one.

    Raises:
        NotFoundError: There is no such account.
    """
    user = msgspec.structs.replace(_existing(records, name), password=kept)
    return records.with_user(user).with_sessions(lambda s: s.user != user.name or s.id == but)


async def _new_user(accounts: Accounts, name: str, role: RoleName, password: str) -> User:
    try:
        name = msgspec.convert(name.strip(), Name)
    except msgspec.ValidationError as error:
        raise InvalidValueError(
            f"name={name:.40} is refused: it takes 1 to 32 letters, digits and _ . @ - with "
            "spaces only between them"
        ) from error
    kept = await accounts.hash(password)
    return User(name=name, role=role, password=kept, created=accounts.now())


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
