"""What the status LED says of the state. Runs on the daemon's loop."""

from hardware.pins.pins import Pins
from hardware.store import StateStore
from vizy.pins import Meaning
from vizy.state import DeviceState


def meaning_of(state: DeviceState) -> Meaning:
    """Return what a state means to somebody who only sees the LED; the worst comes first."""
    if state.camera.status in ("fault", "stalled") or state.storage.status != "ok":
        return "error"
    if state.camera.status == "starting":
        return "booting"
    return "client" if state.streaming.readers > 0 else "running"


async def indicate(store: StateStore, pins: Pins) -> None:
    """Keep the LED true to the state until cancelled."""
    async for state in store.follow(since=-1):
        await pins.show(meaning_of(state))
