"""The tools over the picture: full screen, zoom, grid, histogram, freeze; and tap to focus.

All but the focus happen in the page alone (`assets/picture.js`). Pure functions.
"""

from typing import Any

from dash import dcc, html

from vizy.state import DeviceState
from web.pages.named import icon, named

WINDOWS = "AfWindows"
METERING = "AfMetering"
_BY_WINDOWS = 1  # Source: AfMeteringEnum in libcamera's control_ids_core.yaml
_SHARE = 0.2  # of the picture's width and height that a touch means


def tools() -> list[Any]:
    """Return what stands over the picture."""
    return [
        html.Div(id="grid", className="vz-grid"),
        html.Canvas(id="histogram", width=192, height=80, **named("Histogram")),
        html.Div(id="frozen", role="img", **named("Frozen picture")),
        html.Button(
            "Frozen. The shutter still works. Press here to go on.",
            id="frozen-message",
            type="button",
        ),
        html.Div(id="focus-ring"),
        dcc.Store(id="tap"),
        html.Div(
            [
                html.Button(
                    "1.0×",
                    id="zoom",
                    type="button",
                    title="Zoom: press for the whole picture",
                    className="vz-tool",
                    **named("Zoom: press for the whole picture"),
                ),
                html.Button(
                    "Auto",
                    id="quality",
                    type="button",
                    title="Size and quality of the live picture",
                    className="vz-tool",
                ),
                _tool("grid", "Grid"),
                _tool("histogram", "Histogram"),
                _tool("freeze", "Freeze the picture"),
                _tool("full", "Fill the screen"),
            ],
            id="picture-tools",
            role="toolbar",
            className="vz-picture-tools",
            **named("Picture"),
        ),
    ]


def _tool(name: str, text: str) -> Any:
    return html.Button(
        type="button",
        title=text,
        className="vz-tool",
        **icon(name),
        **named(text),
        **{"data-tool": name, "aria-pressed": "false"},
    )


def can_focus(state: DeviceState | None) -> bool:
    """Whether a touch of the picture can focus there."""
    return state is not None and any(info.name == WINDOWS for info in state.camera.controls)


def window_at(state: DeviceState, x: float, y: float) -> dict[str, Any]:
    """Return the controls that let the camera focus at a place of the picture.

    Args:
        state: Of a camera that `can_focus`.
        x, y: 0 to 1 from the picture's left and upper edge.
    """
    infos = {info.name: info for info in state.camera.controls}
    least, most = infos[WINDOWS].minimum, infos[WINDOWS].maximum
    assert isinstance(least, tuple)
    assert isinstance(most, tuple)
    seen = state.controls.get("ScalerCrop")  # what of the sensor the picture shows
    left, top, width, height = seen if isinstance(seen, tuple) else (*least[:2], *most[2:])
    window: list[int] = []
    for start, size, at, low, high in (
        (left, width, x, least[2], most[2]),
        (top, height, y, least[3], most[3]),
    ):
        extent = round(min(high, max(low, size * _SHARE)))
        begin = start + min(max(at * size - extent / 2, 0), max(size - extent, 0))
        window += [round(begin), extent]
    values: dict[str, Any] = {WINDOWS: [window[0], window[2], window[1], window[3]]}
    if METERING in infos:
        values[METERING] = _BY_WINDOWS
    return values
