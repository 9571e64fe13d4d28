"""`reset_everything`: makes Vizy as on the first day. On the web loop, for API and page."""

from web.parts import Parts


async def reset_everything(parts: Parts, *, captures: bool) -> None:
    """Make settings, presets, jobs, controls and users as new; restarting is the caller's.

    Users go last: whoever asks may ask again when the disk refused before.

    Args:
        parts: Of the web process.
        captures: Whether all captures go too.

    Raises:
        StorageError: The disk refused; some of it may have been done.
        DeviceError: The daemon is away or did not answer in time.
    """
    await parts.device.reset(captures=captures)
    await parts.accounts.forget()
