"""`Machine`: when the access point opens, closes, and makes room for known networks.

Pure: it is told what is seen and what time it is, and says what to do. It keeps how long something
has been so, and nothing else, because whatever it asks for it sees again, or does not, the next
time. So a NetworkManager that was started anew, or a person who joins a network elsewhere, needs no
case of its own.

    AWAY ──> STARTING ──> OPEN <──> TRYING        CONNECTED from everywhere, as soon as a network
                           ^                      works; from there LOST, and after a while OPEN
             FAILED <──────┘
"""

import enum
from dataclasses import dataclass


class Action(enum.Enum):
    """What to do."""

    OPEN = enum.auto()
    CLOSE = enum.auto()
    TRY = enum.auto()  # close it, so that a known network can be joined


class Phase(enum.Enum):
    """What is waited for."""

    AWAY = enum.auto()  # NetworkManager, a Wi-Fi device or the access point's profile
    STARTING = enum.auto()  # a known network, from the start
    CONNECTED = enum.auto()
    LOST = enum.auto()  # the network that was there
    OPEN = enum.auto()  # a person
    TRYING = enum.auto()  # a known network, once more
    FAILED = enum.auto()  # the access point could not be opened: the next attempt


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What NetworkManager says.

    Attributes:
        is_open: The access point is.
        is_connected: Another connection is.
        is_connecting: Another connection is being made, by NetworkManager itself or for somebody.
        knows_networks: Some Wi-Fi is known that is joined without being asked.
        has_cable: A cable is plugged in.
    """

    is_open: bool = False
    is_connected: bool = False
    is_connecting: bool = False
    knows_networks: bool = False
    has_cable: bool = False


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long what is waited for.

    Attributes:
        settle_s: Until what is seen after a change is believed: a link comes up after its driver.
        start_s: For a known network or an address over a cable, after the start.
        lost_s: For a network that was there.
        connecting_s: Longer than that, while a connection is being made.
        try_s: For a known network, when the access point was closed for it.
        quiet_s: Without a visitor, until known networks are tried again.
        close_s: How long another connection lasts before the access point closes.
        retry_s: After the access point could not be opened.
    """

    settle_s: float = 5.0
    start_s: float = 45.0
    lost_s: float = 180.0
    connecting_s: float = 60.0
    try_s: float = 40.0
    quiet_s: float = 300.0
    close_s: float = 10.0
    retry_s: float = 30.0


class Machine:
    """Decides; see the module.

    Args:
        times: How long what is waited for.

    Attributes:
        phase: What is waited for.
    """

    def __init__(self, times: Times | None = None) -> None:
        self._times = times or Times()
        self.phase = Phase.AWAY
        self._since = 0.0

    def step(self, now: float, seen: Seen | None, visited_at: float) -> Action | None:
        """Return what to do.

        Args:
            now: In seconds; never runs backwards.
            seen: None: there is no access point to be had.
            visited_at: When somebody last used the access point.
        """
        if seen is None:
            self._enter(Phase.AWAY, now)
        elif seen.is_connected:
            return self._connected(now, seen)
        elif seen.is_open:
            return self._open(now, seen, visited_at)
        else:
            return self._alone(now, seen)
        return None

    def failed(self, now: float) -> None:
        """Take in that the access point could not be opened."""
        self.phase, self._since = Phase.FAILED, now

    def _connected(self, now: float, seen: Seen) -> Action | None:
        self._enter(Phase.CONNECTED, now)
        is_due = now - self._since >= self._times.close_s
        return Action.CLOSE if seen.is_open and is_due else None

    def _open(self, now: float, seen: Seen, visited_at: float) -> Action | None:
        self._enter(Phase.OPEN, now)
        quiet_s = now - max(self._since, visited_at)
        if not seen.knows_networks or quiet_s < self._times.quiet_s:
            return None
        self._enter(Phase.TRYING, now)
        return Action.TRY

    def _alone(self, now: float, seen: Seen) -> Action | None:
        if self.phase is Phase.CONNECTED:
            self._enter(Phase.LOST, now)
        elif self.phase in (Phase.AWAY, Phase.OPEN):  # open it was, and somebody else closed it
            self._enter(Phase.STARTING, now)
        return Action.OPEN if now - self._since >= self._patience(seen) else None

    def _patience(self, seen: Seen) -> float:
        times = self._times
        if self.phase is Phase.FAILED:
            return times.retry_s
        if seen.is_connecting:
            return self._hope() + times.connecting_s
        return self._hope() if seen.knows_networks or seen.has_cable else times.settle_s

    def _hope(self) -> float:
        times = self._times
        return {Phase.LOST: times.lost_s, Phase.TRYING: times.try_s}.get(self.phase, times.start_s)

    def _enter(self, phase: Phase, now: float) -> None:
        if self.phase is not phase:
            self.phase, self._since = phase, now
