"""Tokens: what programs show in place of a session.

Functions that change the `Accounts`, on the web loop.
"""

import secrets

from vizy.errors import ConflictError, InvalidValueError, NotSignedInError
from web.auth.accounts import Accounts
from web.auth.identity import Identity, Role, RoleName
from web.auth.records import Records, Token, digest

TOKEN_PREFIX = "vizy_"
"""What every token begins with, for who finds one."""

MAX_TOKENS = 50
"""Of one account."""


async def create_token(
    accounts: Accounts, name: str, role: RoleName, *, owner: Identity
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
        created=accounts.now(),
    )

    def add(records: Records) -> Records:
        if not any(session.id == owner.id for session in records.sessions):
            raise NotSignedInError("sign in again")  # else who has it next would own the token
        if sum(other.user == owner.name for other in records.tokens) >= MAX_TOKENS:
            raise ConflictError(f"{MAX_TOKENS} tokens are the most: revoke one first")
        return records.with_tokens(lambda _: True, token)

    await accounts.change(add)
    return token, secret


async def revoke_token(accounts: Accounts, token_id: str) -> None:
    """End a token; one that is gone already is ignored.

    Raises:
        StorageError: The disk refused; the token still works.
    """
    await accounts.change(lambda records: records.with_tokens(lambda t: t.id != token_id))
