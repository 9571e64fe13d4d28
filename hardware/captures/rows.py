"""`Rows`: the catalog's tables in SQLite, and every statement that touches them.

On the catalog's thread, on a connection that `hardware.captures.schema` opened. It knows nothing of
files and mends nothing: `sqlite3.Error` goes up to `hardware.captures.ledger`, which knows what to
do about it. An id sorts by time, so the primary key is the order of all lists.
"""

import json
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from hardware.captures.names import created, first_id, taken
from vizy.errors import InvalidValueError
from vizy.messages import CaptureIndex, CaptureLine, CapturePage, IndexCaptures, ListCaptures
from vizy.state import Capture, Size

LATEST = 24
_BATCH = 500  # ids in one statement; SQLite takes 999 even where it is old
_FILE_COLUMNS = "id, media_type, bytes, raw_bytes, width, height, kind, grp, duration_s"
_TAGS = "(SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE of = id ORDER BY place))"
_COLUMNS = f"{_FILE_COLUMNS}, protected, {_TAGS}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What the state says of the captures."""

    count: int = 0
    latest: tuple[Capture, ...] = ()
    deleted: int = 0


class OnDisk(NamedTuple):
    """What the folder must show for a row to be true."""

    media_type: str
    bytes: int
    raw_bytes: int
    is_protected: bool
    is_deleted: bool


class Rows:
    """The rows of one connection.

    Args:
        connection: With the schema in it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> sqlite3.Connection:
        """For backups from one to the other."""
        return self._connection

    def close(self) -> None:
        """Close the connection; what was committed is in the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Generator[None]:
        """Make what is written inside one step: all of it is durable, or none of it happened."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def summary(self) -> Summary:
        """Return how many there are and the newest."""
        count, deleted = self._connection.execute(
            "SELECT (SELECT count(*) FROM captures WHERE deleted = 0),"
            " (SELECT count(*) FROM captures WHERE deleted = 1)"
        ).fetchone()
        latest = self._select("WHERE deleted = 0 ORDER BY id DESC LIMIT ?", (LATEST,))
        return Summary(count, tuple(latest), deleted)

    def get(self, identity: str) -> Capture | None:
        """Return a capture that is not deleted."""
        return next(iter(self._select("WHERE id = ? AND deleted = 0", (identity,))), None)

    def page(self, asked: ListCaptures) -> CapturePage:
        """Return a page; ``count`` is of all that the filters let through.

        Raises:
            InvalidValueError: A time cannot be understood.
        """
        where = _narrowed(asked)
        count = self._count(where)
        where.narrow("id < ?", asked.before)
        found = self._select(
            f"WHERE {where} ORDER BY id DESC LIMIT ?", (*where.values, asked.limit + 1)
        )
        items = tuple(found[: asked.limit])
        return CapturePage(items, count, items[-1].id if len(found) > asked.limit else None)

    def index(self, asked: IndexCaptures) -> CaptureIndex:
        """Return a part of the index; ``count`` is of all that the filters let through.

        Raises:
            InvalidValueError: A time cannot be understood.
        """
        where = _narrowed(asked)
        where.narrow("protected = ?", asked.protected)
        count = self._count(where)
        where.narrow("id < ?", asked.before)
        where.narrow("id > ?", asked.after)
        rows = self._connection.execute(
            "SELECT id, kind, width, height, duration_s, protected FROM captures"
            f" WHERE {where} ORDER BY id DESC LIMIT ?",
            (*where.values, asked.limit + 1),
        ).fetchall()
        lines = tuple(
            CaptureLine(identity, kind, width, height, duration_s, bool(protected))
            for identity, kind, width, height, duration_s, protected in rows[: asked.limit]
        )
        return CaptureIndex(lines, count, lines[-1].id if len(rows) > asked.limit else None)

    def pictures(self, group: str) -> list[str]:
        """Return the ids of a job's pictures, in the order they were taken."""
        rows = self._connection.execute(
            "SELECT id FROM captures"
            " WHERE deleted = 0 AND grp = ? AND media_type = 'image/jpeg' ORDER BY id",
            (group,),
        )
        return [identity for (identity,) in rows]

    def find(self, ids: Sequence[str], *, deleted: bool | None = False) -> dict[str, Capture]:
        """Return those of the ids that there are; ``deleted`` None: whether deleted or not."""
        condition = "" if deleted is None else f" AND deleted = {int(deleted)}"
        found: dict[str, Capture] = {}
        for batch in _batches(ids):
            some = self._select(f"WHERE id IN ({_marks(batch)}){condition}", batch)
            found |= {capture.id: capture for capture in some}
        return found

    def known(self) -> dict[str, OnDisk]:
        """Return what the folder should hold, by id."""
        rows = self._connection.execute(
            "SELECT id, media_type, bytes, raw_bytes, protected, deleted FROM captures"
        )
        return {
            identity: OnDisk(media_type, size, raw, bool(protected), bool(deleted))
            for identity, media_type, size, raw, protected, deleted in rows
        }

    def put(self, capture: Capture) -> None:
        """Add a capture; of one that there is, take what its files say."""
        names = _FILE_COLUMNS.split(", ")
        self._connection.execute(
            f"INSERT INTO captures ({_FILE_COLUMNS}, protected, dated)"
            f" VALUES ({_marks(names)}, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in names[1:]),
            (
                capture.id,
                capture.media_type,
                capture.bytes,
                capture.raw_bytes,
                capture.size.width,
                capture.size.height,
                capture.kind,
                capture.group,
                capture.duration_s,
                capture.protected,
                taken(capture.id).timestamp(),
            ),
        )

    def protect(self, ids: Sequence[str], protected: bool) -> None:
        """Protect captures or end that."""
        self._set("protected", protected, ids)

    def tag(self, ids: Sequence[str], tags: Sequence[str]) -> None:
        """Give captures these tags in place of those they had."""
        for identity in ids:
            self._connection.execute("DELETE FROM tags WHERE of = ?", (identity,))
            self._connection.executemany(
                "INSERT INTO tags VALUES (?, ?, ?)",
                [(identity, place, tag) for place, tag in enumerate(tags)],
            )

    def delete(self, ids: Sequence[str], deleted: bool) -> None:
        """Delete captures in a way that can be undone, or undo it."""
        self._set("deleted", deleted, ids)

    def forget(self, ids: Sequence[str]) -> None:
        """Remove rows for good."""
        for batch in _batches(ids):
            self._connection.execute(f"DELETE FROM captures WHERE id IN ({_marks(batch)})", batch)

    def deleted(self) -> tuple[str, ...]:
        """Return the ids of what can be restored, oldest first."""
        rows = self._connection.execute("SELECT id FROM captures WHERE deleted = 1 ORDER BY id")
        return tuple(identity for (identity,) in rows)

    def total_bytes(self) -> int:
        """Return how much all captures take that are not deleted."""
        (total,) = self._connection.execute(
            "SELECT total(bytes + raw_bytes) FROM captures WHERE deleted = 0"
        ).fetchone()
        return int(total)

    def oldest(self, enough_bytes: int, most: int) -> tuple[Capture, ...]:
        """Return the oldest that may go, so many as free that much, or ``most``."""
        found: list[Capture] = []
        left = enough_bytes
        for capture in self._select(
            "WHERE deleted = 0 AND NOT protected ORDER BY id LIMIT ?", (most,)
        ):
            if left <= 0:
                break
            found.append(capture)
            left -= capture.bytes + capture.raw_bytes
        return tuple(found)

    def dated_before(self, limit_s: float, most: int) -> tuple[Capture, ...]:
        """Return the oldest that may go and were taken before a time, in seconds since 1970."""
        return tuple(
            self._select(
                "WHERE deleted = 0 AND NOT protected AND dated < ? ORDER BY id LIMIT ?",
                (limit_s, most),
            )
        )

    def last_row(self) -> int:
        """Return the number of the newest row; rows that come later have greater ones."""
        (last,) = self._connection.execute("SELECT max(rowid) FROM captures").fetchone()
        return last or 0

    def shift_dates(self, after_row: int, seconds: float) -> None:
        """Mend when captures were taken that a wrong clock dated."""
        self._connection.execute(
            "UPDATE captures SET dated = dated + ? WHERE rowid > ?", (seconds, after_row)
        )

    def newest_date(self) -> float | None:
        """Return when the newest capture was taken, in seconds since 1970."""
        (newest,) = self._connection.execute("SELECT max(dated) FROM captures").fetchone()
        return cast("float | None", newest)

    def is_marked(self, name: str) -> bool:
        """Tell whether a fact is there."""
        found = self._connection.execute("SELECT 1 FROM marks WHERE name = ?", (name,))
        return found.fetchone() is not None

    def mark(self, name: str, there: bool) -> None:
        """Remember that a fact is there or not."""
        statement = (
            "INSERT OR IGNORE INTO marks VALUES (?)"
            if there
            else ("DELETE FROM marks WHERE name = ?")
        )
        self._connection.execute(statement, (name,))

    def _select(self, rest: str, values: Sequence[Any]) -> list[Capture]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM captures {rest}", values)
        return [_capture(row) for row in rows.fetchall()]

    def _count(self, where: "_Where") -> int:
        (count,) = self._connection.execute(
            f"SELECT count(*) FROM captures WHERE {where}", where.values
        ).fetchone()
        return count

    def _set(self, column: str, value: bool, ids: Sequence[str]) -> None:
        for batch in _batches(ids):
            self._connection.execute(
                f"UPDATE captures SET {column} = ? WHERE id IN ({_marks(batch)})", (value, *batch)
            )


