"""What stands still in the scene: sky, sun, mountains, the lake's mirror, the shore and its pines.

`paint` is called once per picture size, on the camera's thread. Values are scene codes (see
`hardware.camera.sensor`): up to 235 as in an ordinary picture, above that sources of light.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from hardware.camera.base import Pixels
from hardware.camera.scene.blend import Colour, gradient, lay
from hardware.camera.scene.texture import Floats, fractal, outline
from hardware.camera.scene.view import View

HORIZON = 0.075
SHORE = 0.205
SUN = (0.648, -0.062)
SUN_RADIUS = 0.0155

_SKY: tuple[tuple[float, Colour], ...] = (
    (0.0, (40, 86, 156)),
    (0.30, (84, 138, 198)),
    (0.56, (146, 184, 216)),
    (0.76, (214, 210, 200)),
    (0.88, (234, 208, 168)),
    (1.0, (234, 196, 150)),
)
_FAR: tuple[tuple[float, Colour], ...] = ((0.0, (122, 140, 182)), (1.0, (188, 184, 196)))
_MIDDLE: tuple[tuple[float, Colour], ...] = ((0.0, (84, 106, 150)), (1.0, (140, 150, 172)))
_HILLS: tuple[tuple[float, Colour], ...] = ((0.0, (52, 86, 92)), (1.0, (88, 118, 112)))
_WOOD: tuple[tuple[float, Colour], ...] = ((0.0, (34, 66, 58)), (1.0, (46, 84, 64)))
_GRASS: tuple[tuple[float, Colour], ...] = (
    (0.0, (150, 150, 70)),
    (0.12, (104, 124, 54)),
    (0.45, (58, 88, 42)),
    (1.0, (22, 44, 28)),
)
_HAZE: tuple[tuple[float, Colour], ...] = ((0.0, (214, 200, 178)), (1.0, (200, 196, 186)))
_SNOW: Colour = (234, 230, 226)
_SNOW_SHADE: Colour = (164, 182, 216)


def paint(view: View, seed: int) -> tuple[Pixels, Pixels]:
    """Return the still part of the scene and where it is near: in front of all that moves.

    Returns:
        uint8 (height, width, 3), and a mask, uint8 (height, width): above 0 on shore and pines.
    """
    canvas = _sky(view)
    _glow(canvas, view)
    _mountains(canvas, view, np.random.default_rng([seed, 1]))
    _lake(canvas, view)
    near = np.zeros((view.height, view.width), np.uint8)
    _shore(canvas, near, view, np.random.default_rng([seed, 2]))
    _pines(canvas, near, view, np.random.default_rng([seed, 3]))
    return canvas, near


def _sky(view: View) -> Pixels:
    whole = gradient(view.length(0.376 + HORIZON), view.width, _SKY)
    canvas = np.zeros((view.height, view.width, 3), np.uint8)
    horizon = view.row(HORIZON)
    canvas[:horizon] = whole[len(whole) - horizon :]
    return canvas


def _glow(canvas: Pixels, view: View) -> None:
    """Light the sky around the sun; computed small, as it is smooth, and enlarged."""
    small = (view.height // 8 + 1, view.width // 8 + 1)
    rows, columns = np.mgrid[: small[0], : small[1]].astype(np.float32)
    away = np.hypot(
        columns * (view.width / small[1]) - view.x(SUN[0]),
        (rows * (view.height / small[0]) - view.y(SUN[1])) * 1.35,
    ) / np.float32(view.width)
    light = 0.62 * np.exp(-((away / 0.07) ** 1.1)) + 0.42 * np.exp(-((away / 0.26) ** 1.3))
    coverage = cv2.resize(
        np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8), (view.width, view.height)
    )
    warm = np.full_like(canvas, (236, 222, 176))
    lay(canvas, warm, coverage)
    centre = (round(view.x(SUN[0]) * 16), round(view.y(SUN[1]) * 16))
    radius = view.length(SUN_RADIUS * 16)
    cv2.circle(canvas, centre, round(radius * 1.25), (242, 234, 206), -1, cv2.LINE_AA, 4)
    cv2.circle(canvas, centre, radius, (255, 253, 248), -1, cv2.LINE_AA, 4)


def _mountains(canvas: Pixels, view: View, rng: np.random.Generator) -> None:
    at = np.linspace(0, 1, view.width, dtype=np.float32)
    far = 0.095 + 0.13 * outline(rng, view.width, 7, 7)
    far += 0.075 * np.exp(-(((at - 0.30) / 0.13) ** 2)) - 0.055 * np.exp(
        -(((at - SUN[0]) / 0.11) ** 2)
    )
    _ridge(canvas, view, far, _FAR, snow=(rng, 0.052))
    middle = 0.035 + 0.105 * outline(rng, view.width, 5, 7)
    middle += 0.06 * at**2 + 0.02 * (1 - at) - 0.03 * np.exp(-(((at - SUN[0]) / 0.1) ** 2))
    _ridge(canvas, view, middle, _MIDDLE, snow=None)
    hills = 0.012 + 0.06 * outline(rng, view.width, 4, 6) + 0.035 * (2 * at - 0.9) ** 2
    _ridge(canvas, view, hills, _HILLS, snow=None)
    wood = 0.006 + 0.022 * outline(rng, view.width, 6, 4) + 0.012 * (2 * at - 1) ** 2
    wood += 0.006 * outline(rng, view.width, 240, 2)
    _ridge(canvas, view, wood, _WOOD, snow=None)


def _ridge(
    canvas: Pixels,
    view: View,
    heights: npt.NDArray[np.floating[Any]],
    colours: tuple[tuple[float, Colour], ...],
    snow: tuple[np.random.Generator, float] | None,
) -> None:
    """Lay one ridge, ``heights`` above the horizon for each column, over the canvas."""
    bottom = view.row(HORIZON)
    top = max(0, bottom - view.length(float(heights.max())) - 1)
    band = canvas[top:bottom]
    rows, columns = band.shape[:2]
    picture = gradient(rows, columns, colours)
    crest = np.asarray(rows - heights * view.width, np.float32)
    if snow is not None:
        _snow(picture, crest, view, *snow)
    lay(band, picture, _below(crest, rows))


def _snow(
    picture: Pixels, crest: Floats, view: View, rng: np.random.Generator, depth: float
) -> None:
    """Fold the rock into lit and shaded faces and lay snow below the crest, its edge torn."""
    rows, columns = picture.shape[:2]
    light = _faces(rng, rows, columns)
    cv2.multiply(picture, cv2.merge([cv2.add(light // 4, 192)] * 3), picture, scale=1 / 235)
    snow = np.empty_like(picture)
    snow[:] = _SNOW_SHADE
    lay(snow, np.full_like(snow, _SNOW), light)
    ragged = fractal(rng, (1, columns), (1, 60), 4)[0]
    high = np.clip((rows * 0.66 - crest) / (rows * 0.5), 0, 1)
    edge = crest + high * (0.15 + ragged) * np.float32(depth * view.width)
    cover = cv2.subtract(_below(crest, rows), _below(edge, rows))
    lay(picture, snow, cover)


def _faces(rng: np.random.Generator, rows: int, columns: int) -> Pixels:
    """Return how much light falls on each point of a slope lit from the right, 255 is full."""
    height = fractal(rng, (rows, columns + rows), (7, 44), 4)
    lean = np.array([[1, 0.55, -0.3 * rows], [0, 1, 0]], np.float32)
    folded = cv2.warpAffine(height, lean, (columns, rows), borderMode=cv2.BORDER_REFLECT)
    slope = cv2.Sobel(folded, cv2.CV_32F, 1, 0, ksize=3) * np.float32(columns / 1280)
    return np.rint((0.56 - 0.44 * np.tanh(slope * 16)) * 255).astype(np.uint8)


def _below(crest: Floats, rows: int) -> Pixels:
    """Return what lies below a crest (row per column) as coverage, uint8 (rows, columns)."""
    at = np.arange(rows, dtype=np.float32)[:, None]
    return np.rint(np.clip(at - crest[None] + 0.5, 0, 1) * 255).astype(np.uint8)


def _lake(canvas: Pixels, view: View) -> None:
    """Mirror the land and the sky in the lake: darker, bluer, drawn out downwards."""
    top, bottom = view.row(HORIZON), view.row(SHORE + 0.07)
    rows = bottom - top
    if rows <= 0:
        return
    mirrored = cv2.flip(canvas[max(0, top - int(rows * 2.1)) : top], 0)
    calm = cv2.resize(mirrored, (view.width, rows), interpolation=cv2.INTER_AREA)
    calm = cv2.blur(calm, (view.length(0.004) | 1, view.length(0.009) | 1))
    tint = gradient(rows, view.width, ((0.0, (150, 172, 186)), (1.0, (22, 62, 92))))
    cv2.addWeighted(calm, 0.70, tint, 0.24, 0, canvas[top:bottom])
    haze = gradient(
        view.length(0.0022), view.width, ((0.0, (214, 200, 178)), (1.0, (200, 196, 186)))
    )
    part = canvas[top : top + len(haze)]
    cv2.addWeighted(part, 0.55, haze[: len(part)], 0.45, 0, part)


def _waterline(x: Floats) -> Floats:
    """Return the y of the near shore, before its small bays."""
    return np.asarray(SHORE + 0.055 - 0.085 * np.abs(2 * x - 1.08) ** 1.7, np.float32)


def _shore(canvas: Pixels, near: Pixels, view: View, rng: np.random.Generator) -> None:
    at = np.linspace(0, 1, view.width, dtype=np.float32)
    edge = _waterline(at)
    edge += 0.012 * outline(rng, view.width, 9, 5) + 0.0035 * outline(rng, view.width, 420, 2)
    top = view.row(float(edge.min()))
    band = canvas[top:]
    if not len(band):
        return
    rows = len(band)
    picture = gradient(view.length(0.26), view.width, _GRASS)[:rows]
    patches = fractal(rng, (len(picture), view.width), (14, 24), 3)
    blades = fractal(rng, (len(picture), view.width), (90, 420), 2)
    grain = 0.5 + 0.35 * patches + 0.45 * blades
    grain = np.rint(170 * grain).clip(0, 255).astype(np.uint8)
    cv2.multiply(picture, cv2.merge([grain] * 3), picture, scale=1 / 170)
    coverage = _below(view.height / 2 + edge * view.width - top, rows)
    lay(band, picture, coverage)
    near[top:] = coverage


def _pines(canvas: Pixels, near: Pixels, view: View, rng: np.random.Generator) -> None:
    """Frame the view with pines, tall at both sides."""
    for x, height in _PINES:
        foot = float(_waterline(np.array([x], np.float32))[0]) + 0.022
        picture, coverage = _pine(view, rng, height, is_left=x < SUN[0])
        left = round(view.x(x)) - coverage.shape[1] // 2
        top = round(view.y(max(foot, 0.208))) - coverage.shape[0]
        _place(canvas, near, picture, coverage, left, top)


_PINES = (
    (0.150, 0.085),
    (0.212, 0.060),
    (0.105, 0.150),
    (0.022, 0.250),
    (0.066, 0.205),
    (0.872, 0.070),
    (0.905, 0.130),
    (0.985, 0.270),
    (0.944, 0.190),
)


def _pine(
    view: View, rng: np.random.Generator, height: float, *, is_left: bool
) -> tuple[Pixels, Pixels]:
    """Return a pine and its coverage; its lit side faces the sun. Drawn large and reduced."""
    scale = 3
    tall, wide = view.length(height) * scale, view.length(height * 0.42) * scale
    shape = np.zeros((tall, wide), np.uint8)
    light = np.zeros((tall, wide), np.uint8)
    middle = wide / 2
    cv2.rectangle(
        shape, (int(middle - wide * 0.03), tall // 2), (int(middle + wide * 0.03), tall), 255, -1
    )
    for tier in np.linspace(0.0, 1.0, 17):
        y = tall * (0.015 + 0.80 * tier)
        reach = wide * (0.03 + 0.45 * tier**0.85) * (0.80 + 0.36 * rng.random())
        drop = tall * (0.050 + 0.075 * tier)
        sway = wide * 0.035 * (rng.random() - 0.5)
        tips = (middle - reach + sway, middle + reach * (0.9 + 0.2 * rng.random()) + sway)
        points = np.array(
            [
                (middle, y - drop * 0.55),
                (tips[1], y + drop),
                (middle + reach * 0.30, y + drop * 0.72),
                (middle, y + drop * 0.95),
                (middle - reach * 0.30, y + drop * 0.72),
                (tips[0], y + drop),
            ],
            np.float32,
        )
        cv2.fillPoly(shape, [np.rint(points).astype(np.int32)], 255)
        side = np.array([points[0], points[1 if is_left else 5], points[3]], np.float32)
        cv2.fillPoly(light, [np.rint(side).astype(np.int32)], int(60 + 90 * tier))
    size = (wide // scale, tall // scale)
    coverage = cv2.resize(shape, size, interpolation=cv2.INTER_AREA)
    lit = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    picture = gradient(size[1], size[0], ((0.0, (30, 62, 48)), (1.0, (16, 36, 30))))
    sunlit = np.full_like(picture, (92, 108, 56))
    lay(picture, sunlit, cv2.convertScaleAbs(lit, alpha=0.55))
    return picture, coverage


def _place(
    canvas: Pixels, near: Pixels, picture: Pixels, coverage: Pixels, left: int, top: int
) -> None:
    height, width = coverage.shape
    x0, x1 = max(0, left), min(canvas.shape[1], left + width)
    y0, y1 = max(0, top), min(canvas.shape[0], top + height)
    if x0 < x1 and y0 < y1:
        inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        lay(canvas[y0:y1, x0:x1], picture[inside], coverage[inside])
        np.maximum(near[y0:y1, x0:x1], coverage[inside], out=near[y0:y1, x0:x1])
