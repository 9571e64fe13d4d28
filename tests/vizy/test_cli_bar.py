"""The bar is drawn on a terminal, fits it, and is gone at the end; elsewhere there is none."""

import io
import sys

import pytest

from vizy.cli.bar import Bar, drawn


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_fits_its_terminal_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "40")
    with Bar() as bar:
        bar.show(1, 2, "half of it, and much more to say than there is room for")
    shown = terminal.getvalue().split("\r\033[K")
    assert shown[1] == f"[{'#' * 15}{'-' * 15}] half of"[:39]
    assert shown[-1] == ""


def test_without_a_terminal_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = io.StringIO()
    monkeypatch.setattr(sys, "stderr", elsewhere)
    with Bar() as bar:
        bar.show(1, 2, "half")
    assert elsewhere.getvalue() == ""


def test_more_than_all_is_drawn_as_all() -> None:
    assert drawn(3, 2) == f"[{'#' * 30}]"
