"""`Role` and `Identity`: who asks, and what they may do. Immutable, no I/O."""

import enum
from typing import Literal, Self, cast

from msgspec import Struct

COOKIE = "vizy_session"
"""The cookie of a browser's session."""

RoleName = Literal["viewer", "operator", "admin"]
"""A role as it is written in files, in the API and on pages."""


class Role(enum.IntEnum):
    """What somebody may do; each may do what those before it may."""

    ANYONE = 0
    """Without a login: the login itself, and whether the server lives."""
    VIEWER = 1
    """Look: the live picture, captures, sensors."""
    OPERATOR = 2
    """Steer the camera, take, protect and delete captures."""
    ADMIN = 3
    """Settings, users, restart, power off."""

    @classmethod
    def named(cls, name: RoleName) -> Self:
        """Return the role of a name."""
        return cls[name.upper()]

    @property
    def label(self) -> RoleName:
        """Its name, as people and programs read it; nobody has `ANYONE` as a role."""
        return cast("RoleName", self.name.lower())


class Identity(Struct, frozen=True, kw_only=True):
    """Somebody who has proved who they are.

    Attributes:
        name: The account's.
        role: What it may do.
        via: By what: a ``session`` of a browser or the ``token`` of a program.
        id: Of that session or token; never its secret.
    """

    name: str
    role: Role
    via: Literal["session", "token"]
    id: str
