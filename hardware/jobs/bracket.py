"""`BracketJob`: stills of one scene at several exposures; afterwards the controls are as they were.

While it runs, the controls of the exposure are its own (`LentControls`): what others write to them
is refused, all else stays theirs. It puts them back in every case; should the daemon be killed
meanwhile, the remembered controls do, which keep what was there before.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from hardware.camera import CameraInfo, Frame
from hardware.jobs.clock import Clock
from hardware.jobs.exposures import AUTO, GAIN, NAMES, TIME, exposure_of, is_near, settings_for
from hardware.jobs.job import Job, Progress
from hardware.jobs.pictures import Pictures, patiently
from hardware.loans import LentControls
from vizy.controls import ControlValue
from vizy.errors import DeviceError, InvalidValueError
from vizy.jobs import Bracket

_logger = logging.getLogger(__name__)
_TRIES = 10  # stills until one shows the exposure that was written
_RESTORES = 3
_PAUSE_S = 0.5


class Exposing(Protocol):
    """What a bracket asks of the camera; `hardware.device.CameraDevice` is one."""

    @property
    def info(self) -> CameraInfo:
        """What the camera reported."""
        ...

    async def set_controls(self, values: Mapping[str, object]) -> None:
        """Write controls."""
        ...

    async def capture_still(self) -> Frame:
        """Take a picture of full size."""
        ...


class BracketJob(Job):
    """One bracket.

    Args:
        spec: What is asked for.
        camera: Is exposed.
        in_force: Returns the controls in force.
        pictures: Keeps the stills.
        loans: Says whose the controls are.
        hold: Keeps controls remembered as they are while it is entered.
        clock: Of the pauses.

    Raises:
        InvalidValueError: The camera has no control of its exposure.
    """

    def __init__(
        self,
        spec: Bracket,
        camera: Exposing,
        in_force: Callable[[], Mapping[str, ControlValue]],
        pictures: Pictures,
        loans: LentControls,
        hold: Callable[[Iterable[str]], AbstractContextManager[None]],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._spec = spec
        self._camera = camera
        self._in_force = in_force
        self._pictures = pictures
        self._loans = loans
        self._hold = hold
        self._clock = clock or Clock()
        has = {info.name for info in camera.info.controls}
        if not has & {TIME, GAIN}:
            raise InvalidValueError(
                f"{camera.info.model} has neither {TIME} nor {GAIN}: its exposure cannot be set, "
                "so there is no bracket"
            )

    async def run(self, progress: Progress) -> None:
        """Take the pictures, then put the controls back.

        Raises:
            InvalidValueError: An exposure that the camera cannot reach; no picture was taken.
            BusyError: Another job has the controls, or a queue had no room for a minute.
            DeviceError: The camera failed, or does not expose as it is told.
            StorageError: The disk refused.
        """
        progress(0, len(self._spec.ev))
        has = {info.name for info in self._camera.info.controls}
        names = [name for name in NAMES if name in has]
        with self._loans.lend(names, f"bracket {progress.id}"), self._hold(names):
            first = await self._shoot(None)  # behind all that others have written until now
            before = {name: self._in_force()[name] for name in names}
            start = before | dict(first.metadata)
            steps = [settings_for(ev, start, self._camera.info.controls) for ev in self._spec.ev]
            try:
                await self._take(steps, progress)
            finally:
                await self._restore(before)

    async def _take(self, steps: list[dict[str, ControlValue]], progress: Progress) -> None:
        for done, values in enumerate(steps, 1):
            if progress.stopping.is_set():
                return
            await self._camera.set_controls(values)
            frame = await self._shoot(exposure_of(values))
            await patiently(
                lambda frame=frame: self._pictures.keep(frame, kind="bracket", group=progress.id),
                self._clock,
            )
            is_told = exposure_of(frame.metadata) is not None
            progress(done, len(steps), "" if is_told else "the camera does not tell its exposure")

    async def _shoot(self, wanted_us: float | None) -> Frame:
        """Take stills until one shows the wanted exposure, if one is and the camera tells it."""
        shown_us = None
        for _ in range(_TRIES):
            frame = await patiently(self._camera.capture_still, self._clock)
            shown_us = exposure_of(frame.metadata)
            if wanted_us is None or shown_us is None or is_near(shown_us, wanted_us):
                return frame
        raise DeviceError(
            f"{_TRIES} stills in a row were exposed {shown_us or 0:.0f} µs (times gain) where "
            f"{wanted_us or 0:.0f} µs were set: the camera limits its exposure"
        )

    async def _restore(self, before: Mapping[str, ControlValue]) -> None:
        """Put the controls back; with automatic exposure, the rest is the algorithm's own."""
        values = {AUTO: True} if before.get(AUTO) is True else dict(before)
        for attempt in range(1, _RESTORES + 1):
            try:
                await self._camera.set_controls(values)
            except DeviceError as error:
                _logger.warning("after a bracket, the controls are not back yet: %s", error)
                if attempt == _RESTORES:
                    raise
                await self._clock.sleep(_PAUSE_S)
            else:
                return
