"""`Host`: the machine's name, time zone and network, of which API and page are made.

On the web loop. Nothing is kept but that the network is being changed, which one at a time may do:
each call asks the services of the operating system anew.
"""

import contextlib
from collections.abc import Generator

from vizy.errors import BusyError, NotPossibleError
from web.host import names, network
from web.host.names import HostnameView, TimeZoneView
from web.host.network import NetworkView, check_cut


class Host:
    """The machine.

    Args:
        address: Of the D-Bus; None: the system's.

    Attributes:
        address: As given.
        is_changing: Whether the network is being changed.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self.is_changing = False

    @contextlib.contextmanager
    def changing(self) -> Generator[None, None, None]:
        """Change the network, for a ``with`` block, while nobody else does.

        Raises:
            BusyError: Somebody does; nothing was changed.
        """
        if self.is_changing:
            raise BusyError("the network is being changed already: wait until that is done")
        self.is_changing = True
        try:
            yield
        finally:
            self.is_changing = False

    async def hostname(self) -> HostnameView:
        """Return the machine's name."""
        return await names.hostname(self.address)

    async def set_hostname(self, name: str) -> HostnameView:
        """Give the machine another name; see `names.set_hostname` for what is refused."""
        await names.set_hostname(self.address, name)
        return await self.hostname()

    async def timezone(self) -> TimeZoneView:
        """Return the machine's time zone."""
        return await names.timezone(self.address)

    async def set_timezone(self, zone: str) -> TimeZoneView:
        """Set the machine's time zone; see `names.set_timezone` for what is refused."""
        await names.set_timezone(self.address, zone)
        return await self.timezone()

    async def network(self) -> NetworkView:
        """Return what is connected and which networks are seen."""
        return await network.network(self.address)

    async def join(
        self, name: str, password: str, *, asked_at: str | None, confirmed: bool
    ) -> NetworkView:
        """Join a Wi-Fi network; see `network.join` for what is refused.

        Args:
            name: The network's.
            password: Empty for an open one.
            asked_at: The address of this machine that the request reached; None: not known.
            confirmed: Whether it may cut off who asks.

        Raises:
            InterruptsError: It would, and that is not confirmed.
            BusyError: Somebody changes the network already.
        """
        view = await self._changeable()
        if not confirmed:
            check_cut(view, "wifi", asked_at)
        with self.changing():
            await network.join(self.address, name, password)
        return await self.network()

    async def set_address(
        self,
        interface: str,
        fixed: str | None,
        *,
        gateway: str = "",
        dns: tuple[str, ...] = (),
        asked_at: str | None,
        confirmed: bool,
    ) -> NetworkView:
        """Give an interface a fixed address or an automatic one; see `network.set_address`.

        Raises:
            InterruptsError: It would cut off who asks, and that is not confirmed.
            BusyError: Somebody changes the network already.
        """
        view = await self._changeable()
        if not confirmed:
            check_cut(view, interface, asked_at)
        with self.changing():
            await network.set_address(self.address, interface, fixed, gateway, dns)
        return await self.network()

    async def _changeable(self) -> NetworkView:
        view = await self.network()
        if not view.can_change:
            raise NotPossibleError(f"the network cannot be changed here: {view.reason}")
        return view
