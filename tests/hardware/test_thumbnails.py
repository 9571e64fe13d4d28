from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.captures import Catalog, Thumbnails
from tests.hardware.clips import write_clip
from tests.hardware.states import first_store
from vizy.errors import NotFoundError, StorageError
from vizy.state import Capture, Size

ID = "20261121T020304_005Z-00ff"
VIDEO = "20261121T020304_005Z-0100"


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[Catalog]:
    catalog = Catalog(tmp_path, first_store())
    await catalog.open()
    pixels = np.zeros((2464, 3280, 3), np.uint8)
    pixels[:, 1640:] = 255
    jpeg = simplejpeg.encode_jpeg(pixels)
    catalog.path(ID).write_bytes(jpeg)
    await catalog.add(Capture(id=ID, created="", bytes=len(jpeg), size=Size(3280, 2464)))
    yield catalog
    await catalog.close()


async def test_a_thumbnail_is_small_and_shows_the_same_picture(catalog: Catalog) -> None:
    thumbnails = Thumbnails(catalog)
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


async def test_it_is_made_once_and_made_again_when_lost(catalog: Catalog) -> None:
    thumbnails = Thumbnails(catalog)
    thumbnails.open()
    path = Path((await thumbnails.get(ID)).path)
    path.write_bytes(b"kept")
    await thumbnails.get(ID)
    assert path.read_bytes() == b"kept"
    path.unlink()
    await thumbnails.get(ID)
    assert path.read_bytes() != b"kept"
    thumbnails.close()


async def test_no_capture_has_no_thumbnail(catalog: Catalog) -> None:
    thumbnails = Thumbnails(catalog)
    thumbnails.open()
    with pytest.raises(NotFoundError, match="no capture"):
        await thumbnails.get("../../etc/passwd")
    catalog.path(ID).write_bytes(b"damaged since")
    with pytest.raises(StorageError, match=f"{ID}.jpg cannot be read"):
        await thumbnails.get(ID)
    thumbnails.close()


async def test_that_of_a_video_is_its_first_frame(catalog: Catalog) -> None:
    thumbnails = Thumbnails(catalog)
    thumbnails.open()
    write_clip(catalog.path(VIDEO, "video/mp4"))
    video = Capture(
        id=VIDEO, created="", bytes=1, size=Size(640, 48), media_type="video/mp4", duration_s=2
    )
    await catalog.add(video)
    found = await thumbnails.get(VIDEO)
    assert found.capture.media_type == "video/mp4"
    assert found.path.endswith(f"thumbnails/{VIDEO}.jpg")
    pixels = simplejpeg.decode_jpeg(Path(found.path).read_bytes())
    assert pixels.shape == (24, 320, 3)
    assert pixels[:, 5].mean() < 20
    assert pixels[:, -5].mean() > 235
    thumbnails.close()


async def test_a_video_without_a_picture_has_none(catalog: Catalog) -> None:
    thumbnails = Thumbnails(catalog)
    thumbnails.open()
    catalog.path(VIDEO, "video/mp4").write_bytes(bytes(5000))
    video = Capture(id=VIDEO, created="", bytes=1, size=Size(640, 48), media_type="video/mp4")
    await catalog.add(video)
    with pytest.raises(StorageError, match=f"{VIDEO}.mp4 cannot be read"):
        await thumbnails.get(VIDEO)
    thumbnails.close()
