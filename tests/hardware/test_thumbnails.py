from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.captures import CaptureLibrary, Thumbnails
from vizy.errors import NotFoundError, StorageError
from vizy.state import Capture, Size

ID = "20261121T020304_005Z-00ff"


@pytest.fixture
def library(tmp_path: Path) -> CaptureLibrary:
    library = CaptureLibrary(tmp_path)
    library.open()
    pixels = np.zeros((2464, 3280, 3), np.uint8)
    pixels[:, 1640:] = 255
    jpeg = simplejpeg.encode_jpeg(pixels)
    library.path(ID).write_bytes(jpeg)
    library.add(Capture(id=ID, created="", bytes=len(jpeg), size=Size(3280, 2464)))
    return library


async def test_a_thumbnail_is_small_and_shows_the_same_picture(library: CaptureLibrary) -> None:
    thumbnails = Thumbnails(library)
    thumbnails.open()
    found = await thumbnails.get(ID)
    data = Path(found.path).read_bytes()
    pixels = simplejpeg.decode_jpeg(data)
    assert 320 <= pixels.shape[1] < 700
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(3280 / 2464, abs=0.02)
    assert pixels[:, 5].mean() < 10
    assert pixels[:, -5].mean() > 245
    assert len(data) < 40_000
    thumbnails.close()


async def test_it_is_made_once_and_made_again_when_lost(library: CaptureLibrary) -> None:
    thumbnails = Thumbnails(library)
    thumbnails.open()
    path = Path((await thumbnails.get(ID)).path)
    path.write_bytes(b"kept")
    await thumbnails.get(ID)
    assert path.read_bytes() == b"kept"
    path.unlink()
    await thumbnails.get(ID)
    assert path.read_bytes() != b"kept"
    thumbnails.close()


async def test_no_capture_has_no_thumbnail(library: CaptureLibrary) -> None:
    thumbnails = Thumbnails(library)
    thumbnails.open()
    with pytest.raises(NotFoundError, match="no capture"):
        await thumbnails.get("../../etc/passwd")
    library.path(ID).write_bytes(b"damaged since")
    with pytest.raises(StorageError, match=f"{ID}.jpg cannot be read"):
        await thumbnails.get(ID)
    thumbnails.close()
