"""The library: the folder is the truth, ids lead to files and nothing else does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.captures.library import CaptureLibrary, capture_id, created
from vizy.errors import NotFoundError, StorageError
from vizy.state import Capture, Size

NOON = datetime(2026, 11, 21, 12, 0, 0, 7000, tzinfo=UTC)
JPEG = simplejpeg.encode_jpeg(np.zeros((24, 32, 3), np.uint8))


def capture(number: int) -> Capture:
    identity = capture_id(NOON + timedelta(seconds=number), "00ff")
    return Capture(id=identity, created=created(identity), bytes=1, size=Size(32, 24))


def opened(folder: Path) -> CaptureLibrary:
    library = CaptureLibrary(folder)
    library.open()
    return library


def test_an_id_says_when_in_utc_and_fits_a_url() -> None:
    in_paris = NOON.astimezone(tz=None)
    assert capture_id(in_paris, "beef") == "20261121T120000_007Z-beef"
    assert created("20261121T120000_007Z-beef") == "2026-11-21T12:00:00.007Z"


def test_a_new_id_is_never_one_that_exists(tmp_path: Path) -> None:
    library = opened(tmp_path)
    library.add(capture(0))
    draws = iter(["00ff", "00ff", "0100"])
    assert library.new_id(NOON, lambda: next(draws)) == capture_id(NOON, "0100")


def test_the_folder_is_read_at_the_start(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{capture(number).id}.jpg").write_bytes(JPEG)
    library = opened(tmp_path)
    assert len(library) == 3
    newest = library.latest(24)[0]
    assert newest.id == capture(2).id
    assert newest.size == Size(32, 24)
    assert newest.bytes == len(JPEG)
    assert newest.created == "2026-11-21T12:00:02.007Z"


def test_leftovers_of_a_kill_are_removed_and_foreign_files_stay(tmp_path: Path) -> None:
    (tmp_path / f".{capture(1).id}.jpg.12345678.part").write_bytes(JPEG[:100])
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    assert len(opened(tmp_path)) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday.jpg"]


@pytest.mark.parametrize(
    "content",
    [b"", JPEG[:-2], JPEG[: len(JPEG) // 2], b"\0" * 5000, b"\0" * 500 + b"\xff\xd9", b"\xff\xd9"],
)
def test_a_damaged_file_is_set_aside_with_a_warning(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"{capture(1).id}.jpg").write_bytes(content)
    (tmp_path / f"{capture(2).id}.jpg").write_bytes(JPEG)
    assert [each.id for each in opened(tmp_path).latest(9)] == [capture(2).id]
    assert (tmp_path / "damaged" / f"{capture(1).id}.jpg").read_bytes() == content
    assert "is no whole JPEG" in caplog.text


def test_pages_are_newest_first_and_meet_without_gap_or_overlap(tmp_path: Path) -> None:
    library = opened(tmp_path)
    for number in (3, 0, 4, 1, 2):
        library.add(capture(number))
    page = library.page(2, None)
    seen = [each.id for each in page.items]
    while page.next is not None:
        assert page.count == 5
        page = library.page(2, page.next)
        seen += [each.id for each in page.items]
    assert seen == [capture(number).id for number in (4, 3, 2, 1, 0)]


def test_a_page_before_an_unknown_id_starts_where_it_would_be(tmp_path: Path) -> None:
    library = opened(tmp_path)
    library.add(capture(0))
    assert library.page(5, "9").items == (capture(0),)
    assert library.page(5, "").items == ()


@pytest.mark.parametrize("identity", ["", "..", "../boot", "a/b", "/etc/passwd", "x" * 9999, "\0"])
def test_only_a_known_id_leads_to_a_file(tmp_path: Path, identity: str) -> None:
    library = opened(tmp_path / "captures")
    with pytest.raises(NotFoundError, match="there is no capture"):
        library.get(identity)


def test_a_known_id_leads_to_its_file(tmp_path: Path) -> None:
    library = opened(tmp_path)
    library.add(capture(1))
    assert library.get(capture(1).id).path == str(tmp_path / f"{capture(1).id}.jpg")


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        opened(tmp_path / "file" / "captures")
