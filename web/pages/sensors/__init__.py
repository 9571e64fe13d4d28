"""The Sensors page: what the sensors say, now and over the last day; and the pins."""

from typing import Any

from dash_devices import Dash, Output
from web.auth.identity import Role
from web.pages.sensors.callbacks import SensorCallbacks
from web.pages.sensors.groups import Group, groups
from web.pages.sensors.page import cards, pins, sensors_page, warnings
from web.pages.sensors.readings import now
from web.parts import Parts


class SensorsPage:
    """The page of what the sensors say, now and over the last day.

    Args:
        parts: Of the web process.
    """

    path = "/sensors"
    title = "Sensors"
    needs = Role.VIEWER
    reading = ('{"chart":["ALL"]}.figure',)

    def __init__(self, parts: Parts) -> None:
        self._device = parts.device
        self._callbacks = SensorCallbacks(parts.device)
        self._groups: tuple[Group, ...] = ()
        self._changes = 0

    def layout(self, **query: str) -> Any:
        """Return the page as it is now."""
        state = self._device.state
        return sensors_page({output.component_id: output for output in self._around()}, state)

    def mods(self) -> list[Output]:
        """Return everything on it that the device changes."""
        mods = self._around()
        state = self._device.state
        found = groups(state.sensors) if state else ()
        if state and found != self._groups:
            self._groups = found
            self._changes += 1
            mods.append(Output("sensor-cards", "children", cards(state.sensors)))
        # What was drawn before the device was away has a hole, so it is drawn again.
        mods.append(Output("sensor-shape", "data", [self._changes, self._device.connected]))
        if state:
            lamp = state.pins.illuminator
            is_there = lamp.status == "ready" and self._device.connected
            mods += [
                Output("lamp", "hidden", lamp.status == "unset"),
                Output("illuminator", "disabled", not is_there),
                Output("illuminator", "value", round(lamp.value or 0, 2)),
            ]
        return mods

    def register(self, app: Dash) -> None:
        """Register its callbacks."""
        self._callbacks.register(app)

    async def close(self) -> None:
        """Stop what its callbacks have started: nothing."""

    def _around(self) -> list[Output]:
        state = self._device.state
        return [
            Output("sensor-warnings", "children", warnings(state.warnings if state else ())),
            Output("sensor-pins", "children", pins(state.pins if state else None)),
            Output("sensor-now", "data", now(state, connected=self._device.connected)),
        ]
