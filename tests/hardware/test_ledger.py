"""What happens to ``catalog.db`` costs no capture: damaged, unwritable, exchanged, gone."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.captures import Catalog
from hardware.captures.ledger import open_connection
from hardware.store import StateStore
from tests.hardware.states import first_store
from tests.hardware.test_catalog import JPEG, capture
from vizy.errors import StorageError
from vizy.messages import ListCaptures

FULL = sqlite3.SQLITE_FULL
IO_ERROR = sqlite3.SQLITE_IOERR_FSYNC


class Sick(sqlite3.Connection):
    """A connection to a file on a disk that fails when it is told to."""

    code = 0
    fails_on = ""
    is_file = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._suffer(sql)
        return super().execute(sql, *values)

    def executescript(self, sql: str) -> sqlite3.Cursor:
        self._suffer(sql)
        return super().executescript(sql)

    def _suffer(self, sql: str) -> None:
        if self.code and self.is_file and self.fails_on in sql:
            error = sqlite3.OperationalError("the disk said no")
            error.sqlite_errorcode = self.code
            raise error


class Disk:
    """Opens connections that fail on demand."""

    def __init__(self) -> None:
        self.kind = type("Mine", (Sick,), {})

    def __call__(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(name, isolation_level=None, factory=self.kind)
        connection.is_file = name != ":memory:"  # type: ignore[attr-defined]
        return connection

    def fail(self, code: int, on: str = "") -> None:
        self.kind.code, self.kind.fails_on = code, on

    def recover(self) -> None:
        self.kind.code = 0


class Place:
    """A folder with captures, and the catalog of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Disk()
        self.file = folder / "catalog.db"
        self.store: StateStore = first_store()
        self.catalog: Catalog | None = None

    async def open(self) -> Catalog:
        await self.close()
        self.catalog = Catalog(self.folder, self.store, connect=self.disk)
        await self.catalog.open()
        return self.catalog

    async def close(self) -> None:
        catalog, self.catalog = self.catalog, None
        if catalog is not None:
            await catalog.close()

    def write(self, *numbers: int) -> None:
        self.folder.mkdir(exist_ok=True)
        for number in numbers:
            (self.folder / f"{capture(number).id}.jpg").write_bytes(JPEG)

    def is_right(self) -> bool:
        """Whether the file on the disk can be read by anybody and is whole."""
        with open_connection(str(self.file)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
        return bool(verdict == ("ok",))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "captures")
    place.write(0, 1, 2)
    yield place
    place.disk.recover()
    await place.close()


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 + 100)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def scramble(file: Path) -> None:
    file.write_bytes(os.urandom(20_000))


def scramble_the_middle(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)


def change_schema(file: Path) -> None:
    with open_connection(str(file)) as connection:
        connection.execute("ALTER TABLE captures RENAME COLUMN grp TO team")
    connection.close()


