"""`Onboarding`: the task that opens and closes the access point, and joins what a visitor chose.

On the web loop; one task, `run`, is the only one that acts. The pages read what it shows and leave
a wish. It looks every few seconds, less often when nothing is the matter; where there is no
NetworkManager, no Wi-Fi device or no profile for the access point, it does nothing else.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from vizy.errors import BusyError, NotPossibleError, TooManyAttemptsError, VizyError
from web.host import network
from web.host.devices import Wifi
from web.host.host import Host
from web.onboarding.machine import Action, Machine, Phase, Times
from web.onboarding.radio import AccessPoint, Look, Radio

logger = logging.getLogger("vizy.web.onboarding")

_JOIN_S = 35.0
_LOOK_S = 12.0
_WISHES, _WISHES_S = 6, 300.0
_MOST_CONTENT = 64


class Wish(Struct, frozen=True, kw_only=True):
    """The network that a visitor chose.

    Attributes:
        name: Its name.
        password: Empty for an open network.
        is_hidden: Whether the name was written: it need not be seen.
    """

    name: str
    password: str
    is_hidden: bool


class Failure(Struct, frozen=True, kw_only=True):
    """What came of the last wish.

    Attributes:
        name: Of the network.
        is_hidden: As wished.
        reason: Why it was not joined.
    """

    name: str
    is_hidden: bool
    reason: str


class Pauses(Struct, frozen=True, kw_only=True):
    """How often is looked.

    Attributes:
        busy_s: While something may be to be done.
        calm_s: While a network works.
        away_s: Where there is no access point to be had.
        answer_s: From a wish until it is done: its answer has to arrive first.
    """

    busy_s: float = 3.0
    calm_s: float = 15.0
    away_s: float = 60.0
    answer_s: float = 2.0


class Onboarding:
    """The access point, and what is known of the networks around.

    Args:
        host: The machine, whose network one at a time may change.
        times: When what is done.
        pauses: How often is looked.
        clock: Seconds that never run backwards.

    Attributes:
        point: The access point while it is open.
        networks: Seen before the access point opened, the strongest first.
        failure: What came of the last wish; None: nothing was wrong.
        joining: The name of the network that is being joined; empty: none.
        content: Addresses of visitors who want no other network now.
    """

    def __init__(
        self,
        host: Host,
        *,
        times: Times | None = None,
        pauses: Pauses | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._radio = Radio(host.address)
        self._machine = Machine(times)
        self._pauses = pauses or Pauses()
        self._clock = clock
        self._started_at = clock()
        self._visited_at = clock()
        self.point: AccessPoint | None = None
        self._wish: Wish | None = None
        self._wished = asyncio.Event()
        self._wished_at: deque[float] = deque(maxlen=_WISHES)
        self._wants_scan = False
        self._looked = asyncio.Event()
        self.networks: tuple[Wifi, ...] = ()
        self.failure: Failure | None = None
        self.joining = ""
        self.content: set[str] = set()

    def visited(self) -> None:
        """Take in that somebody uses the access point."""
        self._visited_at = self._clock()

    def leave_alone(self, visitor: str) -> None:
        """Take in that a visitor wants no other network now."""
        if len(self.content) < _MOST_CONTENT:
            self.content.add(visitor)

    def wish(self, wish: Wish) -> None:
        """Have a network joined, once the answer to whoever asks has had time to arrive.

        Raises:
            BusyError: One is being joined.
            InvalidValueError: The password cannot be that of this network.
            TooManyAttemptsError: That was done too often.
        """
        if self.joining:
            raise BusyError(f"{self.joining} is being joined: wait until that is done")
        known = next((each for each in self.networks if each.name == wish.name), None)
        if known.secured if known else wish.password:
            network.check_password(wish.name, wish.password)
        now = self._clock()
        if len(self._wished_at) == _WISHES and now - self._wished_at[0] < _WISHES_S:
            raise TooManyAttemptsError(
                f"{_WISHES} networks in {_WISHES_S / 60:g} minutes are the most: wait a little"
            )
        self._wished_at.append(now)
        self._wish, self.joining = wish, wish.name
        self._wished.set()

    async def look_again(self) -> None:
        """Look for the networks around, as far as that is possible while it is open."""
        self._looked.clear()
        self._wants_scan = True
        self._wished.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), _LOOK_S)

    async def run(self) -> None:
        """Keep at it, until cancelled."""
        while True:
            self._wished.clear()
            try:
                pause_s = await self.turn()
            except Exception:
                logger.exception("the access point is not looked after for a minute")
                self.joining, pause_s = "", self._pauses.away_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wished.wait(), pause_s)

    async def turn(self) -> float:
        """Look, and do what is due; return how long to wait before the next time."""
        wish, self._wish = self._wish, None
        if wish is not None:
            await self._join(wish)
        look = await self._radio.look()
        self._take(look)
        if self._host.is_changing:  # somebody else joins a network, from the Settings page
            return self._pauses.busy_s
        action = self._machine.step(self._clock(), look.seen if look else None, self._visited_at)
        try:
            with self._host.changing():
                await self._do(action)
        except NotPossibleError as error:
            logger.warning("the access point: %s", error)
            self._machine.failed(self._clock())
        return self._pause_s()

    async def _do(self, action: Action | None) -> None:
        if action is Action.OPEN:
            self.networks = await self._radio.scan() or self.networks
            await self._open()
        elif action in (Action.CLOSE, Action.TRY):
            self.point = None
            await self._radio.close()
            logger.info("the access point is closed")
            if action is Action.TRY:
                self.networks = await self._radio.scan() or self.networks
        elif self._wants_scan and self.point:
            self.networks = await self._radio.scan() or self.networks
            self._wants_scan = False
            self._looked.set()

    async def _open(self) -> None:
        self.point = await self._radio.open()
        self._visited_at = self._clock()
        logger.info("the access point %s is open", self.point.name)

    async def _join(self, wish: Wish) -> None:
        """Close the access point and join; open it again if that fails."""
        await asyncio.sleep(self._pauses.answer_s)
        try:
            with self._host.changing():
                try:
                    await self._leave_for(wish)
                    self.failure = None
                except VizyError as error:
                    self.failure = Failure(
                        name=wish.name, is_hidden=wish.is_hidden, reason=error.detail
                    )
                    logger.warning("the network of the visitor's choice: %s", error)
                    await self._open()
        except BusyError as error:
            self.failure = Failure(name=wish.name, is_hidden=wish.is_hidden, reason=error.detail)
        except NotPossibleError as error:
            logger.warning("the access point: %s", error)
            self._machine.failed(self._clock())
        finally:
            self.joining = ""

    async def _leave_for(self, wish: Wish) -> None:
        self.point = None
        await self._radio.close()
        self.networks = (
            await self._radio.scan(until="" if wish.is_hidden else wish.name) or self.networks
        )
        await network.join(
            self._host.address,
            wish.name,
            wish.password,
            is_hidden=wish.is_hidden,
            join_s=_JOIN_S,
        )

    def _take(self, look: Look | None) -> None:
        is_open = look is not None and look.seen.is_open
        self.point = look.point if look and is_open else None
        if not is_open:
            self.content.clear()

    def _pause_s(self) -> float:
        if self._machine.phase is Phase.CONNECTED and self.point is None:
            return self._pauses.calm_s
        if self._machine.phase is Phase.AWAY:
            is_early = self._clock() - self._started_at < 2 * self._pauses.away_s
            return self._pauses.busy_s if is_early else self._pauses.away_s
        return self._pauses.busy_s
