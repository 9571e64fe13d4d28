"""The Settings page without a browser: how people write values, and what they changed."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from vizy.errors import SettingsError
from vizy.settings import KEYS, by_key, load_settings
from vizy.settings.report import SettingsReport
from web.pages.settings.entered import Entered
from web.pages.settings.form import INFOS, LABELS, texts
from web.pages.settings.human import meant, written

WRITTEN = [
    ("storage.floor_bytes", 256 << 20, "256 MiB"),
    ("storage.floor_bytes", 3 << 29, "1.5 GiB"),
    ("storage.floor_bytes", 1_000_001, "1000001 bytes"),
    ("storage.keep_days", 30, "30 days"),
    ("storage.keep_days", 1, "1 day"),
    ("storage.keep_days", None, ""),
    ("video.bitrate", 2_500_000, "2.5 Mbit/s"),
    ("camera.fps", 29.97, "29.97 pictures/s"),
    ("camera.set_delay_ms", (5.0, 30.0), "5-30"),
    ("camera.faults", False, "false"),
    ("sensors.cpu_temp_c", -5, "-5 °C"),
    ("web.hosts", "", ""),
]


@pytest.mark.parametrize(("key", "value", "text"), WRITTEN)
def test_a_value_is_written_with_its_unit_and_read_back(key: str, value: Any, text: str) -> None:
    assert written(INFOS[key], value) == text
    assert meant(INFOS[key], text) == value


def test_every_default_can_be_written_and_read_back() -> None:
    for key, info in INFOS.items():
        default = msgspec.to_builtins(info.default)
        if info.type != "boolean":
            assert meant(info, written(info, default)) == default, key


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("storage.floor_bytes", "1,5 gb", 1_500_000_000),
        ("storage.keep_days", "2 weeks", 14),
        ("storage.undo_s", "5 min", 300),
        ("camera.fps", "25", 25),
        ("camera.fps", " ", 30),
        ("camera.device", "", None),
    ],
)
def test_people_may_write_as_they_like(key: str, text: str, value: Any) -> None:
    assert meant(INFOS[key], text) == value


@pytest.mark.parametrize(
    ("key", "text", "limit"),
    [
        ("camera.fps", "500", "500 is refused: it takes a number above 0, up to 240 pictures/s"),
        ("camera.fps", "fast", "fast is refused"),
        ("camera.width", "65", "a whole even number from 64 to 4096 px"),
        ("storage.floor_bytes", "3 bananas", "it takes from 0 to what the disk has, as a number"),
        ("video.bitrate", "99 Mbit/s", "from 0 to 50 Mbit/s"),
        ("camera.sensor_mode", "big", "WIDTHxHEIGHT in pixels"),
        ("pins.fan_pin", "28", "a whole number from 0 to 27"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_limit(key: str, text: str, limit: str) -> None:
    with pytest.raises(SettingsError) as caught:
        meant(INFOS[key], text)
    assert limit in caught.value.detail


def test_every_setting_has_one_place_on_the_page() -> None:
    assert LABELS.keys() == KEYS.keys()


@pytest.fixture
def report() -> SettingsReport:
    values = by_key(load_settings({"state_dir": "/s", "camera.fps": 25}, {}))
    return SettingsReport(
        path="/s/vizy.toml",
        in_force=values,
        next=values,
        in_file={"camera.fps": 25.0},
        fixed={},
    )


@pytest.fixture
def entered(report: SettingsReport) -> Callable[..., Entered]:
    base = texts(report)
    return lambda **fields: Entered(
        base | {k.replace("__", "."): v for k, v in fields.items()}, base
    )


def test_only_what_differs_is_changed_and_a_default_is_taken_out(
    entered: Callable[..., Entered],
) -> None:
    assert entered().changes() == {}
    some = entered(camera__fps="30", camera__hflip=True, storage__floor_bytes="1 GiB")
    assert some.changes() == {
        "camera.fps": None,
        "camera.hflip": True,
        "storage.floor_bytes": 1 << 30,
    }
    assert entered(camera__fps="").changes() == {"camera.fps": None}
    bad = entered(camera__fps="0", camera__width="640")
    assert list(bad.errors()) == ["camera.fps"]


def test_values_that_do_not_go_together_are_refused_before_they_are_saved(
    entered: Callable[..., Entered], report: SettingsReport
) -> None:
    running = load_settings({"state_dir": "/s"}, {})
    entered(camera__fps="20").check_together(report, running)
    with pytest.raises(SettingsError, match=r"needs camera.file"):
        entered(camera__backend="video").check_together(report, running)
