"""`Report`: what a device has said of itself while its turn in the queue has not come."""

import logging
from collections.abc import Callable
from typing import Any

from dash_devices import push
from dash_devices.errors import PushError
from dash_devices.patch import Amended, combined
from dash_devices.state import Mods

MAX_OPERATIONS = 10_000
MAX_SOURCES = 100

logger = logging.getLogger("dash_devices")


class Report:
    """The newest of everything that was said; used on the event loop only."""

    def __init__(self) -> None:
        self.mods: Mods = {}
        self.sources: dict[Callable[[], Any], None] = {}

    def collect(self) -> Mods:
        """Ask the sources and return all that was said."""
        for source in self.sources:
            try:
                self._take(push.normalise(source()))
            except Exception:
                logger.exception("the report %s failed", source)
        return self.mods

    def add(self, said: Any) -> None:
        """Take properties, or a function to ask for them."""
        if callable(said):
            if len(self.sources) >= MAX_SOURCES:
                raise PushError(
                    f"push_mods: {MAX_SOURCES} functions wait to report already; push the same "
                    "function again, not a new one each time"
                )
            self.sources[said] = None
        else:
            self._take(push.normalise(said))

    def _take(self, mods: Mods) -> None:
        for component_id, props in mods.items():
            known = self.mods.setdefault(component_id, {})
            for prop, value in props.items():
                said = combined(known[prop], value) if prop in known else value
                if isinstance(said, Amended) and len(said.operations) > MAX_OPERATIONS:
                    raise PushError(
                        f"{component_id}.{prop}: {MAX_OPERATIONS} changes of it wait for a turn of "
                        "the device, which is stuck"
                    )
                known[prop] = said
