"""The System page: the verdict first, and everything also while the camera process is away."""

from pathlib import Path

from dash._utils import to_json

from tests.web.fakes import FakeDevice, parts_of
from web.pages.system import SystemPage


async def test_the_page_tells_how_everything_does(tmp_path: Path) -> None:
    page = SystemPage(parts_of(FakeDevice(tmp_path)))
    told = to_json(await page.look(None))
    assert told.index("All is well.") < told.index("Device") < told.index("Camera process")
    for text in ("50.0 MB", "33 % of the disk is used", "msgspec"):
        assert text in told
    drawn = to_json(page.layout())
    for text in ("log-lines", "restart-hardware", "vizy-support.zip", "POWER OFF"):
        assert text in drawn


async def test_the_page_tells_what_is_known_while_the_camera_process_is_away(
    tmp_path: Path,
) -> None:
    device = FakeDevice(tmp_path)
    device.go_away()
    told = to_json(await SystemPage(parts_of(device)).look(1))
    assert "The camera process is away" in told
    assert "not known while the camera process is away" in told


def test_nothing_of_it_is_pushed_to_everybody(tmp_path: Path) -> None:
    assert SystemPage(parts_of(FakeDevice(tmp_path))).mods() == []
