"""The REST API over a device that stands in for the daemon."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import JPEG, as_json
from tests.web.strict import StrictDevice
from vizy.errors import BusyError, DiskFullError, UnknownControlError
from vizy.messages import CaptureFile

PROBLEM = "application/problem+json"


async def test_state_is_the_whole_state(client: Client, device: StrictDevice) -> None:
    response = await client.get("/api/v1/state")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert await response.get_json() == as_json(device.state)


async def test_a_state_that_the_client_has_is_not_sent_again(
    client: Client, device: StrictDevice
) -> None:
    etag = (await client.get("/api/v1/state")).headers["ETag"]
    again = await client.get("/api/v1/state", headers={"If-None-Match": etag})
    assert (again.status_code, await again.get_data()) == (304, b"")
    await device.set_controls({"Brightness": 0.5})
    changed = await client.get("/api/v1/state", headers={"If-None-Match": etag})
    assert (await changed.get_json())["controls"]["Brightness"] == 0.5


async def test_state_is_a_503_problem_while_the_daemon_is_away(
    client: Client, device: StrictDevice
) -> None:
    device.go_away()
    response = await client.get("/api/v1/state")
    assert response.status_code == 503
    assert response.content_type == PROBLEM
    assert (await response.get_json())["code"] == "device-away"
    assert "Retry-After" in response.headers


async def test_a_control_of_several_numbers_is_a_list(client: Client) -> None:
    response = await client.patch("/api/v1/controls", json={"ScalerCrop": [0, 0, 32, 24]})
    assert (await response.get_json())["controls"]["ScalerCrop"] == [0, 0, 32, 24]
    refused = await client.patch("/api/v1/controls", json={"ScalerCrop": [40, 0, 32, 24]})
    assert refused.status_code == 422
    assert "beyond the right edge at 64" in (await refused.get_json())["detail"]


async def test_focusing_answers_whether_it_is_sharp_or_why_it_cannot_be(
    client: Client, device: StrictDevice
) -> None:
    response = await client.post("/api/v1/focus")
    assert await response.get_json() == {"is_sharp": True}
    device.fail_next(UnknownControlError("Fake has no autofocus"))
    refused = await client.post("/api/v1/focus")
    assert (refused.status_code, refused.content_type) == (422, PROBLEM)


async def test_patched_controls_come_back_in_the_new_state(client: Client) -> None:
    before = (await (await client.get("/api/v1/state")).get_json())["revision"]
    response = await client.patch("/api/v1/controls", json={"Brightness": -0.25, "AeEnable": False})
    state = await response.get_json()
    assert response.status_code == 200
    assert state["revision"] == before + 1
    assert state["controls"]["Brightness"] == -0.25
    assert state["controls"]["AeEnable"] is False


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"Brightness": 1.5}, "invalid-value", ["Brightness=1.5", "maximum", "1.0"]),
        ({"Brightness": "0.5"}, "invalid-value", ["Brightness='0.5'", "a number"]),
        ({"Brightness": 0.5, "Glow": 1}, "unknown-control", ["Glow", "Brightness"]),
    ],
)
async def test_a_refused_value_is_a_422_problem_that_names_the_limit(
    client: Client,
    device: StrictDevice,
    values: dict[str, object],
    code: str,
    words: list[str],
) -> None:
    response = await client.patch("/api/v1/controls", json=values)
    body = await response.get_json()
    assert (response.status_code, response.content_type) == (422, PROBLEM)
    assert body["code"] == code
    assert all(word in body["detail"] for word in words)
    assert device.state is not None
    assert device.state.controls["Brightness"] == 0.0


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"Brightness": 0.5}', "text/plain", 415),
        (b'{"Brightness": ', "application/json", 400),
        (b'{"Brightness": NaN}', "application/json", 400),
        (b'{"Brightness": Infinity}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b"[1]", "application/json", 422),
        (b'{"Brightness": 1e999}', "application/json", 422),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    response = await client.patch(
        "/api/v1/controls", data=body, headers={"Content-Type": content_type}
    )
    assert (response.status_code, response.content_type) == (status, PROBLEM)
    assert (await response.get_json())["detail"]


async def test_a_capture_is_created_listed_and_downloaded(client: Client) -> None:
    response = await client.post("/api/v1/captures")
    capture = await response.get_json()
    assert response.status_code == 201
    assert (await (await client.get(response.headers["Location"])).get_json()) == capture
    listed = await (await client.get("/api/v1/captures")).get_json()
    assert listed == {"items": [capture], "count": 1, "next": None}

    file = await client.get(capture["url"])
    assert await file.get_data() == JPEG
    assert file.content_type == "image/jpeg"
    assert file.headers["Content-Length"] == str(len(JPEG))
    assert file.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert file.headers["Content-Disposition"] == f"inline; filename={capture['id']}.jpg"


async def test_captures_are_listed_page_by_page(client: Client) -> None:
    for _ in range(3):
        await client.post("/api/v1/captures")
    first = await (await client.get("/api/v1/captures?limit=2")).get_json()
    rest = await (await client.get(f"/api/v1/captures?limit=2&before={first['next']}")).get_json()
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), rest["next"]) == (3, None)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "ten", "1.5", "9999999999"])
async def test_a_limit_out_of_range_is_refused(client: Client, limit: str) -> None:
    response = await client.get(f"/api/v1/captures?limit={limit}")
    assert response.status_code == 422
    assert f"limit={limit}" in (await response.get_json())["detail"]


async def test_a_part_of_a_file_can_be_had(client: Client) -> None:
    url = (await (await client.post("/api/v1/captures")).get_json())["url"]
    part = await client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, await part.get_data()) == (206, JPEG[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(JPEG)}"
    for count in (7, len(JPEG), 999_999):
        tail = await client.get(url, headers={"Range": f"bytes=-{count}"})
        assert (tail.status_code, await tail.get_data()) == (206, JPEG[-count:])
    beyond = await client.get(url, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.content_type) == (416, PROBLEM)


async def test_a_video_is_sent_as_one_and_its_thumbnail_as_a_picture(
    client: Client, device: StrictDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = msgspec.structs.replace(await device.capture(), media_type="video/mp4")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"a film")

    async def get(_: str) -> CaptureFile:
        return CaptureFile(video, str(file))

    async def thumbnail(_: str) -> CaptureFile:
        return CaptureFile(video, str(tmp_path / f"{video.id}.jpg"))

    monkeypatch.setattr(device, "get_capture", get)
    monkeypatch.setattr(device, "get_thumbnail", thumbnail)
    whole = await client.get(f"/api/v1/captures/{video.id}/file")
    assert (whole.content_type, await whole.get_data()) == ("video/mp4", b"a film")
    assert "clip.mp4" in whole.headers["Content-Disposition"]
    small = await client.get(f"/api/v1/captures/{video.id}/thumbnail")
    assert (small.content_type, await small.get_data()) == ("image/jpeg", JPEG)


async def test_a_wall_of_new_thumbnails_leaves_the_daemon_free_for_other_calls(
    client: Client, device: StrictDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await device.capture()
    make, most, asked = device.get_thumbnail, 0, 0

    async def slow(capture_id: str) -> CaptureFile:
        nonlocal most, asked
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0.01)
        asked -= 1
        return await make(capture_id)

    monkeypatch.setattr(device, "get_thumbnail", slow)
    url = f"/api/v1/captures/{taken.id}/thumbnail"
    answers = await asyncio.gather(*(client.get(url) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert most == 8, "the daemon takes 32 calls at once"


async def test_a_file_that_the_client_has_is_not_sent_again(client: Client) -> None:
    url = (await (await client.post("/api/v1/captures")).get_json())["url"]
    etag = (await client.get(url)).headers["ETag"]
    assert not etag.startswith("W/")
    assert (await client.get(url, headers={"If-None-Match": etag})).status_code == 304


async def test_a_file_that_somebody_deleted_is_a_404_problem(
    client: Client, tmp_path: Path
) -> None:
    capture = await (await client.post("/api/v1/captures")).get_json()
    (tmp_path / f"{capture['id']}.jpg").unlink()
    response = await client.get(capture["url"])
    assert (response.status_code, response.content_type) == (404, PROBLEM)


@pytest.mark.parametrize(
    "path", ["nope", "nope/file", "..%2F..%2Fetc%2Fpasswd/file", "%2e%2e/file"]
)
async def test_a_capture_that_is_not_there_is_a_404_problem(client: Client, path: str) -> None:
    response = await client.get(f"/api/v1/captures/{path}")
    assert (response.status_code, response.content_type) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("error", "status"),
    [(BusyError("eight captures wait already"), 409), (DiskFullError("1 MiB is left"), 507)],
)
async def test_a_capture_that_cannot_be_taken_says_why(
    client: Client, device: StrictDevice, error: BusyError | DiskFullError, status: int
) -> None:
    device.fail_next(error)
    response = await client.post("/api/v1/captures")
    assert response.status_code == status
    assert (await response.get_json())["detail"] == error.detail


async def test_health_is_ok_with_and_without_the_daemon(
    client: Client, device: StrictDevice
) -> None:
    assert await (await client.get("/healthz")).get_json() == {"status": "ok", "hardware": "ready"}
    device.go_away()
    assert await (await client.get("/healthz")).get_json() == {"status": "ok", "hardware": "away"}


async def test_unknown_paths_and_methods_are_problems(client: Client) -> None:
    missing = await client.get("/api/v1/nothing")
    assert (missing.status_code, missing.content_type) == (404, PROBLEM)
    wrong = await client.delete("/api/v1/state")
    assert (wrong.status_code, wrong.content_type) == (405, PROBLEM)
    assert wrong.headers["Allow"] == "GET, HEAD, OPTIONS"
    unfit = await client.get("/api/v1/controls")
    assert (unfit.status_code, unfit.headers["Allow"]) == (405, "OPTIONS, PATCH")
    page = await client.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")


async def test_an_unexpected_error_is_a_500_problem_that_tells_nothing(
    client: Client, device: StrictDevice
) -> None:
    device.fail_next(RuntimeError("the secret is 42"))
    response = await client.post("/api/v1/captures")
    assert (response.status_code, response.content_type) == (500, PROBLEM)
    assert "42" not in await response.get_data(as_text=True)


async def test_a_video_is_served_as_one_in_ranges_and_its_thumbnail_as_a_picture(
    client: Client, device: StrictDevice
) -> None:
    video = device.add_video(bytes(range(100)))
    url = f"/api/v1/captures/{video.id}"
    part = await client.get(f"{url}/file", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content_type) == (206, "video/mp4")
    assert await part.get_data() == bytes(range(10, 20))
    assert f"{video.id}.mp4" in part.headers["Content-Disposition"]
    thumbnail = await client.get(f"{url}/thumbnail")
    assert (thumbnail.status_code, thumbnail.content_type) == (200, "image/jpeg")
    assert await thumbnail.get_data() == JPEG


@pytest.mark.parametrize(
    ("body", "raw"), [(None, False), ({}, False), ({"raw": False}, False), ({"raw": True}, True)]
)
async def test_a_capture_comes_with_raw_data_when_that_is_said(
    client: Client, device: StrictDevice, body: object, raw: bool
) -> None:
    options = {} if body is None else {"json": body}
    assert (await client.post("/api/v1/captures", **options)).status_code == 201
    assert device.wanted_raw == [raw]


@pytest.mark.parametrize("body", [{"raw": 1}, {"raw": True, "size": 3}, {"rwa": True}])
async def test_a_wish_for_a_capture_that_is_not_understood_is_refused(
    client: Client, device: StrictDevice, body: object
) -> None:
    response = await client.post("/api/v1/captures", json=body)
    assert response.status_code == 422
    assert "raw" in (await response.get_json())["detail"]
    assert device.wanted_raw == []


async def test_a_list_of_captures_is_narrowed_down_and_an_unknown_filter_refused(
    client: Client, device: StrictDevice
) -> None:
    assert (await client.get("/api/v1/captures?kind=burst&tag=nest")).status_code == 200
    assert device.narrowed == {"kind": "burst", "tag": "nest"}
    response = await client.get("/api/v1/captures?kidn=burst")
    assert response.status_code == 422
    assert "kidn" in (await response.get_json())["detail"]
