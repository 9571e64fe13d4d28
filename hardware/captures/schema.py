"""The catalog's tables, and opening a file that has them, whole and of this version.

On the catalog's thread. It tells damage from a disk that refuses by what it raises, and mends
neither.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from hardware.captures.rows import Rows

Connect = Callable[[str], sqlite3.Connection]

VERSION = 1
_SCHEMA = f"""
CREATE TABLE captures (
    id TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    kind TEXT NOT NULL,
    grp TEXT NOT NULL,
    duration_s REAL NOT NULL,
    protected INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    dated REAL NOT NULL
);
CREATE TABLE tags (
    of TEXT NOT NULL REFERENCES captures (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (of, place)
) WITHOUT ROWID;
CREATE TABLE marks (name TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX by_state ON captures (deleted, id);
CREATE INDEX by_kind ON captures (kind, deleted, id);
CREATE INDEX by_group ON captures (grp, deleted, id);
CREATE INDEX by_tag ON tags (tag, of);
PRAGMA user_version = {VERSION};
"""
"""``dated``: when it was taken, in seconds since 1970, mended when the clock turns out to have been
wrong; ``marks``: facts that are there or not."""


def connect(path: Path | None, opened: Connect) -> Rows:
    """Open a catalog, or make one where there is none.

    Args:
        path: Its file; None: in memory.
        opened: Opens the connection; tests inject a disk that fails.

    Raises:
        sqlite3.DatabaseError: It is damaged, or is no catalog of this version.
        sqlite3.OperationalError: The disk refused.
    """
    connection = opened(":memory:" if path is None else str(path))
    try:
        # One process and one connection use it: no index is shared, so there is no file for it.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        rows = Rows(connection)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables and version == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT;")
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        rows.summary()
        rows.known()
        rows.is_marked("")
        rows.newest_date()
    except (ValueError, TypeError) as error:
        connection.close()
        raise sqlite3.DatabaseError(f"its rows make no sense: {error}") from error
    except BaseException:
        connection.close()
        raise
    return rows