class _Where:
    """The conditions of a list; those of None are left out."""

    def __init__(self, condition: str) -> None:
        self._conditions = [condition]
        self.values: list[str | bool] = []

    def narrow(self, condition: str, value: str | bool | None) -> None:
        """Add a condition on a value."""
        if value is not None:
            self._conditions.append(condition)
            self.values.append(value)

    def __str__(self) -> str:
        """Write it as SQL."""
        return " AND ".join(self._conditions)


def _narrowed(asked: ListCaptures | IndexCaptures) -> _Where:
    where = _Where("deleted = 0")
    where.narrow("kind = ?", asked.kind)
    where.narrow("grp = ?", asked.group)
    where.narrow("id IN (SELECT of FROM tags WHERE tag = ?)", asked.tag)
    where.narrow("id >= ?", _bound("since", asked.since))
    where.narrow("id < ?", _bound("until", asked.until))
    return where


def _bound(name: str, text: str | None) -> str | None:
    """Return the first id from a time on.

    Raises:
        InvalidValueError: The time cannot be understood or has no time zone.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return first_id(moment)
        why = "has no time zone"
    except (ValueError, OverflowError):
        why = "is no time"
    raise InvalidValueError(f"{name}={text[:40]!r} {why}: write it as 2026-11-21T12:00:00Z")


def _capture(row: Sequence[Any]) -> Capture:
    identity, media_type, size, raw, width, height, kind, group, duration_s, protected, tags = row
    return Capture(
        id=identity,
        created=created(identity),
        bytes=size,
        size=Size(width, height),
        media_type=media_type,
        kind=kind,
        group=group,
        duration_s=duration_s,
        raw_bytes=raw,
        protected=bool(protected),
        tags=tuple(json.loads(tags)),
    )


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
