"""The comment in a capture's file: how it came about, for a catalog that was lost.

``vizy kind=burst group=ID``; in a JPEG it is EXIF's ``UserComment``, in an MP4 the ``comment``.
Words that are not known are passed over. No I/O.
"""

import re
from typing import NamedTuple, cast, get_args

from vizy.state import CaptureKind

_MARK = "vizy"
_KINDS = frozenset(get_args(CaptureKind))
_CODE = b"ASCII\0\0\0"  # Source: EXIF 2.32, 4.6.5, UserComment: the first eight bytes
_WRITTEN = re.compile(re.escape(_CODE) + rb"(vizy [ -~]*)")


class Origin(NamedTuple):
    """How a capture came about."""

    kind: CaptureKind
    group: str = ""


def comment_of(origin: Origin, **facts: object) -> str:
    """Return the comment for a file.

    Args:
        origin: How it came about.
        **facts: More to say, by name.
    """
    words = {"kind": origin.kind, "group": origin.group} | facts
    return " ".join([_MARK, *(f"{name}={value}" for name, value in words.items() if value)])


def origin_of(comment: str, otherwise: CaptureKind) -> Origin:
    """Return what a comment says; without one of ours, ``otherwise`` and no group."""
    mark, *words = comment.split()[:64] or [""]
    found = dict(word.split("=", 1) for word in words if "=" in word) if mark == _MARK else {}
    kind = found.get("kind", "")
    return Origin(
        cast("CaptureKind", kind) if kind in _KINDS else otherwise, found.get("group", "")[:80]
    )


def to_exif(comment: str) -> bytes:
    """Return the value of EXIF's ``UserComment``."""
    return _CODE + comment.encode("ascii", "replace") + b"\0"


def find_in_exif(block: bytes) -> str:
    """Return our comment from an EXIF block, whatever else is in that; empty without one.

    It is looked for by its mark: a block that is damaged elsewhere need not be understood.
    """
    found = _WRITTEN.search(block)
    return "" if found is None else found[1].decode("ascii")
