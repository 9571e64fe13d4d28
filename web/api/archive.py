"""`Archive`: the files of captures as one zip, made while it is sent. Runs on the web loop.

Nothing is compressed, since pictures and videos are already, so the length is known before. A file
that has vanished is left out: in its place comes a text that says so, made as long as the announced
length wants it. A thread reads the files, one chunk at a time; one file is open at a time.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zipstream import ZipStream

from vizy.messages import CaptureFile
from web.api.sending import Sending, SentBody

_GONE = ".missing.txt"


@dataclass(frozen=True)
class _Member:
    """A file to be: its path and how long it is."""

    path: Path
    size: int

    @property
    def text(self) -> bytes:
        """What is said when it is gone."""
        return f"{self.path.name} was deleted before it could be sent.\n".encode()


class Archive(SentBody):
    """A zip of captures' files, with their raw data where they have some.

    Args:
        files: Of which captures.
        sending: How many such archives may be sent at once.

    Attributes:
        length: How many bytes it will have.
    """

    def __init__(self, files: Iterable[CaptureFile], sending: Sending) -> None:
        super().__init__(sending)
        self._members = [member for file in files for member in _members(file)]
        plan = ZipStream(sized=True)
        for member in self._members:
            plan.add(iter(()), member.path.name, size=member.size)
        self.length = len(plan)

    def chunks(self) -> Iterator[bytes]:
        """Yield the zip."""
        stream = ZipStream(sized=True)
        for member in self._members:
            with contextlib.ExitStack() as opened:
                _add(stream, member, opened)
                yield from stream.file()
        yield from stream.footer()


def _members(file: CaptureFile) -> Iterator[_Member]:
    yield _Member(Path(file.path), file.capture.bytes)
    if file.raw_path is not None:
        yield _Member(Path(file.raw_path), file.capture.raw_bytes)


def _add(stream: ZipStream, member: _Member, opened: contextlib.ExitStack) -> None:
    """Add a file, or what is said of one that is gone."""
    try:
        file = opened.enter_context(member.path.open("rb"))
    except OSError:
        file = None
    if file is not None and os.fstat(file.fileno()).st_size == member.size:
        # By its descriptor, so that it may be deleted now; and with the file's own time.
        stream.add_path(f"/proc/self/fd/{file.fileno()}", member.path.name)
    else:
        size = max(0, member.size - 2 * len(_GONE))  # the name stands in a zip twice
        stream.add(_padded(member.text, size), member.path.name + _GONE, size=size)


def _padded(text: bytes, size: int) -> Iterator[bytes]:
    yield text[:size]
    left = size - len(text)
    while left > 0:
        yield b"\n" * min(left, 1 << 18)
        left -= 1 << 18
