"""`reset_everything`: makes Vizy as on the first day. On the web loop, for API and page."""

import asyncio
import contextlib

from vizy.errors import NotPossibleError
from web.auth import users
from web.parts import Parts


async def reset_everything(parts: Parts, *, captures: bool, restart: bool = False) -> None:
    """Make settings, presets, jobs, controls and users as new.

    Users go after all else: whoever asks may ask again when the disk refused before, and learns
    nothing more afterwards, since no session is left and their page is cut off. The restart comes
    all the same, and not before: it could end this process while users are still there.

    Args:
        parts: Of the web process.
        captures: Whether all captures go too.
        restart: Whether both processes start again, where there is somebody to do that.

    Raises:
        StorageError: The disk refused; some of it may have been done.
        DeviceError: The daemon is away or did not answer in time.
    """
    await parts.device.reset(captures=captures)
    cut_off: asyncio.CancelledError | None = None
    try:
        await users.forget(parts.accounts)
    except asyncio.CancelledError as error:
        cut_off = error
    if restart:
        with contextlib.suppress(NotPossibleError):
            await parts.system.restart("all")
    if cut_off is not None:
        raise cut_off
