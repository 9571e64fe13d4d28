"""`Certificate`: what a person wants to know of the certificate in use. Immutable, no I/O."""

from msgspec import Struct


class Certificate(Struct, frozen=True, kw_only=True):
    """A certificate.

    Attributes:
        file: Where it is.
        fingerprint: Its SHA-256, as browsers show it: ``9F:86:...``.
        names: The names and addresses that it is for.
        ends_s: When it ends, in seconds since 1970.
    """

    file: str
    fingerprint: str
    names: tuple[str, ...]
    ends_s: float
