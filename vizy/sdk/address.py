"""Where a Vizy is: an address and a token become the link to it."""

import os
from collections.abc import Mapping
from pathlib import Path

from vizy.errors import InvalidValueError
from vizy.sdk.link import Link
from vizy.sdk.local import LocalLink
from vizy.settings import load_settings

URL_VARIABLE = "VIZY_URL"
TOKEN_VARIABLE = "VIZY_TOKEN"
CA_FILE_VARIABLE = "VIZY_CA_FILE"
_LOCAL = "unix:"


def link_to(
    address: str | None,
    *,
    token: str | None = None,
    ca_file: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Link:
    """Return the link to a Vizy; it connects to nothing yet.

    Args:
        address: ``http://...``, ``https://...``, ``unix:FOLDER`` with the sockets in it, or
            ``unix:`` for the Vizy of this machine; None: ``VIZY_URL``, else this machine's.
        token: Of the API; None: ``VIZY_TOKEN``.
        ca_file: A certificate to trust for ``https``; None: ``VIZY_CA_FILE``, if that is set.
        environ: Where the variables are.

    Raises:
        InvalidValueError: It is no address.
        SettingsError: The settings of this machine's Vizy cannot be read.
    """
    address = address or environ.get(URL_VARIABLE) or _LOCAL
    if address.startswith(_LOCAL):
        folder = address.removeprefix(_LOCAL) or load_settings({}, environ).runtime_dir
        return LocalLink(Path(folder))
    if not address.startswith(("http://", "https://")):
        raise InvalidValueError(
            f"{address!r} is no address: take one like http://vizy.local, or unix: on the device"
        )
    from vizy.sdk.http import HttpLink

    return HttpLink(
        address,
        token or environ.get(TOKEN_VARIABLE) or None,
        str(ca_file or environ.get(CA_FILE_VARIABLE) or "") or None,
    )
