"""The index of all captures: one answer for ten thousand."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hardware.captures.rows import Rows
from tests.hardware.test_catalog import Shelf, capture
from vizy.errors import InvalidValueError
from vizy.messages import IndexCaptures


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    shelf = Shelf(tmp_path / "captures")
    yield shelf
    await shelf.close()


async def test_a_time_that_cannot_be_understood_is_refused(shelf: Shelf) -> None:
    catalog = await shelf.open()
    with pytest.raises(InvalidValueError, match="since="):
        await catalog.index(IndexCaptures(since="yesterday"))


async def test_ten_thousand_are_one_answer_of_a_message_s_size(shelf: Shelf) -> None:
    catalog = await shelf.open()

    def fill(rows: Rows) -> None:
        for number in range(10_000):
            rows.put(capture(number))

    await catalog.tell(fill)
    index = await catalog.index(IndexCaptures())
    assert (len(index.lines), index.count, index.next) == (10_000, 10_000, None)
    assert len(msgspec.json.encode(index)) < 800_000
