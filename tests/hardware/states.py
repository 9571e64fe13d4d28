"""A state to start from, for tests of the parts that publish into the store."""

from hardware.store import StateStore
from vizy.state import (
    CameraState,
    CapturesState,
    DeviceState,
    HealthState,
    Size,
    StorageState,
    StreamState,
    Versions,
)


def first_store(revision: int = 100) -> StateStore:
    return StateStore(
        DeviceState(
            revision=revision,
            camera=CameraState(backend="fake", model="", status="starting", still_size=Size(0, 0)),
            controls={},
            streaming=StreamState(size=Size(0, 0)),
            captures=CapturesState(),
            storage=StorageState(path="", free_bytes=0, total_bytes=0, floor_bytes=0),
            health=HealthState(pid=1, started="2026-01-01T00:00:00Z"),
            versions=Versions(vizy="0", python="3"),
        )
    )
