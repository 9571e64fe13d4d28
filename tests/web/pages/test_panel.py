from pathlib import Path
from typing import Any

import msgspec
import pytest
from dash import html

from dash_devices import Output
from tests.web.fakes import FakeDevice, a_state
from vizy.controls import Choice, ControlInfo
from vizy.errors import InvalidValueError
from vizy.pins import PinsState, PinState
from web.pages.live.panel import ability, label, meant, panel, resets, shown
from web.pages.live.scale import Scale
from web.pages.live.steering import LAMP, steer, steered

GAIN = ControlInfo(
    name="AnalogueGain",
    type="float",
    default=1.0,
    minimum=1.0,
    maximum=10.66,
    group="exposure",
    needs=("AeEnable", False),
)
AUTO = ControlInfo(name="AeEnable", type="bool", default=True, group="exposure")
MODE = ControlInfo(
    name="AwbMode",
    type="int32",
    default=0,
    minimum=0,
    maximum=1,
    group="colour",
    choices=(Choice(0, "Auto"), Choice(1, "Daylight")),
)
SCALER_CROP = ControlInfo(
    name="ScalerCrop",
    type="rectangle",
    size=4,
    default=(0, 0, 640, 480),
    minimum=(0, 0, 64, 64),
    maximum=(576, 416, 640, 480),
)


def found(component: Any, wanted: str) -> list[Any]:
    """Every component of a type, or with an id, inside another."""
    children = getattr(component, "children", None)
    inner = component if isinstance(component, list) else children
    items = inner if isinstance(inner, list) else [inner] if inner is not None else []
    here = [component] if wanted in (type(component).__name__, getattr(component, "id", "")) else []
    return here + [hit for item in items for hit in found(item, wanted)]


def value_of(output: Output) -> tuple[Any, str, Any]:
    return output.component_id, output.component_property, output.component_value


def test_each_control_gets_a_block_with_a_fixed_id_in_its_group() -> None:
    groups = panel((GAIN, AUTO, MODE), {"AnalogueGain": 2.0, "AeEnable": False, "AwbMode": 1})
    assert [found(h, "Button")[0].children for h in found(groups, "H2")] == ["Exposure", "Colour"]
    tabs = [tab.children for tab in found(groups[0], "Button")]
    assert tabs == ["Exposure", "Colour", "Presets"]
    for name in ("AnalogueGain", "AeEnable", "AwbMode"):
        assert len(found(groups, f"control-{name}")) == 1
    (slider,) = found(groups, "Slider")
    assert (slider.value, slider.min, slider.max) == (2.0, 1.0, 10.66)
    (switch,) = found(groups, "Switch")
    assert switch.checked is False
    (select,) = found(groups, "Select")
    assert select.value == "1"
    assert select.data[1] == {"value": "1", "label": "Daylight"}


def test_a_control_of_several_numbers_is_left_out() -> None:
    groups = panel((AUTO, SCALER_CROP), {"ScalerCrop": (0, 0, 64, 64)})
    assert len(found(groups, "Section")) == 1
    assert found(groups, "control-ScalerCrop") == []


def test_without_a_camera_a_sentence_says_so() -> None:
    (only,) = panel((), {})
    assert isinstance(only, html.P)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ExposureTime", "Exposure time"),
        ("AeEnable", "Auto exposure"),
        ("Brightness", "Brightness"),
    ],
)
def test_a_control_has_a_name_that_people_read(name: str, text: str) -> None:
    assert label(name) == text


def test_what_is_shown_is_understood_again() -> None:
    for info, value in ((GAIN, 4.0), (AUTO, False), (MODE, 1)):
        output = shown(info, value)
        assert meant(info, output.component_value) == value


@pytest.mark.parametrize("nonsense", ["x", None, [1], {"a": 1}, "7.5"])
def test_what_cannot_be_a_value_is_left_for_the_camera_to_refuse(nonsense: Any) -> None:
    for info in (GAIN, AUTO, MODE):
        assert meant(info, nonsense) == nonsense


@pytest.mark.parametrize(
    ("auto", "connected", "disabled"),
    [(False, True, False), (True, True, True), (False, False, True)],
)
def test_a_control_can_be_used_when_it_has_an_effect(
    auto: bool, connected: bool, disabled: bool
) -> None:
    output = ability(GAIN, {"AeEnable": auto}, connected=connected)
    assert value_of(output) == (
        {"control": "AnalogueGain", "part": "value"},
        "disabled",
        disabled,
    )


def test_a_control_that_depends_on_another_says_on_which() -> None:
    bias = msgspec.structs.replace(GAIN, name="ExposureValue", needs=("AeEnable", True))
    plain = msgspec.structs.replace(GAIN, name="Brightness", needs=None)
    texts = [
        [
            span.children
            for span in found(panel((info,), {}), "Span")
            if getattr(span, "className", "") == "vz-why"
        ]
        for info in (GAIN, bias, plain)
    ]
    assert texts == [["set by auto exposure"], ["only with auto exposure"], []]


def test_a_key_moves_a_bent_slider_as_far_as_a_plain_one() -> None:
    contrast = ControlInfo(name="Contrast", type="float", default=1.0, minimum=0.0, maximum=32.0)
    (slider,) = found(panel((contrast,), {}), "Slider")
    scale = Scale.of(contrast)
    assert scale.text(scale.value(slider.value + slider.step)) == "1.05"


def hidden(resets: Any) -> dict[str, bool]:
    """Which resets are hidden, by control or group."""
    return {
        str(
            output.component_id.get("control") or output.component_id["group"]
        ): output.component_value
        for output in resets
    }


def test_only_what_was_moved_and_has_an_effect_can_be_reset() -> None:
    infos = (GAIN, AUTO, MODE, SCALER_CROP)
    values = {"AnalogueGain": 4.0, "AeEnable": True, "AwbMode": 1, "ScalerCrop": (0, 0, 64, 64)}
    assert hidden(resets(infos, values)) == {
        "AnalogueGain": True,
        "AeEnable": True,
        "AwbMode": False,
        "exposure": True,
        "colour": False,
    }
    by_hand = hidden(resets(infos, values | {"AeEnable": False}))
    assert by_hand["AnalogueGain"] is by_hand["AeEnable"] is by_hand["exposure"] is False


def test_a_lamp_that_is_wired_is_one_more_control() -> None:
    state = a_state()
    assert LAMP not in steered(state)[0]
    lit = PinsState(illuminator=PinState(status="ready", value=0.5))
    infos, values = steered(msgspec.structs.replace(state, pins=lit))
    assert infos[-1] is LAMP
    assert values["Illuminator"] == 0.5
    assert found(panel(infos, values), "control-Illuminator")


async def test_the_lamp_and_the_controls_are_each_told_their_part(tmp_path: Path) -> None:
    device = FakeDevice(tmp_path)
    await steer(device, {"Illuminator": 0.25, "Brightness": 0.5})
    assert device.state
    assert device.state.controls["Brightness"] == 0.5
    assert device.lamp == [0.25]
    with pytest.raises(InvalidValueError, match="Illuminator=3"):
        await steer(device, {"Illuminator": 3, "Brightness": 0.0})
    assert device.state.controls["Brightness"] == 0.5
