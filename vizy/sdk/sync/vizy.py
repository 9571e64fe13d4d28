# Made of vizy/sdk/aio/vizy.py by tools/unasync.py: change that.
"""One Vizy, over the network or on the device itself."""

from pathlib import Path
from types import TracebackType
from typing import Self

from vizy.sdk.address import link_to
from vizy.sdk.sync.base import Runner
from vizy.sdk.sync.camera import Camera


class Vizy:
    """One Vizy. Making it connects to nothing; every use does, and fails clearly.

    Args:
        address: ``http://vizy.local``, as a browser would open it; ``unix:FOLDER`` on the device,
            with the folder of its sockets. None: ``VIZY_URL``, and without that the Vizy of this
            machine, found as `vizy status` finds it.
        token: Of the API, made on the page *Account*; None: ``VIZY_TOKEN``. On the device itself
            none is needed.
        ca_file: For ``https``: a certificate to trust besides those that the system does.

    Attributes:
        camera: Everything that can be done with it.

    Raises:
        InvalidValueError: It is no address.
        SettingsError: The settings of this machine's Vizy cannot be read.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        ca_file: str | Path | None = None,
    ) -> None:
        self._link = link_to(address, token=token, ca_file=ca_file)
        self._runner = Runner()
        self.camera = Camera(self._link, self._runner)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._link.place}>"

    def close(self) -> None:
        """Let go of all connections; a second time does nothing."""
        self._runner.close(self._link)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
