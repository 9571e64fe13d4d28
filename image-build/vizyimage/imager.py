"""The list that Raspberry Pi Imager reads, so that it offers to set name, user, Wi-Fi and key.

Of a file alone Imager 2 believes that nothing can be set. The list says that this image takes
``firstrun.sh``, the way of both Imager 1 and 2; ``systemd/`` has what reads it. The addresses of
pictures are Imager's own.
Source: doc/json-schema/os-list-schema.json and doc/os_customisation_formats.md of rpi-imager
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from vizyimage.manifest import Manifest
from vizyimage.profile import Profile

_MODELS = {
    "debian": ("pi3-64bit", "pi4-64bit"),
    "raspios": ("pi3-64bit", "pi4-64bit", "pi5-64bit"),
}
"""Debian's kernel has no USB and no network on a Pi 5."""

_NAMES = {
    "pi3-64bit": "Raspberry Pi 3 or Zero 2 W",
    "pi4-64bit": "Raspberry Pi 4",
    "pi5-64bit": "Raspberry Pi 5",
}
_ICON = "icons/use_custom.png"


def document(made: Manifest, profile: Profile, packed: Path) -> dict[str, Any]:
    """Describe an image to Imager.

    Args:
        made: What was built.
        profile: Of what.
        packed: The file; its address is ``VIZY_DOWNLOAD_URL`` and its name, or the file itself.
    """
    models = _MODELS[made.profile]
    base = os.environ.get("VIZY_DOWNLOAD_URL")
    return {
        "imager": {
            "devices": [
                {"name": _NAMES[tag], "tags": [tag], "description": "", "icon": _ICON}
                for tag in models
            ]
        },
        "os_list": [
            {
                "name": f"Vizy {made.version} ({made.profile})",
                "description": profile.description,
                "icon": _ICON,
                "url": f"{base.rstrip('/')}/{packed.name}" if base else packed.resolve().as_uri(),
                "extract_size": made.raw_bytes,
                "extract_sha256": made.raw_sha256,
                "image_download_size": made.packed_bytes,
                "image_download_sha256": made.packed_sha256,
                "release_date": datetime.fromtimestamp(made.epoch, UTC).strftime("%Y-%m-%d"),
                "init_format": "systemd",
                "devices": list(models),
            }
        ],
    }


def write(document: dict[str, Any], target: Path) -> None:
    """Write it, as it will be found."""
    target.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
