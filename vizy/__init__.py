"""The shared core of Vizy: state, controls, errors, messages, sockets, frames and the command.

``from vizy import Vizy`` loads the SDK; nothing else here does.
"""

from typing import TYPE_CHECKING, Any

from vizy.version import __version__

if TYPE_CHECKING:
    from vizy.sdk import AsyncVizy, Vizy

__all__ = ["AsyncVizy", "Vizy", "__version__"]


def __getattr__(name: str) -> Any:
    if name not in ("AsyncVizy", "Vizy"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vizy import sdk

    return getattr(sdk, name)
