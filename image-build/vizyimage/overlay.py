"""The files that a profile lays over the root: configuration only, no programs and no scripts.

Owner and modes do not come from the working tree: everything is root's, 0644, or what the profile's
``modes`` say; folders are 0755.
"""

import shutil
from pathlib import Path

from msgspec import Struct

from vizyimage.profile import ROOT, Profile


class OverlayFile(Struct, frozen=True):
    """A file and where it goes.

    Attributes:
        source: In ``overlay/``.
        destination: In the image, as ``/etc/fstab``.
        mode: As ``0644``.
    """

    source: Path
    destination: str
    mode: str


def files(profile: Profile, root: Path = ROOT) -> list[OverlayFile]:
    """List the files of a profile's overlays; of two for one place the later overlay's."""
    found: dict[str, OverlayFile] = {}
    for name in profile.overlays:
        folder = root / "overlay" / name
        for file in sorted(folder.rglob("*")):
            if file.name == ".gitkeep" or (file.is_dir() and not file.is_symlink()):
                continue
            place = "/" + str(file.relative_to(folder))
            found[place] = OverlayFile(file, place, profile.modes.get(place, "0644"))
    return [found[place] for place in sorted(found)]


def copy(profile: Profile, target: Path, root: Path = ROOT) -> list[OverlayFile]:
    """Copy them into a root file system; needs root.

    Args:
        profile: Whose overlays.
        target: The root file system.
        root: The folder ``image-build``.
    """
    copied = files(profile, root)
    for each in copied:
        place = target / each.destination.lstrip("/")
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if each.source.is_symlink():
            place.symlink_to(each.source.readlink())
        else:
            shutil.copyfile(each.source, place)
            place.chmod(int(each.mode, 8))
    return copied
