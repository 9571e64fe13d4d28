"""The descriptions of controls that the camera back ends without a driver report.

Names, types and limits are those libcamera gives for an IMX219 (Raspberry Pi Camera Module 2), so a
page or a program made against the simulated camera fits the real one.
Source: libcamera's control_ids_core.yaml and what picamera2 prints as ``camera_controls``.
"""

from vizy.controls import ControlInfo

BRIGHTNESS = ControlInfo(
    name="Brightness",
    type="float",
    default=0.0,
    minimum=-1.0,
    maximum=1.0,
    step=0.01,
    group="exposure",
)
CONTRAST = ControlInfo(
    name="Contrast",
    type="float",
    default=1.0,
    minimum=0.0,
    maximum=32.0,
    step=0.05,
    group="exposure",
)
AE_ENABLE = ControlInfo(name="AeEnable", type="bool", default=True, group="exposure")
EXPOSURE_VALUE = ControlInfo(
    name="ExposureValue",
    type="float",
    default=0.0,
    minimum=-8.0,
    maximum=8.0,
    unit="EV",
    step=0.1,
    group="exposure",
    needs=("AeEnable", True),
)
EXPOSURE_TIME = ControlInfo(
    name="ExposureTime",
    type="int32",
    default=20_000,
    minimum=75,
    maximum=11_766_829,
    unit="µs",
    step=100,
    group="exposure",
    needs=("AeEnable", False),
)
ANALOGUE_GAIN = ControlInfo(
    name="AnalogueGain",
    type="float",
    default=1.0,
    minimum=1.0,
    maximum=10.66,
    step=0.01,
    group="exposure",
    needs=("AeEnable", False),
)
AWB_ENABLE = ControlInfo(name="AwbEnable", type="bool", default=True, group="colour")
COLOUR_TEMPERATURE = ControlInfo(
    name="ColourTemperature",
    type="int32",
    default=5600,
    minimum=2500,
    maximum=10_000,
    unit="K",
    step=50,
    group="colour",
    needs=("AwbEnable", False),
)
SATURATION = ControlInfo(
    name="Saturation",
    type="float",
    default=1.0,
    minimum=0.0,
    maximum=32.0,
    step=0.05,
    group="colour",
)
SHARPNESS = ControlInfo(
    name="Sharpness",
    type="float",
    default=1.0,
    minimum=0.0,
    maximum=16.0,
    step=0.05,
    group="image",
)
SCALER_CROP = ControlInfo(
    name="ScalerCrop",
    type="rectangle",
    size=4,
    default=(0, 0, 3280, 2464),
    minimum=(0, 0, 64, 64),
    maximum=(3216, 2400, 3280, 2464),
    unit="px",
)

PICTURE_CONTROLS = (BRIGHTNESS, CONTRAST, SATURATION, SHARPNESS)
SENSOR_CONTROLS = (
    BRIGHTNESS,
    CONTRAST,
    AE_ENABLE,
    EXPOSURE_VALUE,
    EXPOSURE_TIME,
    ANALOGUE_GAIN,
    AWB_ENABLE,
    COLOUR_TEMPERATURE,
    SATURATION,
    SHARPNESS,
    SCALER_CROP,
)
