import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizy.controls import ControlInfo
from web.pages.live.scale import Scale

BRIGHTNESS = ControlInfo(
    name="Brightness", type="float", default=0.0, minimum=-1.0, maximum=1.0, step=0.01
)
CONTRAST = ControlInfo(
    name="Contrast", type="float", default=1.0, minimum=0.0, maximum=32.0, step=0.05
)
EXPOSURE = ControlInfo(
    name="ExposureTime",
    type="int32",
    default=20_000,
    minimum=75,
    maximum=11_766_829,
    unit="µs",
    step=100,
)


def test_a_plain_range_stands_on_the_slider_as_it_is() -> None:
    scale = Scale.of(BRIGHTNESS)
    assert (scale.kind, scale.position(0.37), scale.value(0.37)) == ("linear", 0.37, 0.37)


def test_a_wide_range_is_spread_by_ratio_and_reaches_both_ends() -> None:
    scale = Scale.of(EXPOSURE)
    assert scale.kind == "ratio"
    assert [scale.value(p) for p in (0, 1)] == [75, 11_766_829]
    assert [scale.position(v) for v in (75, 11_766_829)] == [0, 1]
    assert 20_000 < scale.value(0.5) < 40_000


def test_a_default_near_zero_is_put_in_the_middle() -> None:
    scale = Scale.of(CONTRAST)
    assert scale.kind == "power"
    assert scale.position(1.0) == 0.5
    assert [scale.value(p) for p in (0, 0.5, 1)] == [0, 1, 32]


@pytest.mark.parametrize("info", [BRIGHTNESS, CONTRAST, EXPOSURE], ids=lambda i: i.name)
@given(fraction=st.floats(0, 1))
def test_every_place_on_the_slider_is_a_value_that_the_control_takes(
    info: ControlInfo, fraction: float
) -> None:
    scale = Scale.of(info)
    place = fraction if scale.is_bent else scale.minimum + fraction * 2
    value = info.check(scale.value(place))
    again = scale.value(scale.position(value))
    assert again == pytest.approx(value, rel=0.01, abs=0.01)


@pytest.mark.parametrize(
    ("info", "value", "text"),
    [
        (BRIGHTNESS, -0.5, "\N{MINUS SIGN}0.50"),
        (BRIGHTNESS, -0.001, "0.00"),
        (BRIGHTNESS, 0.125, "0.13"),
        (CONTRAST, 1, "1.00"),
        (EXPOSURE, 75, "75 µs"),
        (EXPOSURE, 9_041, "9.04 ms"),
        (EXPOSURE, 33_333, "33.3 ms"),
        (EXPOSURE, 12_250, "12.3 ms"),
        (EXPOSURE, 250_000, "250 ms"),
        (EXPOSURE, 11_766_829, "11.8 s"),
    ],
)
def test_a_value_is_written_as_people_read_it(info: ControlInfo, value: float, text: str) -> None:
    assert Scale.of(info).text(value) == text


@pytest.mark.parametrize("value", [0.37, 1.1, 7.77, 29.99, 30.0])
def test_a_value_set_by_a_program_is_shown_as_it_was_set(value: float) -> None:
    scale = Scale.of(CONTRAST)
    assert scale.text(scale.value(scale.position(value))) == scale.text(value)
