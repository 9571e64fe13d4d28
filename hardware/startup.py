"""`start_up`: does what the owner wants at each start, once the camera is ready.

Called once by the daemon, on its loop. What cannot be done is logged and stops nothing else.
"""

import logging
from collections.abc import Awaitable

from hardware.jobs import Jobs
from hardware.pins import Pins
from hardware.presets import Presets
from vizy.errors import VizyError
from vizy.jobs import Motion
from vizy.settings.startup import StartupSettings

_logger = logging.getLogger(__name__)


async def start_up(settings: StartupSettings, presets: Presets, jobs: Jobs, pins: Pins) -> None:
    """Recall the preset, watch for movement, light the lamp, as far as the settings say so."""
    if settings.preset is not None:
        await _try("startup.preset", presets.recall(settings.preset))
    is_watching = any(isinstance(job.spec, Motion) for job in jobs.active)
    if settings.motion and not is_watching:
        await _try("startup.motion", jobs.start(Motion()))
    if settings.lamp:
        await _try("startup.lamp", pins.set_illuminator(settings.lamp))


async def _try(key: str, doing: Awaitable[object]) -> None:
    try:
        await doing
    except VizyError as error:
        _logger.warning("%s is not done: %s", key, error)
