"""The classes for programs without coroutines are made of those for coroutines."""

from tools.unasync import made

WORDS = ("async ", "await ", "Async", "__aenter", "__aiter")


def test_what_is_made_is_up_to_date() -> None:
    old = [path.name for path, text in made().items() if path.read_text() != text]
    assert old == [], "run `python tools/unasync.py`"


def test_nothing_of_coroutines_is_left() -> None:
    for path, text in made().items():
        assert not any(
            word in text for word in ("async ", "await ", "Async", "__aenter", "__aiter")
        ), path
