"""`Finding`: what one check found. Immutable, no I/O."""

from typing import Literal

from msgspec import Struct

Verdict = Literal["ok", "warning", "wrong"]


class Finding(Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        about: What was looked at, in a word or two.
        verdict: ``wrong`` keeps Vizy from working, ``warning`` may become that.
        text: What there is.
        cure: What to do; empty when all is well.
    """

    about: str
    verdict: Verdict = "ok"
    text: str
    cure: str = ""


def ok(about: str, text: str) -> Finding:
    """All is well."""
    return Finding(about=about, text=text)


def warning(about: str, text: str, cure: str) -> Finding:
    """It works now, and somebody should look at it."""
    return Finding(about=about, verdict="warning", text=text, cure=cure)


def wrong(about: str, text: str, cure: str) -> Finding:
    """It cannot work like this."""
    return Finding(about=about, verdict="wrong", text=text, cure=cure)
