"""`Routes`: the one table of what may be asked for, and which role it needs. Immutable, no I/O.

What is not in it is refused, so that a route that somebody adds is closed until it is listed here.
Endpoints of the API bring their role with their declaration.
"""

from collections.abc import Iterable, Iterator

from web.api.endpoint import Endpoint
from web.api.mount import BASE, METHODS
from web.auth.identity import Role

SOCKET = "WEBSOCKET"
"""Stands for the method of a WebSocket."""

_READ = {"GET": Role.VIEWER}
_OPEN = {"GET": Role.ANYONE}
_FORM = {"GET": Role.ANYONE, "POST": Role.ANYONE}

_ROUTES: dict[str, dict[str, Role]] = {
    # The pages, and what Dash draws them with
    "/": _READ,
    "/<path:path>": _READ,
    "/assets/<path:filename>": _READ,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": _READ,
    "/_dash-layout": _READ,
    "/_dash-dependencies": _READ,
    "/_dash-update-component": {"POST": Role.VIEWER},  # which callback: web.auth.callbacks
    "/_reload-hash": _READ,
    "/_dash-devices/dash_devices.js": _READ,
    "/_dash-devices/socket": {SOCKET: Role.ANYONE},  # it is told why: web.auth.callbacks
    # The live picture
    "/live": {SOCKET: Role.VIEWER},
    "/snapshot.jpg": _READ,
    "/stream.mjpg": _READ,
    # Coming in, and what needs no login
    "/login": _FORM,
    "/welcome": _FORM,
    "/logout": {"POST": Role.ANYONE},
    "/login/static/<path:filename>": _OPEN,
    "/_favicon.ico": _OPEN,
    "/healthz": _OPEN,
    # What is no endpoint of the API
    "/api/<path:rest>": dict.fromkeys(METHODS, Role.VIEWER),
}


class Routes:
    """The table.

    Args:
        endpoints: All of the API.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._roles = {
            (rule, method): role
            for rule, methods in _ROUTES.items()
            for method, role in methods.items()
        }
        for endpoint in endpoints:
            path = BASE + endpoint.path
            for method in METHODS:  # it says that it does not take the others
                self._roles.setdefault((path, method), Role.VIEWER)
            self._roles[path, endpoint.method] = endpoint.role

    def __iter__(self) -> Iterator[tuple[tuple[str, str], Role]]:
        """Yield route and method with the role that they need."""
        return iter(self._roles.items())

    def role(self, rule: str | None, method: str) -> Role | None:
        """Return the least role for a request; None: nobody may.

        Args:
            rule: The route, as it is written; None: there is none, and the answer only says so.
            method: HTTP's, or `SOCKET`.
        """
        if rule is None:
            return Role.VIEWER
        if method == "OPTIONS":  # says which methods there are
            return Role.VIEWER if any(known == rule for known, _ in self._roles) else None
        return self._roles.get((rule, "GET" if method == "HEAD" else method))
