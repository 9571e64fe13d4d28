"""Jobs, presets, sensors and the lamp in the REST API."""

import csv
import io

import pytest
from quart.typing import TestClientProtocol as Client

from tests.web.strict import StrictDevice
from vizy.errors import BusyError

PROBLEM = "application/problem+json"


async def test_a_job_is_started_listed_looked_at_and_stopped(client: Client) -> None:
    response = await client.post("/api/v1/jobs", json={"type": "timelapse", "interval_s": 5})
    job = await response.get_json()
    assert response.status_code == 201
    assert (job["spec"]["type"], job["spec"]["interval_s"]) == ("timelapse", 5)
    assert await (await client.get(response.headers["Location"])).get_json() == job
    assert await (await client.get("/api/v1/jobs")).get_json() == {"items": [job]}
    stopped = await (await client.post(f"/api/v1/jobs/{job['id']}/stop")).get_json()
    assert (stopped["id"], stopped["status"]) == (job["id"], "stopped")


@pytest.mark.parametrize(
    "body", [{}, {"type": "nap"}, {"type": "burst", "count": 1}, {"type": "burst", "cuont": 5}]
)
async def test_a_job_that_makes_no_sense_is_refused(client: Client, body: object) -> None:
    response = await client.post("/api/v1/jobs", json=body)
    assert (response.status_code, response.content_type) == (422, PROBLEM)
    assert "timelapse" in (await response.get_json())["detail"]


async def test_a_job_in_the_way_is_a_409_and_one_that_is_not_there_a_404(
    client: Client, device: StrictDevice
) -> None:
    device.fail_next(BusyError("recording j1 is in the way"))
    assert (await client.post("/api/v1/jobs", json={"type": "burst"})).status_code == 409
    assert (await client.get("/api/v1/jobs/nope")).status_code == 404
    assert (await client.post("/api/v1/jobs/nope/stop")).status_code == 404


async def test_a_preset_is_saved_recalled_and_deleted(client: Client, device: StrictDevice) -> None:
    assert device.state is not None
    saved = await client.put("/api/v1/presets/Night sky", json={"values": {"Brightness": 0.5}})
    preset = {"name": "Night sky", "values": {"Brightness": 0.5}}
    assert (saved.status_code, await saved.get_json()) == (200, preset)
    assert await (await client.get("/api/v1/presets")).get_json() == {"items": [preset]}
    recalled = await client.post("/api/v1/presets/Night sky/recall")
    assert (await recalled.get_json())["controls"]["Brightness"] == 0.5
    assert (await client.delete("/api/v1/presets/Night sky")).status_code == 204
    assert (await client.delete("/api/v1/presets/Night sky")).status_code == 404
    assert (await client.post("/api/v1/presets/Night sky/recall")).status_code == 404


@pytest.mark.parametrize("body", [None, {}, {"values": None}])
async def test_a_preset_without_values_takes_those_in_force(client: Client, body: object) -> None:
    options = {} if body is None else {"json": body}
    saved = await (await client.put("/api/v1/presets/now", **options)).get_json()
    assert saved["values"]["AeEnable"] is True


@pytest.mark.parametrize("name", ["x" * 41, " space", "%2e%2e", "new%0Aline"])
async def test_a_name_that_cannot_be_a_presets_is_refused(client: Client, name: str) -> None:
    response = await client.put(f"/api/v1/presets/{name}")
    assert (response.status_code, response.content_type) == (422, PROBLEM)


async def test_sensors_say_what_they_measure_or_why_they_cannot(client: Client) -> None:
    cpu, wifi = (await (await client.get("/api/v1/sensors")).get_json())["items"]
    assert (cpu["name"], cpu["value"], cpu["unit"]) == ("cpu", 48.5, "°C")
    assert (wifi["name"], wifi["value"], wifi["reason"]) == ("wifi", None, "there is no Wi-Fi")


async def test_history_is_json_and_csv_where_that_is_wished(client: Client) -> None:
    url = "/api/v1/sensors/history"
    whole = await (await client.get(url)).get_json()
    assert set(whole["series"]) == {"cpu", "wifi"}
    some = await (await client.get(f"{url}?names=cpu,nope&start=1&end=2")).get_json()
    assert set(some["series"]) == {"cpu"}
    by_header = await client.get(f"{url}?names=cpu", headers={"Accept": "text/csv"})
    by_query = await client.get(f"{url}?names=cpu&format=csv")
    assert by_header.content_type == by_query.content_type == "text/csv; charset=utf-8"
    text = await by_query.get_data(as_text=True)
    assert await by_header.get_data(as_text=True) == text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [
        ["time", "cpu.low", "cpu.high"],
        ["2025-11-24T16:00:00Z", "", ""],
        ["2025-11-24T16:00:30Z", "48.0", "49.0"],
        ["2025-11-24T16:01:00Z", "48.5", "49.5"],
    ]


@pytest.mark.parametrize(
    "query", ["start=2&end=1", "start=soon", "max_points=0", "end=nan", "format=xml", "when=now"]
)
async def test_a_history_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    response = await client.get(f"/api/v1/sensors/history?{query}")
    assert (response.status_code, response.content_type) == (422, PROBLEM)


async def test_the_lamp_is_lit_within_its_limits(client: Client, device: StrictDevice) -> None:
    lit = await client.put("/api/v1/illuminator", json={"level": 0.5})
    assert (await lit.get_json())["pins"]["illuminator"]["value"] == 0.5
    assert (await client.put("/api/v1/illuminator", json={"level": 1.5})).status_code == 422
    device.has_lamp = False
    assert (await client.put("/api/v1/illuminator", json={"level": 0})).status_code == 409
