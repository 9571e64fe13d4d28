"""Layers kept between builds: each a file that is named by what it is made of.

A file is written under another name and renamed, so what has its name is whole. Of each kind the
newest few stay. Two builds that want the same layer wait for each other; the second finds it.
"""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

KEPT = 3
"""So many of a kind stay, those that were used last."""


def cache_folder() -> Path:
    """Find where layers are kept: ``VIZY_IMAGE_CACHE``, or below the home."""
    return Path(os.environ.get("VIZY_IMAGE_CACHE") or "~/.cache/vizy-image").expanduser()


class Cache:
    """A folder of layers.

    Args:
        folder: Made when it is first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, kind: str, key: str, suffix: str = "") -> Path:
        """Say where a layer is, or would be."""
        return self.folder / f"{kind}-{key}{suffix}"

    def get(
        self,
        kind: str,
        key: str,
        suffix: str,
        make: Callable[[Path], None],
        *,
        fresh: bool = False,
    ) -> tuple[Path, bool]:
        """Find a layer or make it.

        Args:
            kind: As ``base-arm64``; old ones of the same kind are removed.
            key: What it is made of, hashed.
            suffix: As ``.tar``.
            make: Writes it to the path it is given.
            fresh: Make it even if it is there.

        Returns:
            The file, and whether it was there.
        """
        target = self.place(kind, key, suffix)
        with self.lock(target.name):
            if target.exists() and not fresh:
                os.utime(target)
                return target, True
            unfinished = target.with_name(f".{target.name}.unfinished")
            unfinished.unlink(missing_ok=True)
            try:
                make(unfinished)
                unfinished.rename(target)
            finally:
                unfinished.unlink(missing_ok=True)
            self._prune(kind, suffix)
        return target, False

    @contextmanager
    def lock(self, name: str) -> Generator[None]:
        """Hold a name for this process; wait while another one has it."""
        folder = self.folder / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prune(self, kind: str, suffix: str) -> None:
        files = sorted(self.folder.glob(f"{kind}-*{suffix}"), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT]:
            file.unlink(missing_ok=True)
