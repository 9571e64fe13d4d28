"""`context_of`: what the server speaks TLS with. It reads files, on any thread but the loop's."""

import ssl
from pathlib import Path

from vizy.errors import SettingsError


class _EncryptedError(Exception):
    """The key asks for a password."""


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a context for TLS 1.2 and later.

    Args:
        certificate: PEM; those between it and the authority may follow it.
        key: PEM, without a password.

    Raises:
        SettingsError: One cannot be read, or they are no pair; the text says which and what to do.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    for path in (certificate, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"{path} cannot be read: {error.strerror}: put it there, and let the user that "
                "Vizy runs as read it"
            ) from error
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except _EncryptedError as error:
        raise SettingsError(
            f"{key} has a password, which nobody can type when the device starts: "
            f"`openssl pkey -in {key} -out NEW` makes one without"
        ) from error
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None)
        if reason == "KEY_VALUES_MISMATCH":
            raise SettingsError(
                f"{key} is not the key of {certificate}: take the pair that was made together"
            ) from error
        raise SettingsError(
            f"{certificate} and {key} cannot be used ({reason or error}): a certificate and its "
            "private key are needed, both in PEM"
        ) from error


def _no_password() -> str:
    raise _EncryptedError
