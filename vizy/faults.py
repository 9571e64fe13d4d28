"""Faults on demand: what can be made to go wrong in a running Vizy, and by how much.

The parameter of the method ``faults.inject``; `vizy fault` makes one, `hardware.faults` does what
it says. Immutable, used on any thread, no I/O.
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

_Seconds = Annotated[float, Meta(gt=0, le=3600)]


class _Fault(Struct, frozen=True, forbid_unknown_fields=True, tag_field="fault"):
    """A fault; on the wire ``fault`` names it, as the command does."""


class Stall(_Fault, frozen=True, tag="stall"):
    """The next call that touches the camera takes so long, and with it the picture."""

    seconds: _Seconds


class HangControl(_Fault, frozen=True, tag="hang-control"):
    """The next write of controls takes so long."""

    seconds: _Seconds


class Drop(_Fault, frozen=True, tag="drop"):
    """This share of all frames is lost, until it is cleared."""

    share: Annotated[float, Meta(gt=0, le=1)]


class Unplug(_Fault, frozen=True, tag="unplug"):
    """The camera's cable is out."""


class Plug(_Fault, frozen=True, tag="plug"):
    """The camera's cable is in again."""


class OutOfBuffers(_Fault, frozen=True, tag="out-of-buffers"):
    """The next call that touches the camera finds no memory for a frame."""


class EncoderError(_Fault, frozen=True, tag="encoder"):
    """The next frame of the live picture cannot be encoded."""


class IoError(_Fault, frozen=True, tag="io-error"):
    """The next writes of captures fail with an input/output error, once the data is to be safe."""

    count: Annotated[int, Meta(ge=1, le=1000)] = 1


class SlowDisk(_Fault, frozen=True, tag="slow-disk"):
    """Captures are written at this speed, until it is cleared."""

    bytes_per_s: Annotated[float, Meta(ge=1000, le=1e12)]


class Clear(_Fault, frozen=True, tag="clear"):
    """All is well again; what hangs returns."""


Fault: TypeAlias = (
    Stall
    | HangControl
    | Drop
    | Unplug
    | Plug
    | OutOfBuffers
    | EncoderError
    | IoError
    | SlowDisk
    | Clear
)