def come_from_the_future(file: Path) -> None:
    with open_connection(str(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def hold_nonsense(file: Path) -> None:
    with open_connection(str(file)) as connection:
        connection.execute("UPDATE captures SET id = 'nonsense' WHERE rowid = 1")
    connection.close()


def be_somebody_elses(file: Path) -> None:
    file.unlink()
    with open_connection(str(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()


def be_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "something").touch()


DAMAGES: list[Callable[[Path], None]] = [
    truncate,
    scramble,
    scramble_the_middle,
    change_schema,
    come_from_the_future,
    hold_nonsense,
    be_somebody_elses,
    be_a_folder,
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_catalog_is_kept_aside_and_made_anew(
    place: Place, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):  # the second time, something is kept aside already
        await place.open()
        await place.close()
        damage(place.file)
        catalog = await place.open()
        assert catalog.latest() == (capture(2), capture(1), capture(0))
        assert (place.folder / "catalog.db.damaged").exists()
        assert "is damaged, kept as catalog.db.damaged" in caplog.text
        await place.close()
        assert place.is_right()


async def test_an_empty_catalog_is_filled_again(place: Place) -> None:
    await place.open()
    await place.close()
    empty(place.file)
    assert len(await place.open()) == 3


async def test_a_journal_that_was_torn_costs_nothing(place: Place) -> None:
    await place.open()
    await place.close()
    (place.folder / "catalog.db-wal").write_bytes(os.urandom(9000))
    assert len(await place.open()) == 3


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB])
async def test_damage_that_shows_while_it_runs_is_mended_at_once(
    place: Place, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = await place.open()
    place.write(3)
    healthy = place.disk.kind._suffer

    def once(self: Sick, sql: str) -> None:
        place.disk.kind._suffer = healthy  # type: ignore[method-assign]
        error = sqlite3.DatabaseError("malformed")
        error.sqlite_errorcode = code
        raise error

    place.disk.kind._suffer = once  # type: ignore[method-assign]
    page = await catalog.page(ListCaptures())
    assert [each.id for each in page.items] == [capture(n).id for n in (3, 2, 1, 0)]
    assert place.store.state.captures.count == 4, "what was found on the way is announced"
    assert "kept as catalog.db.damaged" in caplog.text


@pytest.mark.parametrize("code", [FULL, IO_ERROR, sqlite3.SQLITE_READONLY])
async def test_a_row_that_cannot_be_written_hides_no_capture(
    place: Place, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = await place.open()
    place.write(3)
    place.disk.fail(code, "COMMIT")
    await catalog.add(capture(3))
    assert place.store.state.captures.latest[0] == capture(3)
    assert (await catalog.get(capture(3).id)).capture == capture(3)
    await catalog.update([capture(0).id], tags=["owl"])
    assert (await catalog.page(ListCaptures(tag="owl"))).count == 1
    assert "listed from memory until it can: the disk said no" in caplog.text

    place.disk.recover()
    place.write(4)
    await catalog.add(capture(4))
    assert "can be written again" in caplog.text
    await place.close()
    assert place.is_right()
    catalog = await place.open()
    assert len(catalog) == 5
    assert (await catalog.page(ListCaptures(tag="owl"))).count == 1


async def test_what_was_in_memory_when_the_power_went_is_found_in_the_folder(place: Place) -> None:
    catalog = await place.open()
    place.write(3)
    place.disk.fail(FULL, "COMMIT")
    await catalog.add(capture(3))
    await place.close()
    place.disk.recover()
    assert (await place.open()).latest()[0] == capture(3)


@pytest.mark.parametrize("on", ["", "PRAGMA journal_mode", "BEGIN", "COMMIT", "INSERT"])
@pytest.mark.parametrize("code", [FULL, IO_ERROR])
async def test_a_full_or_failing_disk_hinders_no_start(place: Place, on: str, code: int) -> None:
    place.disk.fail(code, on)
    catalog = await place.open()
    assert catalog.latest() == (capture(2), capture(1), capture(0))
    await catalog.delete([capture(0).id])
    assert await catalog.purge([capture(0).id], deleted=True)
    assert not (place.folder / f"{capture(0).id}.jpg").exists()


async def test_a_disk_that_cannot_even_be_read_leaves_what_the_folder_says(place: Place) -> None:
    catalog = await place.open()
    place.disk.fail(IO_ERROR)
    assert (await catalog.page(ListCaptures())).count == 3


async def test_a_folder_that_vanishes_is_named_and_read_again_once_it_is_back(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = await place.open()
    shutil.rmtree(place.folder)
    for ask in (catalog.get(capture(0).id), catalog.page(ListCaptures()), catalog.add(capture(3))):
        with pytest.raises(StorageError, match="is not there: check the disk it is on"):
            await ask
    place.write(7)
    assert [each.id for each in (await catalog.page(ListCaptures())).items] == [capture(7).id]
    assert place.store.state.captures.latest == (capture(7),)
    assert "was exchanged or removed" in caplog.text
    await place.close()
    assert place.is_right()


async def test_a_disk_that_does_not_answer_costs_the_caller_its_time_and_no_more(
    tmp_path: Path,
) -> None:
    import threading

    gate = threading.Event()
    catalog = Catalog(tmp_path, first_store(), deadline_s=0.05)
    await catalog.open()
    (tmp_path / f"{capture(0).id}.jpg").write_bytes(JPEG)
    blocked = catalog.ask(lambda _: gate.wait(30))
    with pytest.raises(StorageError, match=r"has not answered within 0\.05 s"):
        await blocked
    with pytest.raises(StorageError):
        await catalog.add(capture(0))
    gate.set()
    await catalog.close()
    again = Catalog(tmp_path, first_store())
    await again.open()
    assert len(again) == 1
    await again.close()
