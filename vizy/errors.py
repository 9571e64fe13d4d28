"""Every error that Vizy raises on purpose, in one tree.

    VizyError
    ├── InvalidValueError (ValueError)       a value that cannot be taken: which one, which limit
    │   ├── UnknownControlError              a control that this camera does not have
    │   └── SettingsError                    a settings file, variable or option that cannot be read
    ├── NotFoundError (LookupError)          a capture or method that does not exist
    ├── BusyError                            the queue in front of the device is full: try again
    ├── OverloadedError                      as much goes on at once as may: try again
    ├── ProtectedError                       a protected capture is not deleted
    ├── ConflictError                        it would contradict what is there: a name that is taken
    ├── NotSignedInError                     who asks has not said who they are
    ├── NotAllowedError (PermissionError)    who asks may not do it
    ├── TooManyAttemptsError                 so many guesses are not taken: wait
    ├── DeviceError (OSError)                the device cannot do it now
    │   ├── DeviceAwayError (ConnectionError)  the hardware process is not there
    │   ├── DeviceTimeoutError (TimeoutError)  it did not answer before the deadline
    │   └── CameraError                      the camera failed: a clip missing, a cable out
    │       └── CameraHungError              for good: only a new process can use it
    ├── StorageError (OSError)               the disk refused
    │   ├── DiskFullError                    less free space than the floor
    │   └── AccountsError                    the file of the accounts is damaged
    ├── ProtocolError (ValueError)           bytes on a socket that are not our protocol
    ├── NotPossibleError                     this machine has no way to do it
    ├── FaultRefusedError                    a fault on demand, where none may be
    ├── AlreadyRunningError                  another process holds the state folder or the port
    ├── FrameOvertakenError                  the writer reused the slot before it was read
    └── MissingLibraryError (ImportError)    what this needs, and Vizy otherwise does not

Each class carries a stable ``code`` (a string, for programs), the HTTP status and the JSON-RPC
number it maps to. Both processes use this table, so an error crosses a socket and arrives as the
same class: `to_wire` and `from_wire` are the only mapping. Used on any thread; does no I/O.
"""

from typing import Any, ClassVar

import msgspec


class VizyError(Exception):
    """The root: catch it to catch whatever Vizy raises on purpose."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something failed"
    status: ClassVar[int] = 500
    rpc_code: ClassVar[int] = -32000

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class InvalidValueError(VizyError, ValueError):
    """A value was refused; the text names the value and the limit."""

    code = "invalid-value"
    title = "The value cannot be taken"
    status = 422
    rpc_code = -32602


class UnknownControlError(InvalidValueError):
    """The camera has no control of that name."""

    code = "unknown-control"
    title = "The camera has no such control"


class SettingsError(InvalidValueError):
    """A settings file, environment variable or option cannot be read."""

    code = "settings"
    title = "The settings cannot be read"


class NotFoundError(VizyError, LookupError):
    """There is nothing of that name."""

    code = "not-found"
    title = "Not found"
    status = 404
    rpc_code = -32601


class BusyError(VizyError):
    """As many jobs wait as may wait; nothing was done."""

    code = "busy"
    title = "The camera is busy"
    status = 409
    rpc_code = -32001


class InterruptsError(BusyError):
    """It would interrupt what must not be interrupted; nothing was done."""

    code = "interrupts"
    rpc_code = -32005


class OverloadedError(VizyError):
    """As many of these go on at once as may; nothing was done."""

    code = "overloaded"
    title = "Too many at once"
    status = 503
    rpc_code = -32004


class ProtectedError(VizyError):
    """What is protected is not deleted; nothing was done."""

    code = "protected"
    title = "The capture is protected"
    status = 409
    rpc_code = -32002


class ConflictError(VizyError):
    """It would contradict what is there; nothing was done."""

    code = "conflict"
    title = "It cannot be together with what is there"
    status = 409
    rpc_code = -32003


class NotSignedInError(VizyError):
    """Who asks has not proved who they are."""

    code = "not-signed-in"
    title = "Sign in first"
    status = 401
    rpc_code = -32040


class NotAllowedError(VizyError, PermissionError):
    """Who asks may not do it; nothing was done."""

    code = "not-allowed"
    title = "This is not allowed"
    status = 403
    rpc_code = -32041


class TooManyAttemptsError(VizyError):
    """So many guesses are not taken, whether they are right or not.

    Attributes:
        retry_after_s: Whole seconds until the next is taken.
    """

    code = "too-many-attempts"
    title = "Too many attempts"
    status = 429
    rpc_code = -32042

    def __init__(self, detail: str, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class DeviceError(VizyError, OSError):
    """The device cannot do it now."""

    code = "device"
    title = "The device failed"
    status = 503
    rpc_code = -32010


class DeviceAwayError(DeviceError, ConnectionError):
    """The hardware process cannot be reached."""

    code = "device-away"
    title = "The camera is away"
    rpc_code = -32011


class DeviceTimeoutError(DeviceError, TimeoutError):
    """The device did not answer before the deadline."""

    code = "device-timeout"
    title = "The camera did not answer in time"
    status = 504
    rpc_code = -32012


class CameraError(DeviceError):
    """The camera failed or its source cannot be opened."""

    code = "camera"
    title = "The camera failed"
    rpc_code = -32013


class CameraHungError(CameraError):
    """A call into the camera's library has not returned: only a new process can use the camera."""

    code = "camera-hung"
    title = "The camera hangs"
    rpc_code = -32014


