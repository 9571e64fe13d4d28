"""What is in an image, for programs that look for known faults: a bill in CycloneDX 1.5.

Debian's packages come from dpkg's records in the tree, Python's from what their wheels left in
Vizy's environment. Pure reading.
Source: https://cyclonedx.org/docs/1.5/json/
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from vizyimage.profile import Arch

PYTHON = "usr/lib/vizy"
"""Where Vizy's own environment is."""

_SPACE = uuid.UUID("6f0a2a4e-2f5e-4d0c-9c0e-76697a790001")


def document(
    tree: Path, debs: dict[str, str], *, name: str, version: str, arch: Arch, epoch: int
) -> dict[str, Any]:
    """Describe a tree.

    Args:
        tree: The root file system.
        debs: Debian's packages and their versions, see ``manifest.packages``.
        name: What the image is called, as ``vizy-0.1.0-debian``.
        version: Vizy's.
        arch: Of the packages.
        epoch: When it is said to be made.
    """
    components = [
        *(_deb(package, debs[package], arch) for package in sorted(debs)),
        *sorted(_wheels(tree), key=lambda each: str(each["name"])),
    ]
    made = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, f'{name} {epoch}')}",
        "version": 1,
        "metadata": {
            "timestamp": made,
            "component": {"type": "operating-system", "name": name, "version": version},
        },
        "components": components,
    }


def write(document: dict[str, Any], target: Path) -> None:
    """Write it, as it will be found."""
    target.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def _deb(name: str, version: str, arch: Arch) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={arch}&distro=trixie"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }


def _wheels(tree: Path) -> Iterator[dict[str, Any]]:
    for file in (tree / PYTHON).glob("lib/python3.*/site-packages/*.dist-info/METADATA"):
        about = HeaderParser().parsestr(file.read_text(errors="replace"))
        name, version = str(about["Name"]), str(about["Version"])
        purl = f"pkg:pypi/{quote(name.lower().replace('_', '-'))}@{quote(version, safe='')}"
        found: dict[str, Any] = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
        }
        if about["License-Expression"]:
            found["licenses"] = [{"expression": str(about["License-Expression"])}]
        yield found
