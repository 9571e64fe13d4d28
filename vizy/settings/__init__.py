"""What Vizy is told: where things are, which camera, which address, how long captures stay.

A setting comes from, in this order: a command option, a ``VIZY_*`` environment variable, the TOML
file, the default.
"""

from vizy.settings.loading import Resolved, by_key, load_settings, resolve, settings_environ
from vizy.settings.sections import (
    CONFIG_NAME,
    CameraSettings,
    Settings,
    StorageSettings,
    StreamSettings,
    WebSettings,
)
from vizy.settings.sources import KEYS, check_change, given_by, read_text, unknown_variables

__all__ = [
    "CONFIG_NAME",
    "KEYS",
    "CameraSettings",
    "Resolved",
    "Settings",
    "StorageSettings",
    "StreamSettings",
    "WebSettings",
    "by_key",
    "check_change",
    "given_by",
    "load_settings",
    "read_text",
    "resolve",
    "settings_environ",
    "unknown_variables",
]
