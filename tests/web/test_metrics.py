"""Figures for Prometheus: what they say, and who may ask."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from quart import Quart

from tests.system import people
from tests.web.fakes import FakeDevice, parts_of
from vizy.sensors import DeviceWarning, SensorReading
from web.app import WebApp

LOCAL = {"client": ("127.0.0.1", 40_000)}
REMOTE = {"client": ("192.168.1.20", 40_000)}


@pytest.fixture
def device(tmp_path: Path) -> FakeDevice:
    people.move_in(tmp_path, 1_764_000_000.0)
    device = FakeDevice(tmp_path)
    assert device.state is not None
    device.state = msgspec.structs.replace(
        device.state,
        sensors={
            "cpu.load": SensorReading(label="CPU", unit="%", value=12.5),
            'a "strange"\\one': SensorReading(label="X", unit="", value=-0.25),
            "swap": SensorReading(label="Swap", unit="%", reason="none"),
        },
        warnings=(DeviceWarning(id="x", severity="critical", text="", sensor="s", since=""),),
    )
    return device


@pytest.fixture
def server(device: FakeDevice) -> Quart:
    return WebApp(parts_of(device)).dash.server


async def ask(server: Quart, origin: dict[str, Any], **headers: str) -> Any:
    return await server.test_client().get("/metrics", scope_base=origin, headers=headers)


def parsed(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in ("counter", "gauge")
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def test_the_official_parser_reads_every_figure(server: Quart) -> None:
    await server.test_client().get("/api/v1/nothing/of/this/kind")
    await server.test_client().get("/healthz")
    answer = await ask(server, LOCAL)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = parsed(await answer.get_data(as_text=True))
    assert found["vizy_hardware_up"] == [({}, 1.0)]
    assert found["vizy_control_writes_total"] == [({}, 17.0)]
    assert found["vizy_sensor"] == [
        ({"name": "cpu.load", "unit": "%"}, 12.5),
        ({"name": 'a "strange"\\one', "unit": ""}, -0.25),
    ]
    assert ({"severity": "critical"}, 1.0) in found["vizy_warnings"]
    assert {labels["process"] for labels, _ in found["vizy_process_memory_bytes"]} == {
        "hardware",
        "web",
    }
    requests = found["vizy_http_requests_total"]
    assert ({"method": "GET", "route": "/healthz", "status": "200"}, 1.0) in requests
    assert all("nothing/of/this" not in labels["route"] for labels, _ in requests)
    assert sum(map(len, found.values())) < 60


async def test_while_the_daemon_is_away_the_rest_is_told(server: Quart, device: FakeDevice) -> None:
    device.go_away()
    found = parsed(await (await ask(server, LOCAL)).get_data(as_text=True))
    assert found["vizy_hardware_up"] == [({}, 0.0)]
    assert "vizy_sensor" not in found


async def test_only_this_machine_may_ask_without_a_token(server: Quart) -> None:
    assert (await ask(server, LOCAL)).status_code == 200
    assert (await ask(server, REMOTE)).status_code == 401
    assert (await ask(server, REMOTE, **people.headers("viewer"))).status_code == 200
    wrong = {"Authorization": "Bearer vizy_of-somebody-else"}
    assert (await ask(server, LOCAL, **wrong)).status_code == 401
    for name in ("X-Forwarded-For", "Forwarded", "Via"):  # a proxy asks for somebody else
        assert (await ask(server, LOCAL, **{name: "192.168.1.20"})).status_code == 401
