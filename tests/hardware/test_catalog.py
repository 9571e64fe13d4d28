"""The catalog: the folder is the truth, ids lead to files and nothing else does."""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.camera import Frame
from hardware.captures import Catalog
from hardware.captures.comment import Origin
from hardware.captures.exif import exif_of, splice
from hardware.captures.folder import Salvage
from hardware.captures.names import Files, capture_id, created
from hardware.captures.rows import Rows
from hardware.store import StateStore
from tests.hardware.clips import write_clip
from tests.hardware.states import first_store
from vizy.errors import (
    DiskFullError,
    InvalidValueError,
    NotFoundError,
    ProtectedError,
    StorageError,
)
from vizy.messages import CaptureLine, IndexCaptures, ListCaptures
from vizy.state import Capture, Size

NOON = datetime(2026, 11, 21, 12, 0, 0, 7000, tzinfo=UTC)
PIXELS = np.zeros((24, 32, 3), np.uint8)
JPEG = simplejpeg.encode_jpeg(PIXELS)


def capture(number: int, **fields: object) -> Capture:
    identity = capture_id(NOON + timedelta(seconds=number), "00ff")
    known = {"bytes": len(JPEG), "size": Size(32, 24)} | fields
    return Capture(id=identity, created=created(identity), **known)  # type: ignore[arg-type]


