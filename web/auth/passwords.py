"""`Passwords`: hashes them, and tells a right one from a wrong one.

argon2id costs memory and time on purpose, so it is done one at a time, in a thread of its own: a Pi
with 512 MB must not fall over because many sign in at once, or go away while they do, and each
thread that has hashed keeps the memory. Called on the web loop.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Meta

from vizy.errors import InvalidValueError, TooManyAttemptsError

T = TypeVar("T")

LEAST, MOST = 8, 128
Password = Annotated[str, Meta(min_length=LEAST, max_length=MOST)]

# Source: OWASP, Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of a random password that nobody kept: an account that does not exist takes as long as one that
# does.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$cIfMHrCUtJGnZJeF1b8TQQ$"
    "bb8CyUUvOwNbM9zghk/b7Iy+T4rXyjfrxxpFy/Vj/vs"
)
_MAX_WAITING = 16


class Passwords:
    """The hashing of one process."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vizy-passwords")
        self._waiting = 0

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            InvalidValueError: It is too short or too long.
            TooManyAttemptsError: Too many wait for the hashing already.
        """
        check(password)
        return await self._in_turn(lambda: hash_password(password))

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that was hashed; None stands for no account.

        Raises:
            TooManyAttemptsError: Too many wait for the hashing already.
        """
        given = password if len(password) <= MOST else ""
        matches = await self._in_turn(lambda: _matches(kept or _NOBODY, given))
        return matches and kept is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MAX_WAITING:
            raise TooManyAttemptsError(
                f"{self._waiting} people sign in at this moment: try again in a few seconds", 3
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def check(password: str) -> None:
    """Refuse a password that is too short or too long.

    Raises:
        InvalidValueError: It is.
    """
    if not LEAST <= len(password) <= MOST:
        raise InvalidValueError(
            f"a password of {len(password)} characters is refused: it takes {LEAST} to {MOST}"
        )


def hash_password(password: str) -> str:
    """Hash a password; takes about 30 ms of a desktop's time, ten times as long on a small Pi."""
    return _HASHER.hash(_plain(password))


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """Write it as every keyboard would: one has é as a letter, another as e and an accent."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
