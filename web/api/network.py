"""The machine's network, name and time zone; see `web.host`."""

from typing import Annotated, Any, cast

from msgspec import Meta, Struct
from quart import request

from vizy.errors import InterruptsError, InvalidValueError, NotFoundError, NotPossibleError
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.host.names import HostnameView, TimeZoneView
from web.host.network import NetworkView
from web.parts import Parts

_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_REFUSED = (InvalidValueError, NotPossibleError)


class WifiOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Which Wi-Fi to join.

    Attributes:
        name: The network's name.
        password: Empty for an open network.
        confirm: Whether it may cut off who asks.
    """

    name: Annotated[str, Meta(min_length=1, max_length=32)]
    password: Annotated[str, Meta(max_length=63)] = ""
    confirm: bool = False


class AddressOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An interface's address.

    Attributes:
        interface: As ``eth0``.
        address: As ``192.168.1.5/24``; null: the network gives one.
        gateway: The way out, of the same network; empty: none.
        dns: Name servers.
        confirm: Whether it may cut off who asks.
    """

    interface: Annotated[str, Meta(min_length=1, max_length=15)]
    address: Annotated[str, Meta(max_length=18)] | None = None
    gateway: Annotated[str, Meta(max_length=15)] = ""
    dns: Annotated[tuple[Annotated[str, Meta(max_length=15)], ...], Meta(max_length=3)] = ()
    confirm: bool = False


class HostnameOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The machine's new name."""

    name: _Name


class TimeZoneOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The machine's new time zone, as ``Europe/Berlin``."""

    zone: _Name


def network(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/network``, ``/hostname`` and ``/timezone``."""
    host = parts.host

    async def get_network(asked: Asked) -> NetworkView:
        return await host.network()

    async def join(asked: Asked) -> NetworkView:
        order: WifiOrder = asked.body
        return await host.join(
            order.name, order.password, asked_at=_asked_at(), confirmed=order.confirm
        )

    async def set_address(asked: Asked) -> NetworkView:
        order: AddressOrder = asked.body
        return await host.set_address(
            order.interface,
            order.address,
            gateway=order.gateway,
            dns=order.dns,
            asked_at=_asked_at(),
            confirmed=order.confirm,
        )

    async def get_hostname(asked: Asked) -> HostnameView:
        return await host.hostname()

    async def set_hostname(asked: Asked) -> HostnameView:
        return await host.set_hostname(asked.body.name)

    async def get_timezone(asked: Asked) -> TimeZoneView:
        return await host.timezone()

    async def set_timezone(asked: Asked) -> TimeZoneView:
        return await host.set_timezone(asked.body.zone)

    return (
        Endpoint(
            method="GET",
            path="/network",
            role=Role.ADMIN,
            summary="Return what is connected and which Wi-Fi networks are seen.",
            call=get_network,
            returns=NetworkView,
        ),
        Endpoint(
            method="PUT",
            path="/network/wifi",
            role=Role.ADMIN,
            summary="Join a Wi-Fi network; answer once it has given an address.",
            call=join,
            body=WifiOrder,
            example='{"name": "Home", "password": "..."}',
            returns=NetworkView,
            errors=(*_REFUSED, NotFoundError, InterruptsError),
        ),
        Endpoint(
            method="PUT",
            path="/network/address",
            role=Role.ADMIN,
            summary="Give an interface a fixed address, or let the network give one.",
            call=set_address,
            body=AddressOrder,
            example='{"interface": "eth0", "address": "192.168.1.5/24", "gateway": "192.168.1.1"}',
            returns=NetworkView,
            errors=(*_REFUSED, NotFoundError, InterruptsError),
        ),
        Endpoint(
            method="GET",
            path="/hostname",
            role=Role.ADMIN,
            summary="Return the machine's name.",
            call=get_hostname,
            returns=HostnameView,
        ),
        Endpoint(
            method="PUT",
            path="/hostname",
            role=Role.ADMIN,
            summary="Give the machine another name.",
            call=set_hostname,
            body=HostnameOrder,
            example='{"name": "birdhouse"}',
            returns=HostnameView,
            errors=_REFUSED,
        ),
        Endpoint(
            method="GET",
            path="/timezone",
            role=Role.ADMIN,
            summary="Return the machine's time zone, and all there are.",
            call=get_timezone,
            returns=TimeZoneView,
        ),
        Endpoint(
            method="PUT",
            path="/timezone",
            role=Role.ADMIN,
            summary="Set the machine's time zone.",
            call=set_timezone,
            body=TimeZoneOrder,
            example='{"zone": "Europe/Berlin"}',
            returns=TimeZoneView,
            errors=_REFUSED,
        ),
    )


def _asked_at() -> str | None:
    """Return the address of this machine that the request reached."""
    server = cast("dict[str, Any]", request.scope).get("server")
    return server[0] if server else None
