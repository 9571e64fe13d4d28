"""What Vizy is told before it starts: where things are, which camera, which address.

A setting comes from, in this order: a command option, a ``VIZY_*`` environment variable, the TOML
file, the default.
"""

from vizy.settings.loading import load_settings, save, settings_environ
from vizy.settings.sections import (
    CONFIG_NAME,
    CameraSettings,
    Settings,
    StorageSettings,
    StreamSettings,
    WebSettings,
)
from vizy.settings.sources import unknown_variables

__all__ = [
    "CONFIG_NAME",
    "CameraSettings",
    "Settings",
    "StorageSettings",
    "StreamSettings",
    "WebSettings",
    "load_settings",
    "save",
    "settings_environ",
    "unknown_variables",
]
