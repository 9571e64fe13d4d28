"""The shared core of Vizy: state, controls, errors, messages, sockets, frames and the command."""

from vizy.version import __version__

__all__ = ["__version__"]
