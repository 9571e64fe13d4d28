"""`Source`: one device that measures, with the channels it has.

A source is read on one thread, that of its `hardware.sensors.probe.Probe`, and may take as long as
its driver takes: it knows no deadline. It is made anew when its device has gone and come back.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hardware.sensors.kinds import Kind

Outcome = float | str
"""A value in the channel's unit, or the reason why there is none."""

_UNREADABLE = (OSError, ValueError, LookupError, ArithmeticError)
"""What reading a kernel file and understanding it may raise."""


class Channel(NamedTuple):
    """One thing that a source measures.

    Attributes:
        name: Stable over restarts and unique, as ``thermal.cpu-thermal``.
        label: For people, as ``CPU temperature``.
    """

    name: str
    label: str
    kind: Kind


class Source(ABC):
    """A device or a file of the kernel that gives one or more values.

    Attributes:
        key: Names the device; the same as long as it is the same device at the same place.
        channels: What it measures; fixed for the life of the source.
    """

    key: str
    channels: tuple[Channel, ...]

    @abstractmethod
    def read(self) -> Mapping[str, Outcome]:
        """Measure once.

        Returns:
            For each channel's name its value or why there is none.

        Raises:
            OSError: The kernel or the driver refused; it is the reason for every channel.
            ValueError: What it said is no number.
            LookupError: It said less than expected.
        """


class Together(Source):
    """Sources that never make anybody wait, as one: the kernel's own figures share a thread."""

    def __init__(self, key: str, sources: Sequence[Source]) -> None:
        self.key = key
        self._sources = tuple(sources)
        self.channels = tuple(channel for source in sources for channel in source.channels)

    def read(self) -> Mapping[str, Outcome]:
        """Read one after the other; one that fails does not stop the next."""
        found: dict[str, Outcome] = {}
        for source in self._sources:
            found |= read_all(source)
        return found


def read_all(source: Source) -> Mapping[str, Outcome]:
    """Read a source; what it raises becomes the reason of each of its channels."""
    try:
        return source.read()
    except _UNREADABLE as error:
        return dict.fromkeys((channel.name for channel in source.channels), reason_of(error))


def attempt(read: Callable[[], float]) -> Outcome:
    """Return what a reading gives, or why it failed, so that one channel does not stop another."""
    try:
        value = read()
    except _UNREADABLE as error:
        return reason_of(error)
    return value if math.isfinite(value) else f"it says {value}"


def reason_of(error: Exception) -> str:
    """Say in a few words why a reading failed."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    if isinstance(error, LookupError):
        return "cannot be read: the kernel's text has another form than expected"
    return f"cannot be read: {error}"


def read_text(path: Path) -> str:
    """Return a kernel file's text without the white space around it.

    Raises:
        OSError: It is not there or the driver refused.
    """
    return path.read_bytes().decode("utf-8", "replace").strip("\0 \t\r\n")


def read_number(path: Path) -> float:
    """Return the one number that a kernel file holds.

    Raises:
        OSError: It is not there or the driver refused.
        ValueError: It holds something else.
    """
    text = read_text(path)
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{path.name} says {text[:40]!r}, which is no number") from None


def text_or(path: Path, default: str) -> str:
    """Return a file's text, or the default where there is none."""
    try:
        return read_text(path) or default
    except OSError:
        return default
