"""The Sensors page: what is on which card, how values read, and what the charts are made of."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from dash._utils import to_json
from dash.exceptions import PreventUpdate

from dash_devices.push import normalise
from tests.web.fakes import FakeDevice, parts_of
from vizy.errors import DeviceAwayError
from vizy.pins import PinsState, PinState
from vizy.sensors import DeviceWarning, HistorySeries, SensorHistory, SensorReading
from web.pages.sensors import SensorsPage
from web.pages.sensors.callbacks import SensorCallbacks
from web.pages.sensors.charts import figure, summary
from web.pages.sensors.groups import Group, groups
from web.pages.sensors.readings import duration, number, shown


def reading(label: str, unit: str, value: float | None = 1.0, **more: Any) -> SensorReading:
    return SensorReading(label=label, unit=unit, value=value, **more)


SENSORS = {
    "cpu.load": reading("CPU", "%", 12.0),
    "cpu.core0.load": reading("CPU core 0", "%", 13.0),
    "memory.used": reading("Memory used", "%", 40.0, limit=92.0),
    "memory.available": reading("Memory available", "B", 2.4e9),
    "thermal.cpu-thermal": reading("CPU temperature", "°C", 47.0, limit=80.0),
    "pi.throttled.now": reading("CPU throttled", "", 0.0),
    "uptime": reading("Uptime", "s", 90_000.0),
}
CPU = Group("Processor", "%", ("cpu.load", "cpu.core0.load"), ())
HISTORY = SensorHistory(
    start=1000.0,
    step_s=30.0,
    series={
        "cpu.load": HistorySeries(label="CPU", unit="%", low=(None, 2.0), high=(None, 8.0)),
        "cpu.core0.load": HistorySeries(label="0", unit="%", low=(1.0, 1.0), high=(3.0, 1.0)),
    },
)


@pytest.fixture
def device(tmp_path: Path) -> FakeDevice:
    device = FakeDevice(tmp_path)
    replace(device, sensors=SENSORS)
    return device


def replace(device: FakeDevice, **sections: Any) -> None:
    assert device.state is not None
    device.state = msgspec.structs.replace(device.state, **sections)


def test_sensors_of_one_quantity_share_a_card_and_facts_have_no_chart() -> None:
    found = {group.title: group for group in groups(SENSORS)}
    assert list(found) == ["Temperature", "Processor", "Memory", "Power and clock"]
    assert found["Processor"].charted == ("cpu.load", "cpu.core0.load")
    assert found["Memory"] == Group("Memory", "%", ("memory.used",), ("memory.available",))
    assert found["Power and clock"].charted == ()


def test_a_card_has_no_more_lines_than_can_be_told_apart() -> None:
    (group,) = groups({f"cpu.core{n}.load": reading(f"Core {n}", "%") for n in range(8)})
    assert (len(group.charted), len(group.listed)) == (6, 2)


@pytest.mark.parametrize(
    ("name", "said", "text"),
    [
        ("thermal.cpu", reading("T", "°C", 47.0), ("47.0", "°C")),
        ("outside", reading("T", "°C", -3.5), ("\N{MINUS SIGN}3.5", "°C")),
        ("disk.free", reading("D", "B", 7.55e10), ("75.5", "GB")),
        ("pi.throttled.now", reading("T", "", 0.0), ("No", "")),
        ("uptime", reading("U", "s", 90_000.0), ("1 d 1 h", "")),
        ("memory.swap-used", reading("S", "%", None, reason="no swap"), ("\N{EN DASH}", "")),
    ],
)
def test_a_value_reads_as_people_say_it(
    name: str, said: SensorReading, text: tuple[str, str]
) -> None:
    assert shown(name, said) == text


def test_sizes_and_times_use_the_units_that_matter() -> None:
    assert [number(n, "B") for n in (12, 12_300, 4.5e6, 2.5e11)] == [
        ("12", "B"),
        ("12.3", "kB"),
        ("4.5", "MB"),
        ("250", "GB"),
    ]
    assert [duration(s) for s in (59, 3600, 7260)] == ["0 min", "1 h 0 min", "2 h 1 min"]


def test_a_chart_has_a_band_for_the_main_sensor_and_a_line_for_each() -> None:
    options = {"span_s": 3600.0, "ahead_s": 60.0, "now_s": 1060.0, "tick_s": 2.0}
    drawn = figure(CPU, HISTORY, SENSORS, **options)
    low, high, main, other = drawn["data"]
    assert main["x"] == [1_060_000, 1_090_000]
    assert (low["y"], high["y"], main["y"]) == ([None, 2.0], [None, 8.0], [None, 5.0])
    assert other["y"] == [2.0, 1.0]
    assert drawn["layout"]["meta"] == {
        "names": CPU.charted,
        "step_ms": 30_000,
        "span_ms": 3_600_000,
        "now_ms": 1_120_000,
    }
    assert "shapes" not in drawn["layout"]
    memory = Group("Memory", "%", ("memory.used",), ())
    limited = figure(memory, HISTORY, SENSORS, **options)["layout"]
    assert limited["shapes"][0]["y0"] == 92.0
    assert limited["annotations"][0]["text"] == "warns at 92 %"


def test_a_chart_says_the_same_in_a_sentence() -> None:
    assert summary(CPU, HISTORY, "1h") == "2 % to 8 % in the last hour"
    nothing = Group("Light", "lx", ("light",), ())
    assert summary(nothing, HISTORY, "24h") == "Nothing was measured in the last 24 hours."


async def test_drawing_asks_for_the_charted_sensors_of_the_cards_that_are_there(
    device: FakeDevice,
) -> None:
    callbacks = SensorCallbacks(device)
    ids = [{"chart": "Temperature"}, {"chart": "Processor"}]
    figures, texts, names = await callbacks.draw("24h", None, None, ids)
    assert [len(f["data"]) for f in figures] == [3, 4]
    assert texts[0] == "10.0 °C to 20.0 °C in the last 24 hours"
    assert names[0].startswith("Temperature: 10.0")
    for refused in (("2y", ids), ("1h", []), ("1h", [{"chart": "gone"}])):
        with pytest.raises(PreventUpdate):
            await callbacks.draw(refused[0], None, None, refused[1])
    device.fail_next(DeviceAwayError("away"))
    with pytest.raises(PreventUpdate):
        await callbacks.draw("1h", None, None, ids)


def test_the_page_tells_numbers_and_draws_cards_anew_only_for_other_sensors(
    device: FakeDevice,
) -> None:
    page = SensorsPage(parts_of(device))
    first = normalise(page.mods())
    assert "sensor-cards" in first
    told = first["sensor-now"]["data"]
    assert told["sensors"]["cpu.load"] == [12.0, "12", "%", ""]
    replace(device, sensors=SENSORS | {"cpu.load": reading("CPU", "%", 50.0)})
    second = normalise(page.mods())
    assert "sensor-cards" not in second
    assert second["sensor-shape"] == first["sensor-shape"]
    replace(device, sensors={"cpu.load": reading("CPU", "%", 50.0)})
    third = normalise(page.mods())
    assert "sensor-cards" in third
    assert third["sensor-shape"] != first["sensor-shape"]
    device.go_away()
    away = normalise(page.mods())
    assert away["sensor-now"]["data"]["away"] is True
    assert away["sensor-shape"] != third["sensor-shape"]


def test_warnings_pins_and_the_lamp_are_shown_and_an_empty_page_says_what_will_come(
    device: FakeDevice,
) -> None:
    warning = DeviceWarning(
        id="x", severity="critical", text="too hot", sensor="cpu.load", since="2026-11-25T00:00:00Z"
    )
    lamp = PinState(status="ready", value=0.4)
    fan = PinState(status="unavailable", reason="no such chip")
    replace(device, warnings=(warning,), pins=PinsState(illuminator=lamp, fan=fan))
    page = SensorsPage(parts_of(device))
    drawn = to_json(page.layout())
    for text in ("too hot", "40 %", "no such chip", "Temperature"):
        assert text in drawn
    mods = normalise(page.mods())
    assert mods["illuminator"] == {"disabled": False, "value": 0.4}
    assert mods["lamp"] == {"hidden": False}
    device.state = None
    assert "as soon as the camera answers" in to_json(SensorsPage(parts_of(device)).layout())