class StorageError(VizyError, OSError):
    """The disk refused to keep something."""

    code = "storage"
    title = "The disk refused"
    status = 500
    rpc_code = -32020


class DiskFullError(StorageError):
    """There is less free space than the floor allows."""

    code = "disk-full"
    title = "The disk is full"
    status = 507
    rpc_code = -32021


class AccountsError(StorageError):
    """The file of the accounts cannot be understood."""

    code = "accounts"
    title = "The accounts cannot be read"
    rpc_code = -32022


class ProtocolError(VizyError, ValueError):
    """What arrived on a socket is not our protocol."""

    code = "protocol"
    title = "The message cannot be understood"
    status = 400
    rpc_code = -32600


class AlreadyRunningError(VizyError):
    """Another process holds what this one needs; the text says who."""

    code = "already-running"
    title = "Already running"
    status = 409
    rpc_code = -32030


class NotPossibleError(VizyError):
    """It cannot be done on this machine, or not as it was started; the text says why."""

    code = "not-possible"
    title = "This cannot be done here"
    status = 409
    rpc_code = -32033


class FaultRefusedError(VizyError):
    """A fault was asked for where none is allowed, or of a part that has none; nothing was done."""

    code = "fault-refused"
    title = "The fault is refused"
    status = 403
    rpc_code = -32032


class FrameOvertakenError(VizyError):
    """The writer reused the frame's slot before it could be read."""

    code = "frame-overtaken"
    title = "The frame was overtaken"
    status = 503
    rpc_code = -32031


class MissingLibraryError(VizyError, ImportError):
    """A library that this needs, and Vizy otherwise does not, is not installed."""

    code = "missing-library"
    title = "A library is missing"
    rpc_code = -32050


class ErrorData(msgspec.Struct, frozen=True):
    """The ``data`` member of a JSON-RPC error."""

    code: str


class WireError(msgspec.Struct, frozen=True):
    """A JSON-RPC error object."""

    code: int
    message: str
    data: ErrorData | None = None


def _tree(cls: type[VizyError]) -> dict[str, type[VizyError]]:
    found = {cls.code: cls}
    for sub in cls.__subclasses__():
        found |= _tree(sub)
    return found


_CLASSES = _tree(VizyError)


def to_wire(error: VizyError) -> WireError:
    """Turn an error into the JSON-RPC error that stands for it."""
    return WireError(error.rpc_code, error.detail, ErrorData(error.code))


def from_wire(error: WireError) -> VizyError:
    """Turn a JSON-RPC error back into the class it was; an unknown code becomes `VizyError`."""
    cls = _CLASSES.get(error.data.code, VizyError) if error.data else VizyError
    return cls(error.message)


def from_code(code: str, detail: str) -> VizyError:
    """Make the error that a problem's ``code`` names; an unknown one becomes `VizyError`."""
    return _CLASSES.get(code, VizyError)(detail)


def problem(error: VizyError) -> dict[str, Any]:
    """Describe an error as a problem-details object (RFC 9457), without the instance."""
    return {
        "type": f"urn:vizy:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
