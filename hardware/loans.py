"""`LentControls`: controls that a job has for itself for a while; on the daemon's loop.

A job that steers the exposure, like a bracket, borrows those controls. What others write to them
meanwhile is refused with the reason, rather than lost when the job puts them back; all other
controls stay everybody's.
"""

import contextlib
from collections.abc import Generator, Iterable

from vizy.errors import BusyError


class LentControls:
    """Who has which controls."""

    def __init__(self) -> None:
        self._lent: dict[str, str] = {}

    def check(self, names: Iterable[str]) -> None:
        """Refuse a write to controls that are lent.

        Raises:
            BusyError: One is; the text says to whom.
        """
        for name in names:
            if name in self._lent:
                raise BusyError(
                    f"{name} belongs to {self._lent[name]} until that ends, and nothing was "
                    "written: try again then, or stop it"
                )

    @contextlib.contextmanager
    def lend(self, names: Iterable[str], borrower: str) -> Generator[None]:
        """Give controls to one borrower until the end of the block.

        Raises:
            BusyError: One of them is lent already.
        """
        wanted = dict.fromkeys(names, borrower)
        self.check(wanted)
        self._lent |= wanted
        try:
            yield
        finally:
            for name in wanted:
                del self._lent[name]