class Shelf:
    """Catalogs of one folder, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: StateStore = first_store()
        self._catalog: Catalog | None = None

    async def open(
        self, *, salvage: Salvage | None = None, fsync: Callable[[int], None] = os.fsync
    ) -> Catalog:
        """Start, after ending what was started before."""
        await self.close()
        self.store = first_store()
        self._catalog = Catalog(self.folder, self.store, fsync=fsync)
        await self._catalog.open(salvage)
        return self._catalog

    async def close(self) -> None:
        catalog, self._catalog = self._catalog, None
        if catalog is not None:
            await catalog.close()

    def write(self, numbers: Iterable[int]) -> None:
        self.folder.mkdir(exist_ok=True)
        for number in numbers:
            (self.folder / f"{capture(number).id}.jpg").write_bytes(JPEG)

    def names(self) -> list[str]:
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.is_file() and not path.name.startswith("catalog.db")
        )


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    shelf = Shelf(tmp_path / "captures")
    yield shelf
    await shelf.close()


def test_an_id_says_when_in_utc_and_fits_a_url() -> None:
    in_paris = NOON.astimezone(tz=None)
    assert capture_id(in_paris, "beef") == "20261121T120000_007Z-beef"
    assert created("20261121T120000_007Z-beef") == "2026-11-21T12:00:00.007Z"


async def test_a_new_id_is_never_one_that_was_given(shelf: Shelf) -> None:
    catalog = await shelf.open()
    draws = iter(["00ff", "00ff", "0100"])
    assert catalog.new_id(NOON, lambda: next(draws)) == capture_id(NOON, "00ff")
    assert catalog.new_id(NOON, lambda: next(draws)) == capture_id(NOON, "0100")


async def test_the_folder_is_read_at_the_start_and_what_it_is_is_announced(shelf: Shelf) -> None:
    shelf.write(range(3))
    catalog = await shelf.open()
    assert len(catalog) == 3
    newest = catalog.latest(24)[0]
    assert newest == capture(2)
    assert newest.created == "2026-11-21T12:00:02.007Z"
    assert shelf.store.state.captures.count == 3
    assert shelf.store.state.captures.latest == catalog.latest()


async def test_leftovers_of_a_kill_are_removed_and_foreign_files_stay(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    (shelf.folder / f".{capture(1).id}.jpg.12345678.part").write_bytes(JPEG[:100])
    (shelf.folder / f".{capture(1).id}.mp4.part").write_bytes(b"half")
    (shelf.folder / "holiday.jpg").write_bytes(b"mine")
    (shelf.folder / "20261399T120000_007Z-00ff.jpg").write_bytes(b"no such day")
    assert len(await shelf.open()) == 0
    assert shelf.names() == ["20261399T120000_007Z-00ff.jpg", "holiday.jpg"]


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"", ".jpg"),
        (JPEG[:-2], ".jpg"),
        (JPEG[: len(JPEG) // 2], ".jpg"),
        (b"\0" * 5000, ".jpg"),
        (b"\0" * 500 + b"\xff\xd9", ".jpg"),
        (b"\xff\xd9", ".jpg"),
        (b"", ".mp4"),
        (b"\0" * 5000, ".mp4"),
        (JPEG, ".dng"),
    ],
)
async def test_a_damaged_file_is_set_aside_with_a_warning(
    shelf: Shelf, content: bytes, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.write([2])
    (shelf.folder / f"{capture(1).id}{suffix}").write_bytes(content)
    assert [each.id for each in (await shelf.open()).latest(9)] == [capture(2).id]
    assert (shelf.folder / "damaged" / f"{capture(1).id}{suffix}").read_bytes() == content
    assert "moved to" in caplog.text


async def test_pages_are_newest_first_and_meet_without_gap_or_overlap(shelf: Shelf) -> None:
    catalog = await shelf.open()
    for number in (3, 0, 4, 1, 2):
        await catalog.add(capture(number))
    page = await catalog.page(ListCaptures(limit=2))
    seen = [each.id for each in page.items]
    while page.next is not None:
        assert page.count == 5
        page = await catalog.page(ListCaptures(limit=2, before=page.next))
        seen += [each.id for each in page.items]
    assert seen == [capture(number).id for number in (4, 3, 2, 1, 0)]


async def test_the_index_has_a_line_for_each_and_parts_meet(shelf: Shelf) -> None:
    shelf.write(range(5))
    catalog = await shelf.open()
    await catalog.update([capture(1).id], protected=True, tags=["owl"])
    whole = await catalog.index(IndexCaptures())
    assert [line.id for line in whole.lines] == [capture(n).id for n in (4, 3, 2, 1, 0)]
    size = capture(1).size
    assert whole.lines[3] == CaptureLine(
        capture(1).id, "still", size.width, size.height, 0.0, protected=True
    )
    assert (whole.count, whole.next) == (5, None)
    part = await catalog.index(IndexCaptures(limit=2))
    assert (part.lines, part.count, part.next) == (whole.lines[:2], 5, capture(3).id)
    rest = await catalog.index(IndexCaptures(before=part.next))
    assert part.lines + rest.lines == whole.lines
    new = await catalog.index(IndexCaptures(after=capture(2).id))
    assert (new.lines, new.count) == (whole.lines[:2], 5)
    for narrow in (IndexCaptures(protected=True), IndexCaptures(tag="owl")):
        assert (await catalog.index(narrow)).lines == whole.lines[3:4]
    assert (await catalog.index(IndexCaptures(protected=False))).count == 4


async def test_each_change_to_what_there_is_is_counted(shelf: Shelf) -> None:
    shelf.write(range(2))
    catalog = await shelf.open()
    ids = [capture(0).id]
    seen = [shelf.store.state.captures.edits]
    for change in (catalog.update(ids, protected=False), catalog.delete(ids), catalog.restore(ids)):
        await change
        seen.append(shelf.store.state.captures.edits)
    assert seen == [0, 1, 2, 3]


async def test_a_page_before_an_unknown_id_starts_where_it_would_be(shelf: Shelf) -> None:
    catalog = await shelf.open()
    await catalog.add(capture(0))
    assert (await catalog.page(ListCaptures(before="9"))).items == (capture(0),)
    assert (await catalog.page(ListCaptures(before=""))).items == ()


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (ListCaptures(kind="burst"), [2, 1]),
        (ListCaptures(group="b7"), [2, 1]),
        (ListCaptures(group="b7", kind="still"), []),
        (ListCaptures(tag="barn owl"), [3, 1]),
        (ListCaptures(tag="barn"), []),
        (ListCaptures(since="2026-11-21T12:00:02.007Z"), [4, 3, 2]),
        (ListCaptures(since="2026-11-21T12:00:02.0071Z"), [4, 3]),
        (ListCaptures(until="2026-11-21T12:00:02.007Z"), [1, 0]),
        (ListCaptures(until="2026-11-21T13:00:02.008+01:00"), [2, 1, 0]),
        (ListCaptures(kind="burst", tag="barn owl", since="2026-11-21T00:00:00Z"), [1]),
    ],
)
async def test_a_list_is_narrowed_down_by_all_filters_at_once(
    shelf: Shelf, asked: ListCaptures, numbers: list[int]
) -> None:
    catalog = await shelf.open()
    for number in range(5):
        fields = {"kind": "burst", "group": "b7"} if number in (1, 2) else {}
        await catalog.add(capture(number, **fields))
    await catalog.update([capture(1).id, capture(3).id], tags=["barn owl", "night", "barn owl"])
    page = await catalog.page(asked)
    assert [each.id for each in page.items] == [capture(number).id for number in numbers]
    assert page.count == len(numbers)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-21", "2026-11-21T12:00:00", ""])
async def test_a_time_that_cannot_be_understood_is_refused_with_an_example(
    shelf: Shelf, text: str
) -> None:
    catalog = await shelf.open()
    with pytest.raises(InvalidValueError, match=r"since=.*write it as 2026-11-21T12:00:00Z"):
        await catalog.page(ListCaptures(since=text))


@pytest.mark.parametrize("identity", ["", "..", "../boot", "a/b", "/etc/passwd", "x" * 9999, "\0"])
async def test_only_a_known_id_leads_to_a_file(shelf: Shelf, identity: str) -> None:
    catalog = await shelf.open()
    with pytest.raises(NotFoundError, match="there is no capture"):
        await catalog.get(identity)


async def test_a_known_id_leads_to_its_files(shelf: Shelf) -> None:
    catalog = await shelf.open()
    await catalog.add(capture(1))
    await catalog.add(capture(2, raw_bytes=7))
    await catalog.add(capture(3, media_type="video/mp4"))
    found = [await catalog.get(capture(number).id) for number in (1, 2, 3)]
    assert [Path(each.path).suffix for each in found] == [".jpg", ".jpg", ".mp4"]
    assert found[0].path == str(shelf.folder / f"{capture(1).id}.jpg")
    assert [each.raw_path for each in found] == [
        None,
        str(shelf.folder / f"{capture(2).id}.dng"),
        None,
    ]


async def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shelf = Shelf(tmp_path / "file" / "captures")
    with pytest.raises(StorageError, match="cannot be written"):
        await shelf.open()
    await shelf.close()


async def test_what_only_the_catalog_knows_outlives_a_restart(shelf: Shelf) -> None:
    shelf.write(range(3))
    catalog = await shelf.open()
    await catalog.update([capture(1).id], protected=True, tags=["b", "a"])
    await catalog.delete([capture(2).id])
    catalog = await shelf.open()
    assert catalog.latest() == (capture(1, protected=True, tags=("b", "a")), capture(0))
    assert await catalog.deleted() == (capture(2).id,)
    assert shelf.store.state.captures.deleted == 1


async def test_a_start_agrees_with_the_folder_and_says_what_was_dropped(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.write(range(4))
    await shelf.open()
    await shelf.close()
    (shelf.folder / f"{capture(1).id}.jpg").unlink()
    shelf.write([5])
    catalog = await shelf.open()
    assert [each.id for each in catalog.latest()] == [capture(n).id for n in (5, 3, 2, 0)]
    assert f"dropped captures whose files are gone: {capture(1).id}" in caplog.text
    assert f"took up captures the catalog did not know: {capture(5).id}" in caplog.text


async def test_small_pictures_of_captures_that_are_gone_go_at_a_start(shelf: Shelf) -> None:
    shelf.write([1])
    (shelf.folder / "thumbnails").mkdir()
    for number in (1, 2):
        (shelf.folder / "thumbnails" / f"{capture(number).id}.jpg").touch()
    await shelf.open()
    left = [path.stem for path in (shelf.folder / "thumbnails").iterdir()]
    assert left == [capture(1).id]


async def test_only_new_and_changed_files_are_read(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hardware.captures import folder

    shelf.write(range(4))
    await shelf.open()
    await shelf.close()
    wider = simplejpeg.encode_jpeg(np.zeros((24, 64, 3), np.uint8))
    (shelf.folder / f"{capture(1).id}.jpg").write_bytes(wider)
    shelf.write([5])
    read: list[str] = []
    before = folder.read_capture
    monkeypatch.setattr(
        folder, "read_capture", lambda file: (read.append(file.stem), before(file))[1]
    )
    catalog = await shelf.open()
    assert sorted(read) == [capture(1).id, capture(5).id]
    assert (await catalog.get(capture(1).id)).capture.size == Size(64, 24)


async def test_a_file_the_disk_does_not_let_be_read_is_left_alone(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from hardware.captures import folder

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    shelf.write(range(2))
    (shelf.folder / f"{capture(1).id}.dng").write_bytes(b"raw")
    with monkeypatch.context() as patch:
        patch.setattr(folder, "read_capture", fail)
        assert len(await shelf.open()) == 0
    assert "cannot be read and stays as it is" in caplog.text
    assert len(shelf.names()) == 3
    assert len(await shelf.open()) == 2


async def test_a_catalog_that_was_lost_knows_kind_job_and_protection_from_the_files(
    shelf: Shelf,
) -> None:
    shelf.folder.mkdir()
    origin = Origin("bracket", "job 1".replace(" ", "-"))
    exif = exif_of(
        Frame(PIXELS, 0, 1, {"ColourTemperature": 5000}),
        make="",
        model="",
        taken=NOON,
        origin=origin,
        controls={},
    )
    (shelf.folder / f"{capture(1).id}.jpg").write_bytes(splice(JPEG, exif))
    (shelf.folder / f"{capture(1).id}.dng").write_bytes(b"raw")
    write_clip(
        shelf.folder / f"{capture(2).id}.mp4", seconds=3, comment="vizy kind=motion group=m1"
    )
    write_clip(shelf.folder / f"{capture(3).id}.mp4")
    catalog = await shelf.open()
    await catalog.update([capture(1).id], protected=True)
    await shelf.close()
    for file in shelf.folder.glob("catalog.db*"):
        file.unlink()
    plain, motion, bracket = (await shelf.open()).latest()
    assert (bracket.kind, bracket.group, bracket.raw_bytes) == ("bracket", "job-1", 3)
    assert bracket.protected
    assert (motion.kind, motion.group, motion.media_type) == ("motion", "m1", "video/mp4")
    assert (motion.size, motion.duration_s) == (Size(640, 48), 3.0)
    assert not motion.protected
    assert (plain.kind, plain.group) == ("recording", "")


@pytest.mark.parametrize(
    "asked",
    [
        ListCaptures(before="2026", since="2026-11-21T12:00:00Z"),
        ListCaptures(kind="still", before="2026"),
        ListCaptures(group="b7", until="2026-11-21T12:00:00Z"),
        ListCaptures(tag="owl"),
    ],
)
async def test_a_page_is_found_by_an_index_without_sorting(
    shelf: Shelf, asked: ListCaptures
) -> None:
    catalog = await shelf.open()
    statements: list[str] = []

    def explain(rows: Rows) -> str:
        rows.connection.set_trace_callback(statements.append)
        rows.page(asked)
        rows.connection.set_trace_callback(None)
        return " ".join(
            str(step[3])
            for statement in statements
            for step in rows.connection.execute(f"EXPLAIN QUERY PLAN {statement}")
        )

    plan = await catalog.ask(explain)
    assert "SEARCH captures" in plan
    assert "SCAN captures" not in plan
    assert "TEMP B-TREE" not in plan


async def test_a_video_is_adopted_durably_and_then_announced(shelf: Shelf) -> None:
    seen: list[tuple[int, list[str]]] = []

    def fsync(descriptor: int) -> None:
        seen.append((shelf.store.state.captures.count, shelf.names()))
        os.fsync(descriptor)

    catalog = await shelf.open(fsync=fsync)
    identity = catalog.new_id(NOON)
    part = write_clip(catalog.part(identity, "video/mp4"))
    assert part.name == f".{identity}.mp4.part"
    video = Capture(
        id=identity,
        created=created(identity),
        bytes=0,
        size=Size(640, 48),
        media_type="video/mp4",
        kind="recording",
        duration_s=2.0,
    )
    adopted = await catalog.adopt(part, video)
    assert seen == [(0, [part.name]), (0, [f"{identity}.mp4"])]
    assert adopted.bytes == catalog.path(identity, "video/mp4").stat().st_size
    assert shelf.store.state.captures.latest == (adopted,)
    assert catalog.grown.is_set()


async def test_a_video_whose_maker_has_gone_is_announced_as_well(shelf: Shelf) -> None:
    gate = threading.Event()

    def fsync(descriptor: int) -> None:
        assert gate.wait(10)
        os.fsync(descriptor)

    catalog = await shelf.open(fsync=fsync)
    part = catalog.part(capture(1).id, "video/mp4")
    part.write_bytes(b"video")
    adopting = asyncio.create_task(catalog.adopt(part, capture(1, media_type="video/mp4")))
    await asyncio.sleep(0.01)
    adopting.cancel()
    await asyncio.gather(adopting, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(10):
        await catalog.grown.wait()
    assert [each.id for each in catalog.latest()] == [capture(1).id]


@pytest.mark.parametrize("fails_at", [1, 2])
@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EIO, StorageError)]
)
async def test_a_video_that_cannot_be_adopted_keeps_its_hidden_name(
    shelf: Shelf, fails_at: int, code: int, kind: type[StorageError]
) -> None:
    calls = 0

    def fsync(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(code, os.strerror(code))

    catalog = await shelf.open(fsync=fsync)
    part = catalog.part(capture(1).id, "video/mp4")
    part.write_bytes(b"video")
    with pytest.raises(kind, match="cannot be written"):
        await catalog.adopt(part, capture(1, media_type="video/mp4"))
    assert shelf.names() == [part.name]
    assert len(catalog) == 0


async def test_an_unfinished_video_is_saved_if_anything_of_it_plays(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    def salvage(part: Path) -> bool:
        if capture(3).id in part.name:
            raise LookupError("bug")
        return capture(1).id in part.name

    shelf.folder.mkdir()
    parts = [shelf.folder / f".{capture(number).id}.mp4.part" for number in (1, 2, 3)]
    for part in parts:
        write_clip(part, comment="vizy kind=motion group=m1")
    catalog = await shelf.open(salvage=salvage)
    (saved,) = catalog.latest()
    assert (saved.id, saved.kind, saved.duration_s) == (capture(1).id, "motion", 2.0)
    assert shelf.names() == [f"{capture(1).id}.mp4"]
    assert (shelf.folder / "damaged" / parts[2].name.removeprefix(".")).exists()
    assert "saved the video" in caplog.text


async def test_an_unfinished_video_that_is_no_use_in_part_is_deleted(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    part = Files(shelf.folder).part(capture(1).id, "video/mp4", is_saved=False)
    write_clip(part, comment="vizy kind=movie group=m1")
    catalog = await shelf.open(salvage=lambda part: True)
    assert len(catalog) == 0
    assert shelf.names() == []


async def test_protected_captures_are_not_deleted_and_are_named(shelf: Shelf) -> None:
    shelf.write(range(3))
    catalog = await shelf.open()
    await catalog.update([capture(1).id], protected=True)
    with pytest.raises(ProtectedError, match=f"protected: {capture(1).id}: nothing was deleted"):
        await catalog.delete([capture(0).id, capture(1).id])
    assert len(catalog) == 3
    await catalog.update([capture(1).id], protected=False)
    await catalog.delete([capture(0).id, capture(1).id])
    assert len(catalog) == 1


@pytest.mark.parametrize("change", ["update", "delete", "restore"])
async def test_a_change_of_several_is_made_of_all_or_none(shelf: Shelf, change: str) -> None:
    shelf.write(range(2))
    catalog = await shelf.open()
    changes = {
        "update": lambda ids: catalog.update(ids, protected=True, tags=["x"]),
        "delete": catalog.delete,
        "restore": catalog.restore,
    }
    with pytest.raises(NotFoundError, match="there is no capture nonsense"):
        await changes[change]([capture(0).id, "nonsense"])
    assert catalog.latest() == (capture(1), capture(0))


async def test_what_was_deleted_is_in_no_list_and_comes_back_as_it_was(shelf: Shelf) -> None:
    shelf.write(range(2))
    catalog = await shelf.open()
    await catalog.update([capture(1).id], tags=["owl"])
    (deleted,) = await catalog.delete([capture(1).id])
    assert deleted.tags == ("owl",)
    assert catalog.latest() == (capture(0),)
    page = await catalog.page(ListCaptures())
    assert (page.items, page.count) == ((capture(0),), 1)
    with pytest.raises(NotFoundError):
        await catalog.get(capture(1).id)
    with pytest.raises(NotFoundError):
        await catalog.update([capture(1).id], tags=[])
    assert await catalog.restore([capture(1).id]) == (deleted,)
    assert catalog.latest() == (deleted, capture(0))


async def test_purging_removes_all_files_of_a_capture_and_no_other(shelf: Shelf) -> None:
    shelf.write(range(2))
    (shelf.folder / f"{capture(1).id}.dng").write_bytes(b"raw")
    (shelf.folder / "thumbnails").mkdir()
    (shelf.folder / "thumbnails" / f"{capture(1).id}.jpg").touch()
    catalog = await shelf.open()
    (gone,) = await catalog.purge([capture(1).id], deleted=False)
    assert gone.raw_bytes == 3
    assert shelf.names() == [f"{capture(0).id}.jpg"]
    assert not list((shelf.folder / "thumbnails").iterdir())
    assert catalog.latest() == (capture(0),)


async def test_purging_passes_over_what_was_protected_or_restored_meanwhile(shelf: Shelf) -> None:
    shelf.write(range(2))
    catalog = await shelf.open()
    await catalog.update([capture(1).id], protected=True)
    assert await catalog.purge([capture(1).id], deleted=False) == ()
    assert await catalog.purge([capture(0).id], deleted=True) == ()
    assert len(shelf.names()) == 2
