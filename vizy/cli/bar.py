"""`Bar`: how far long work is, drawn on stderr if that is a terminal, and nowhere else."""

import shutil
import sys
from types import TracebackType
from typing import Self

import click

_WIDTH = 30
_CLEAR = "\r\033[K"


class Bar:
    """One line that is drawn again and again, and gone at the end."""

    def __init__(self) -> None:
        self._has_terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, done: int, total: int, text: str) -> None:
        """Draw how far it is; a total of 0 is not known."""
        self.line(f"{drawn(done, total)} {text}" if total else text)

    def line(self, text: str) -> None:
        """Draw a line."""
        if self._has_terminal:
            columns = shutil.get_terminal_size().columns - 1
            click.echo(f"{_CLEAR}{text[:columns]}", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._has_terminal:
            click.echo(_CLEAR, nl=False, err=True)


def drawn(done: int, total: int) -> str:
    """Draw a bar of a fixed width."""
    filled = min(_WIDTH, _WIDTH * done // total)
    return f"[{'#' * filled}{'-' * (_WIDTH - filled)}]"
