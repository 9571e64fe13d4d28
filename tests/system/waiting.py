"""Waiting for what a process shows from outside."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], *, timeout_s: float = 20) -> T:
    """Look again and again until something true is seen, and return it."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{look} saw nothing within {timeout_s:g} s"
        time.sleep(0.02)
    return seen
