"""What a picture says of itself, as the API says it."""

from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import FakeDevice, parts_of
from web.api import endpoints
from web.api.mount import mount
from web.problems import install_problems


@pytest.fixture
def device(tmp_path: Path) -> FakeDevice:
    return FakeDevice(tmp_path)


@pytest.fixture
def client(device: FakeDevice) -> Client:
    app = Quart(__name__)
    install_problems(app)
    app.register_blueprint(mount(endpoints(parts_of(device))))
    return app.test_client()


async def facts(client: Client, identity: str) -> dict[str, str]:
    answer = await client.get(f"/api/v1/captures/{identity}/exif")
    assert answer.status_code == 200
    return {fact["name"]: fact["value"] for fact in (await answer.get_json())["items"]}


async def test_exposure_camera_and_place_are_in_words(client: Client, device: FakeDevice) -> None:
    capture = await device.capture()
    tags = Image.Exif()
    tags[Base.Make], tags[Base.Model] = "Raspberry Pi", "imx219"
    more, place = tags.get_ifd(IFD.Exif), tags.get_ifd(IFD.GPSInfo)
    more[Base.ExposureTime], more[Base.ISOSpeedRatings] = 0.004, 200
    more[Base.FNumber], more[Base.ExposureBiasValue] = 2.0, -0.5
    place[GPS.GPSLatitudeRef], place[GPS.GPSLatitude] = "N", (46.0, 57.0, 3.6)
    place[GPS.GPSLongitudeRef], place[GPS.GPSLongitude] = "E", (7.0, 26.0, 0.0)
    Image.new("RGB", (8, 8)).save(device.folder / f"{capture.id}.jpg", exif=tags)
    assert await facts(client, capture.id) == {
        "Camera": "Raspberry Pi imx219",
        "Exposure": "1/250 s",
        "ISO": "200",
        "Aperture": "f/2",
        "Compensation": "-0.5 EV",
        "Place": "46.95100° N, 7.43333° E",
    }


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (1 / 3, "1/3 s"), (12.0, "12 s"), (1 / 8000, "1/8000 s")]
)
async def test_an_exposure_is_written_as_on_a_camera(
    client: Client, device: FakeDevice, seconds: float, text: str
) -> None:
    capture = await device.capture()
    tags = Image.Exif()
    tags.get_ifd(IFD.Exif)[Base.ExposureTime] = seconds
    Image.new("RGB", (8, 8)).save(device.folder / f"{capture.id}.jpg", exif=tags)
    assert (await facts(client, capture.id))["Exposure"] == text


async def test_a_video_and_a_picture_without_exif_say_nothing(
    client: Client, device: FakeDevice
) -> None:
    capture = await device.capture()
    Image.new("RGB", (8, 8)).save(device.folder / f"{capture.id}.jpg")
    assert await facts(client, capture.id) == {}
    assert await facts(client, device.add_video(b"mp4").id) == {}


async def test_a_file_that_is_damaged_or_gone_is_a_problem(
    client: Client, device: FakeDevice
) -> None:
    capture = await device.capture()
    path = device.folder / f"{capture.id}.jpg"
    path.write_bytes(b"no picture")
    assert (await client.get(f"/api/v1/captures/{capture.id}/exif")).status_code == 500
    path.unlink()
    assert (await client.get(f"/api/v1/captures/{capture.id}/exif")).status_code == 404
