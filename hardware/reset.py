"""`Reset`: makes the daemon as new, but for what its owner does not want to lose.

On the daemon's loop. It can be asked for again when the disk refused half-way. What was measured
lives in memory and goes with the restart that follows.
"""

import logging
from dataclasses import dataclass

from hardware.captures import Catalog, Trash
from hardware.device import CameraDevice
from hardware.jobs import Jobs
from hardware.presets import Presets, SetControlValues
from hardware.settings import SettingsFile
from vizy.controls import chosen
from vizy.errors import DeviceError
from vizy.messages import ListCaptures

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What is made new, and by whom."""

    device: CameraDevice
    jobs: Jobs
    presets: Presets
    settings: SettingsFile
    write_controls: SetControlValues
    catalog: Catalog
    trash: Trash

    async def __call__(self, *, captures: bool) -> None:
        """Make new; return once it is on the disk.

        Args:
            captures: Whether they go for good, protected ones among them.

        Raises:
            StorageError: The disk refused.
        """
        for job in self.jobs.active:
            await self.jobs.stop(job.id)
        await self.presets.clear()
        infos = self.device.info.controls
        try:
            await self.write_controls(chosen(infos, {info.name: info.default for info in infos}))
        except DeviceError as error:
            _logger.warning("controls stay as they are: %s", error)
        await self.settings.reset()
        if captures:
            await self._delete_captures()

    async def _delete_captures(self) -> None:
        while (page := await self.catalog.page(ListCaptures(limit=500))).items:
            ids = [capture.id for capture in page.items]
            await self.catalog.update(ids, protected=False, tags=None)
            await self.catalog.purge(ids, deleted=False)
        await self.trash.empty()
