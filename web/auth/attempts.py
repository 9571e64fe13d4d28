"""`Attempts`: how often somebody may guess a password, by address and by account.

After a few wrong guesses each next one has to wait, twice as long every time. An address may be
held up for a quarter of an hour, an account for a minute only, and never for an address from which
its owner has signed in: nobody can lock the owner out. A guess counts before it is looked at, so
that many at once count too. Bounded: who guessed longest ago is forgotten first. No I/O; on the web
loop.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from vizy.errors import TooManyAttemptsError

_FORGET_S = 30 * 60.0
_MAX_KEYS = 2000


class _Guesses(NamedTuple):
    so_far: int
    last: float
    next: float  # when another is taken


class _Table:
    """The guesses of many, by key.

    Args:
        free: So many are taken without a wait.
        most_s: The longest wait.
    """

    def __init__(self, free: int, most_s: float) -> None:
        self._free, self._most_s = free, most_s
        self._guesses: OrderedDict[str, _Guesses] = OrderedDict()

    def __len__(self) -> int:
        return len(self._guesses)

    def wait_s(self, key: str, now: float) -> float:
        known = self._guesses.get(key)
        return known.next - now if known else 0.0

    def count(self, key: str, now: float) -> None:
        known = self._guesses.pop(key, None)
        count = 1 if known is None or now - known.last > _FORGET_S else known.so_far + 1
        doubled = min(max(count - self._free, 0), 20)
        wait_s = min(2.0 ** (doubled - 1), self._most_s) if doubled else 0.0
        self._guesses[key] = _Guesses(count, now, now + wait_s)
        if len(self._guesses) > _MAX_KEYS:
            self._guesses.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take the last guess back: it was right."""
        if known := self._guesses.get(key):
            self._guesses[key] = _Guesses(known.so_far - 1, known.last, known.last)

    def forget(self, key: str) -> None:
        self._guesses.pop(key, None)


class Attempts:
    """The guesses of everybody.

    Args:
        clock: Seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._addresses = _Table(free=5, most_s=15 * 60.0)
        self._accounts = _Table(free=10, most_s=60.0)

    def __len__(self) -> int:
        """Return how many addresses and accounts are remembered."""
        return len(self._addresses) + len(self._accounts)

    def begin(self, address: str, account: str, *, is_known: bool) -> None:
        """Count a guess that is about to be looked at.

        Args:
            address: From where it comes.
            account: Whose password is guessed; it need not exist.
            is_known: Whether the account's owner has signed in from there.

        Raises:
            TooManyAttemptsError: It is not taken, and does not count.
        """
        now = self._clock()
        wait_s = self._addresses.wait_s(_network(address), now)
        if not is_known:
            wait_s = max(wait_s, self._accounts.wait_s(account, now))
        if wait_s > 0:
            left_s = math.ceil(wait_s)
            raise TooManyAttemptsError(
                f"too many wrong passwords: the next is taken in {left_s} s", left_s
            )
        self._addresses.count(_network(address), now)
        self._accounts.count(account, now)

    def succeeded(self, address: str, account: str) -> None:
        """Take back what `begin` counted: the guess was right.

        Older guesses of the address stay: somebody with an account of their own could otherwise
        wipe off, by signing in, what they guessed of another's.
        """
        self._addresses.forgive(_network(address))
        self._accounts.forget(account)


def _network(address: str) -> str:
    """Return what one person has to themselves: of IPv6 that is a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
