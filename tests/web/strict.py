"""`StrictDevice`: a stand-in that refuses what the daemon refuses, and remembers the rest."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Self

import msgspec

from tests.web.fakes import CONTROLS, FakeDevice
from vizy.controls import check_controls, chosen
from vizy.errors import InvalidValueError, NotFoundError, NotPossibleError, ProtectedError
from vizy.jobs import JobSpec, JobState
from vizy.messages import (
    Call,
    CaptureFile,
    CapturePage,
    DeleteCaptures,
    DeletePreset,
    GetHistory,
    ListCaptures,
    RecallPreset,
    RestoreCaptures,
    SavePreset,
    SetIlluminator,
    StartJob,
    UpdateCaptures,
)
from vizy.pins import PinsState, PinState
from vizy.presets import Preset, check_name
from vizy.sensors import HistorySeries, SensorHistory, SensorReading
from vizy.state import Capture, DeviceState

SENSORS = {
    "cpu": SensorReading(label="Processor", unit="°C", value=48.5, limit=80.0),
    "wifi": SensorReading(label="Wi-Fi", unit="dBm", reason="there is no Wi-Fi"),
}
RAW = b"II*\x00" + bytes(512)


def checked(call: Call[Any]) -> None:
    """Refuse a call that the daemon could not decode, with its words."""
    try:
        msgspec.convert(msgspec.to_builtins(call), type(call))
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"{call.method}: {error}") from error


class StrictDevice(FakeDevice):
    """As `FakeDevice`, with presets, jobs, sensors, a lamp, raw data, tags and a bin."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._deleted: list[Capture] = []
        self._numbers = itertools.count(1)
        self.has_lamp = True
        self._version = 0
        self._next = asyncio.Event()
        self._is_closed = False
        self._update(sensors=SENSORS)

    async def set_controls(self, values: Mapping[str, object]) -> DeviceState:
        self._raise_fault()
        assert self.state is not None
        return self._update(controls=self.state.controls | check_controls(CONTROLS, values))

    async def save_preset(self, name: str, values: Mapping[str, object] | None = None) -> Any:
        self._raise_fault()
        assert self.state is not None
        checked(SavePreset(name, None if values is None else dict(values)))
        check_name(name)
        kept = (
            chosen(CONTROLS, self.state.controls)
            if values is None
            else check_controls(CONTROLS, values)
        )
        if not kept:
            raise InvalidValueError(f"preset {name!r} is empty: give it the value of a control")
        others = [each for each in self.state.presets if each.name != name]
        both = sorted([*others, Preset(name, kept)], key=lambda each: each.name)
        return self._update(presets=tuple(both))

    async def recall_preset(self, name: str) -> DeviceState:
        self._raise_fault()
        checked(RecallPreset(name))
        return await self.set_controls(self._preset(name).values)

    async def delete_preset(self, name: str) -> DeviceState:
        self._raise_fault()
        assert self.state is not None
        checked(DeletePreset(name))
        gone = self._preset(name)
        return self._update(presets=tuple(each for each in self.state.presets if each != gone))

    async def start_job(self, spec: JobSpec) -> JobState:
        self._raise_fault()
        assert self.state is not None
        checked(StartJob(spec))
        started = JobState(
            id=f"job-{next(self._numbers)}",
            spec=spec,
            status="running",
            started="2026-11-21T00:00:00Z",
        )
        self._update(jobs=(started, *self.state.jobs)[:8])
        return started

    async def stop_job(self, job_id: str) -> JobState:
        self._raise_fault()
        assert self.state is not None
        for job in self.state.jobs:
            if job.id == job_id:
                stopped = msgspec.structs.replace(job, status="stopped")
                self._update(jobs=tuple(stopped if j is job else j for j in self.state.jobs))
                return stopped
        raise NotFoundError(f"there is no job {job_id[:80]}")

    async def set_illuminator(self, level: float) -> DeviceState:
        self._raise_fault()
        checked(SetIlluminator(level))
        if not self.has_lamp:
            raise NotPossibleError("illuminator: the settings name no pin for it")
        return self._update(pins=PinsState(illuminator=PinState(status="ready", value=level)))

    async def sensor_history(
        self, start: float, end: float, *, names: Sequence[str] = (), max_points: int = 288
    ) -> SensorHistory:
        self._raise_fault()
        checked(GetHistory(start=start, end=end, names=tuple(names), max_points=max_points))
        if not end > start:
            raise InvalidValueError(f"start={start} and end={end} are refused: start comes first")
        points = min(3, max_points)
        series = {
            name: HistorySeries(
                label=reading.label,
                unit=reading.unit,
                low=(None, 48.0, 48.5)[:points],
                high=(None, 49.0, 49.5)[:points],
            )
            for name, reading in SENSORS.items()
            if not names or name in names
        }
        return SensorHistory(start=1_764_000_000.0, step_s=30.0, series=series)

    async def capture(self, *, raw: bool = False) -> Capture:
        taken = await super().capture(raw=raw)
        if raw:
            (self.folder / f"{taken.id}.dng").write_bytes(RAW)
            taken = msgspec.structs.replace(taken, raw_bytes=len(RAW))
            self._captures[0] = taken
        return taken

    async def list_captures(
        self, *, limit: int = 50, before: str | None = None, **narrowed: Any
    ) -> CapturePage:
        checked(ListCaptures(limit=limit, before=before, **narrowed))
        for name in ("since", "until"):
            if (text := narrowed.get(name)) is not None and not text[:4].isdecimal():
                raise InvalidValueError(f"{name}={text[:40]!r} is no time")
        return await super().list_captures(limit=limit, before=before, **narrowed)

    async def get_capture(self, capture_id: str) -> CaptureFile:
        found = await super().get_capture(capture_id)
        raw = self.folder / f"{capture_id}.dng"
        return CaptureFile(found.capture, found.path, str(raw) if raw.exists() else None)

    async def update_captures(
        self,
        ids: Sequence[str],
        *,
        protected: bool | None = None,
        tags: Sequence[str] | None = None,
    ) -> tuple[Capture, ...]:
        self._raise_fault()
        kept = None if tags is None else tuple(tags)
        checked(UpdateCaptures(tuple(ids), protected=protected, tags=kept))
        wanted = {} if protected is None else {"protected": protected}
        wanted |= {} if kept is None else {"tags": kept}
        changed = [msgspec.structs.replace(one, **wanted) for one in self._found(ids)]
        by_id = {one.id: one for one in changed}
        self._captures = [by_id.get(one.id, one) for one in self._captures]
        return tuple(changed)

    async def delete_captures(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        self._raise_fault()
        checked(DeleteCaptures(tuple(ids)))
        gone = self._found(ids)
        if any(one.protected for one in gone):
            raise ProtectedError("protected: nothing was deleted")
        self._captures = [one for one in self._captures if one not in gone]
        self._deleted += gone
        return tuple(gone)

    async def restore_captures(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        self._raise_fault()
        checked(RestoreCaptures(tuple(ids)))
        known = {one.id: one for one in self._deleted}
        if missing := [one for one in ids if one not in known]:
            raise NotFoundError(f"there is no capture {missing[0][:80]}")
        back = [known[one] for one in dict.fromkeys(ids)]
        self._deleted = [one for one in self._deleted if one not in back]
        self._captures = sorted([*self._captures, *back], key=lambda one: one.id, reverse=True)
        return tuple(back)

    async def follow(self) -> AsyncGenerator[Self, None]:
        """As `DeviceMirror.follow`."""
        seen = -1
        while not self._is_closed:
            if seen == self._version:
                await self._next.wait()
                continue
            seen = self._version
            yield self

    def publish(self, *, closed: bool = False, connected: bool = True) -> None:
        """Wake who follows."""
        self.connected = connected
        self._is_closed = closed
        self._version += 1
        self._next.set()
        self._next = asyncio.Event()

    def _found(self, ids: Sequence[str]) -> list[Capture]:
        known = {one.id: one for one in self._captures}
        if missing := [one for one in ids if one not in known]:
            raise NotFoundError(f"there is no capture {missing[0][:80]}: nothing was done")
        return [known[one] for one in dict.fromkeys(ids)]

    def _preset(self, name: str) -> Preset:
        assert self.state is not None
        for preset in self.state.presets:
            if preset.name == name:
                return preset
        raise NotFoundError(f"there is no preset {name[:80]!r}")

    def _update(self, **sections: Any) -> DeviceState:
        assert self.state is not None
        revision = self.state.revision + 1
        self.state = msgspec.structs.replace(self.state, revision=revision, **sections)
        self.publish(connected=self.connected)
        return self.state
