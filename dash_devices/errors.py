"""What dash_devices raises on purpose.

DashDevicesError
├── PushError (ValueError)         push_mods was asked for something that cannot be sent
├── RegistrationError (ValueError) a callback that cannot work as written
├── RequestError                   a browser asked for something that it may not have
│   └── ForbiddenError             the application does not let this browser
├── DomainError                    the function that tells a callback's device failed
└── QueueFullError                 more changes wait for a device than may wait
"""


class DashDevicesError(Exception):
    """The root of this library's errors."""


class PushError(DashDevicesError, ValueError):
    """A push cannot be sent: the text names the component, the property and the reason."""


class RegistrationError(DashDevicesError, ValueError):
    """A callback cannot work as written: the text names the ids and the cure."""


class RequestError(DashDevicesError):
    """A browser's message is malformed or asks for what is not registered."""


class ForbiddenError(RequestError):
    """The application's own rules do not let this browser do it."""


class DomainError(DashDevicesError):
    """The function that tells a callback's device failed; no browser's fault."""


class QueueFullError(DashDevicesError):
    """A device's queue is full; the change was not taken."""
