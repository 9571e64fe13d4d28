# Made of vizy/sdk/aio/captures.py by tools/unasync.py: change that.
"""Captures: what was taken; finding, saving, protecting, tagging and deleting it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vizy import state
from vizy.messages import CapturePage, DeleteCaptures, ListCaptures, RestoreCaptures, UpdateCaptures
from vizy.sdk.link import Link, Part
from vizy.sdk.picture import Picture, pixels_of
from vizy.sdk.saving import Progress, filename, read_all, save, save_zip, target_of
from vizy.sdk.sync.base import Pictured, Runner
from vizy.state import CaptureKind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PAGE = 200


class Capture(Pictured):
    """One capture. It is what it was when it was asked for.

    Attributes:
        info: All that is known of it.
    """

    def __init__(self, link: Link, runner: Runner, info: state.Capture) -> None:
        self.info = info
        self._link = link
        self._runner = runner

    @property
    def id(self) -> str:
        """Unique, sorts by time."""
        return self.info.id

    @property
    def kind(self) -> CaptureKind:
        """How it came about."""
        return self.info.kind

    @property
    def created(self) -> datetime:
        """When it was taken, with time zone; of a video, when it begins."""
        return datetime.fromisoformat(self.info.created)

    @property
    def is_protected(self) -> bool:
        """Whether it is kept whatever happens."""
        return self.info.protected

    @property
    def tags(self) -> tuple[str, ...]:
        """In the order they were given."""
        return self.info.tags

    @property
    def filename(self) -> str:
        """The name of its file."""
        return filename(self.info)

    def path(self, part: Part = "file") -> Path | None:
        """Return where its file is on this machine; None when it is on another.

        Args:
            part: ``file``, ``raw`` for the DNG beside it, or ``thumbnail``.

        Raises:
            NotFoundError: It is gone, or has no raw data.
            DeviceError: The device is away or did not answer in time.
        """
        return self._runner.wait(self._link.path(self.id, part))

    def bytes(self, part: Part = "file") -> bytes:
        """Return its file's contents; a video may be large: `save` takes no memory.

        Raises:
            NotFoundError: It is gone, or has no raw data.
            DeviceError: The device is away or did not answer in time.
        """
        return self._runner.wait(read_all(self._link, self.id, part))

    def thumbnail(self) -> Picture:
        """Return a small picture of it, of a video its beginning.

        Raises:
            NotFoundError: It is gone.
            DeviceError: The device is away or did not answer in time.
        """
        return Picture(self._runner.wait(read_all(self._link, self.id, "thumbnail")))

    def image(self) -> "npt.NDArray[np.uint8]":
        """Return the pixels of a picture.

        Returns:
            uint8, (height, width, 3), RGB.

        Raises:
            MissingLibraryError: Pillow or numpy is not installed.
            NotFoundError: It is gone.
            DeviceError: The device is away or did not answer in time.
        """
        return pixels_of(self.bytes())

    def save(
        self,
        path: str | Path = ".",
        *,
        part: Part = "file",
        progress: Progress | None = None,
    ) -> Path:
        """Write its file; one that was cut off is gone on with.

        Args:
            path: A folder, or the file's name. Until it is whole, ``.part`` is added to that.
            part: ``file``, ``raw`` for the DNG beside it, or ``thumbnail``.
            progress: Called with the bytes that are there and those that will be, of a thumbnail
                with 0; on a thread of the SDK.

        Returns:
            Where it is.

        Raises:
            NotFoundError: It is gone, or has no raw data.
            StorageError: It cannot be written.
            DeviceError: The device is away or did not answer in time.
        """
        target = target_of(path, self.info, part)
        self._runner.wait(save(self._link, self.info, part, target, progress))
        return target

    def protect(self, on: bool = True) -> None:
        """Keep it whatever happens, or with ``False`` no longer."""
        self._update(UpdateCaptures((self.id,), protected=on))

    def tag(self, *tags: str) -> None:
        """Give it these tags besides those it has."""
        kept = tuple(dict.fromkeys([*self.tags, *tags]))
        self._update(UpdateCaptures((self.id,), tags=kept))

    def untag(self, *tags: str) -> None:
        """Take tags away; without any, all."""
        kept = tuple(tag for tag in self.tags if tags and tag not in tags)
        self._update(UpdateCaptures((self.id,), tags=kept))

    def delete(self) -> None:
        """Delete it; `restore` brings it back for a while.

        Raises:
            ProtectedError: It is protected.
            NotFoundError: It is gone.
            DeviceError: The device is away or did not answer in time.
        """
        self._runner.wait(self._link.do(DeleteCaptures((self.id,))))

    def restore(self) -> None:
        """Bring it back after `delete`.

        Raises:
            NotFoundError: It is gone for good.
            DeviceError: The device is away or did not answer in time.
        """
        self._runner.wait(self._link.do(RestoreCaptures((self.id,))))

    def _update(self, call: UpdateCaptures) -> None:
        self._runner.wait(self._link.do(call))
        self.info = self._runner.wait(self._link.capture(self.id))

    def __repr__(self) -> str:
        size = self.info.size
        return f"<Capture {self.id}, {self.kind}, {size.width}x{size.height}>"


class Captures:
    """All captures, newest first; `Vizy.camera.captures`."""

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link = link
        self._runner = runner

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._link.place}>"

    def __iter__(self) -> Iterator[Capture]:
        return self.find()

    def find(
        self,
        *,
        kind: CaptureKind | None = None,
        group: str | None = None,
        tag: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
    ) -> Iterator[Capture]:
        """Go through captures, newest first; they are asked for as they are needed.

        Args:
            kind: Only those, as ``still`` or ``recording``; None: any. Likewise the following.
            group: Only those that this job took.
            tag: Only those with this tag.
            since: Only those taken then or later; a time with its zone, or RFC 3339.
            until: Only those taken before.

        Raises:
            InvalidValueError: A time cannot be understood.
            DeviceError: The device is away or did not answer in time.
        """
        before: str | None = None
        while True:
            page = self.page(
                limit=_PAGE,
                before=before,
                kind=kind,
                group=group,
                tag=tag,
                since=_time(since),
                until=_time(until),
            )
            for info in page.items:
                yield Capture(self._link, self._runner, info)
            if page.next is None:
                return
            before = page.next

    def page(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        kind: CaptureKind | None = None,
        group: str | None = None,
        tag: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> CapturePage:
        """Return some captures as they are listed, and how many there are in all.

        Args:
            limit: How many at most, 1 to 500.
            before: The ``next`` of the page before; None: from the newest on.
            kind: As `find`'s, and the following.
            group: Likewise.
            tag: Likewise.
            since: RFC 3339.
            until: RFC 3339.

        Raises:
            InvalidValueError: ``limit`` is outside, or a time cannot be understood.
            DeviceError: The device is away or did not answer in time.
        """
        call = ListCaptures(
            limit=limit, before=before, kind=kind, group=group, tag=tag, since=since, until=until
        )
        return self._runner.wait(self._link.call(call))

    def get(self, capture_id: str) -> Capture:
        """Return the capture of an id.

        Raises:
            NotFoundError: There is none.
            DeviceError: The device is away or did not answer in time.
        """
        info = self._runner.wait(self._link.capture(capture_id))
        return Capture(self._link, self._runner, info)

    def update(
        self,
        ids: Sequence[str],
        *,
        protected: bool | None = None,
        tags: Sequence[str] | None = None,
    ) -> tuple[state.Capture, ...]:
        """Protect, unprotect or tag captures, all or none; None leaves that as it is.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            InvalidValueError: Too many ids or tags, or a tag that cannot be taken.
            DeviceError: The device is away or did not answer in time.
        """
        given = None if tags is None else tuple(tags)
        call = UpdateCaptures(tuple(ids), protected=protected, tags=given)
        return (self._runner.wait(self._link.call(call))).items

    def delete(self, ids: Sequence[str]) -> tuple[state.Capture, ...]:
        """Delete captures, all or none; `restore` brings them back for a while.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            ProtectedError: Some are protected; nothing was done.
            DeviceError: The device is away or did not answer in time.
        """
        return (self._runner.wait(self._link.call(DeleteCaptures(tuple(ids))))).items

    def restore(self, ids: Sequence[str]) -> tuple[state.Capture, ...]:
        """Bring deleted captures back, all or none.

        Raises:
            NotFoundError: One is gone for good; nothing was done.
            DeviceError: The device is away or did not answer in time.
        """
        return (self._runner.wait(self._link.call(RestoreCaptures(tuple(ids))))).items

    def download_zip(
        self,
        path: str | Path,
        captures: Iterable[Capture],
        *,
        progress: Progress | None = None,
    ) -> Path:
        """Write the files of captures to a zip file, in place of one of that name.

        Args:
            path: The zip file; until it is whole, ``.part`` is added.
            captures: Which.
            progress: Called with the bytes that are there and those that will be.

        Raises:
            NotFoundError: One is gone; no zip file was made.
            StorageError: It cannot be written.
            DeviceError: The device is away or did not answer in time.
        """
        target = Path(path)
        infos = [capture.info for capture in captures]
        self._runner.wait(save_zip(self._link, infos, target, progress))
        return target


def _time(value: str | datetime | None) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
