"""`SettingsReport`: what is in force, what a start would find, and who says so. Immutable, no I/O.

The daemon makes one for ``settings.get`` and ``settings.change``; the web process puts its own
section in the place of what the daemon was started with.
"""

from typing import Any, Literal

from msgspec import Struct

Source = Literal["default", "file", "fixed"]


class SettingsState(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section ``settings`` of the state: tells everybody that there is something new to get.

    Attributes:
        changes: How often the settings file was changed since the daemon started.
        waiting: The keys whose new value waits for a restart of the daemon.
    """

    changes: int = 0
    waiting: tuple[str, ...] = ()


class SettingsReport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings, by key.

    Attributes:
        path: The settings file.
        in_force: What the process uses now.
        next: What it will use after a restart.
        in_file: What the file says.
        fixed: The keys that an option or variable gives, and which that is.
    """

    path: str
    in_force: dict[str, Any]
    next: dict[str, Any]
    in_file: dict[str, Any]
    fixed: dict[str, str]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The keys whose new value waits for a restart."""
        return tuple(key for key, value in self.next.items() if self.in_force[key] != value)

    def source(self, key: str) -> Source:
        """Return who says what a key will be."""
        if key in self.fixed:
            return "fixed"
        return "file" if key in self.in_file else "default"
