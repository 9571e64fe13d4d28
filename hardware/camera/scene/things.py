"""What moves in the scene, drawn once per picture size: balloons, sailing boats and clouds.

Each function returns a `Sprite`; drawn large and reduced, so that edges are smooth. Run on the
camera's thread; no state.
"""

import cv2
import numpy as np

from hardware.camera.base import Pixels
from hardware.camera.scene.blend import Colour, Sprite
from hardware.camera.scene.texture import Floats, fractal
from hardware.camera.scene.view import View

_OVERSAMPLE = 3
_CLOUD_LIT: Colour = (234, 230, 222)
_CLOUD_SHADE: Colour = (150, 162, 192)


def balloon(view: View, width: float, colours: tuple[Colour, ...], stripes: int) -> Sprite:
    """Draw a hot-air balloon, ``width`` of the scene wide, lit from the right."""
    wide = max(12, view.length(width) * _OVERSAMPLE)
    tall = int(wide * 1.42)
    envelope = wide * 1.16
    rows, columns = np.mgrid[:tall, :wide].astype(np.float32)
    down = rows / np.float32(envelope)
    half = _envelope(down) * np.float32(wide / 2 - 1)
    across = (columns - np.float32(wide / 2)) / np.maximum(half, 1)
    inside = (np.abs(across) < 1) & (down < 1)
    longitude = np.arcsin(np.clip(across, -1, 1))
    gore = np.floor((longitude / np.float32(np.pi) + 0.5) * stripes).astype(int)
    gore += ((down > 0.40) & (down < 0.52)).astype(int)
    picture = np.array(colours, np.float32)[gore % len(colours)]
    seam = 1 - 0.10 * np.abs(np.cos(longitude * stripes)) ** 12
    light = 0.62 + 0.40 * np.sin(longitude + 0.45) - 0.22 * np.clip(down - 0.45, 0, 1)
    picture *= (np.clip(light, 0.3, 1.02) * seam)[..., None]
    canvas = np.rint(np.clip(picture, 0, 235)).astype(np.uint8)
    coverage = np.where(inside, 255, 0).astype(np.uint8)
    _basket(canvas, coverage, wide, envelope)
    return _reduced(canvas, coverage)


def _envelope(down: Floats) -> Floats:
    """Return half the envelope's width (0..1) at each height, 0 the crown and 1 the mouth."""
    crown = np.sqrt(np.clip(1 - ((0.42 - down) / 0.42) ** 2, 0, 1))
    skirt = 0.20 + 0.80 * (0.5 + 0.5 * np.cos(np.pi * np.clip((down - 0.42) / 0.60, 0, 1)))
    return np.where(down < 0.42, crown, skirt).astype(np.float32)


def _basket(canvas: Pixels, coverage: Pixels, wide: int, envelope: float) -> None:
    middle, top = wide / 2, envelope * 1.10
    half, deep = wide * 0.062, wide * 0.105
    for side in (-1, 1):
        mouth = (round(middle + side * wide * 0.095), round(envelope * 0.985))
        rim = (round(middle + side * half), round(top))
        for picture, value in ((canvas, (70, 56, 44)), (coverage, (255,))):
            cv2.line(picture, mouth, rim, value, max(1, wide // 130))
    corners = ((round(middle - half), round(top)), (round(middle + half), round(top + deep)))
    cv2.rectangle(canvas, *corners, (104, 70, 40), -1)
    cv2.rectangle(coverage, *corners, (255,), -1)
    rim_end = (corners[1][0], round(top + deep * 0.22))
    cv2.rectangle(canvas, corners[0], rim_end, (142, 100, 60), -1)


def boat(view: View, height: float, sail: Colour, hull: Colour) -> Sprite:
    """Draw a sailing boat, ``height`` of the scene from keel to mast top."""
    tall = max(16, view.length(height) * _OVERSAMPLE)
    wide = int(tall * 0.86)
    canvas = np.zeros((tall, wide, 3), np.uint8)
    coverage = np.zeros((tall, wide), np.uint8)

    def shape(points: list[tuple[float, float]], colour: Colour) -> None:
        corners = np.rint(np.array(points) * [wide, tall]).astype(np.int32)
        cv2.fillPoly(canvas, [corners], colour)
        cv2.fillPoly(coverage, [corners], (255,))

    shape([(0.475, 0.01), (0.495, 0.01), (0.495, 0.90), (0.475, 0.90)], (92, 70, 52))
    shape([(0.50, 0.03), (0.62, 0.40), (0.80, 0.78), (0.50, 0.78)], sail)
    shade = (int(sail[0] * 0.84), int(sail[1] * 0.86), int(sail[2] * 0.92))
    shape([(0.465, 0.10), (0.34, 0.48), (0.15, 0.80), (0.465, 0.78)], shade)
    shape([(0.08, 0.85), (0.93, 0.85), (0.80, 0.985), (0.22, 0.985)], hull)
    shape([(0.08, 0.85), (0.93, 0.85), (0.915, 0.875), (0.095, 0.875)], (226, 218, 200))
    return _reduced(canvas, coverage)


def cloud(view: View, rng: np.random.Generator, width: float) -> Sprite:
    """Draw a flat-bottomed cloud, its lower side in shade; soft, so drawn small and enlarged."""
    rows, columns = np.mgrid[:120, :360].astype(np.float32) / np.float32(120)
    body = np.zeros((120, 360), np.float32)
    for place in np.linspace(0.55, 2.45, 9):
        middle = 1 - abs(place - 1.5) / 1.25
        radius = (0.15 + 0.22 * middle) * (0.75 + 0.5 * rng.random())
        x, y = place + 0.12 * rng.standard_normal(), 0.74 - radius * 0.85
        body += np.exp(-(((columns - x) / radius) ** 2 + ((rows - y) / (radius * 0.8)) ** 2) * 1.5)
    billow = fractal(rng, (120, 360), (4, 12), 5)
    dense = np.clip((body * (0.35 + 1.15 * billow) - 0.34) * 1.9, 0, 1)
    dense *= np.clip((0.86 - rows) / 0.20, 0, 1)
    light = np.clip(1.08 - 0.62 * (rows - 0.22) - 0.35 * (0.5 - billow), 0.55, 1)[..., None]
    lit, shaded = np.array(_CLOUD_LIT, np.float32), np.array(_CLOUD_SHADE, np.float32)
    picture = np.rint(shaded + (lit - shaded) * (light - 0.55) / 0.45).astype(np.uint8)
    coverage = np.rint(dense * 225).astype(np.uint8)
    size = (view.length(width), view.length(width / 3))
    grow = cv2.INTER_CUBIC if size[0] > 360 else cv2.INTER_AREA
    return Sprite.of(
        cv2.resize(picture, size, interpolation=grow),
        cv2.resize(coverage, size, interpolation=grow),
    )


def _reduced(canvas: Pixels, coverage: Pixels) -> Sprite:
    """Reduce a drawing to its final size with the colour taken only from what is covered."""
    size = (canvas.shape[1] // _OVERSAMPLE, canvas.shape[0] // _OVERSAMPLE)
    drawn = cv2.merge([coverage] * 3)
    full = cv2.resize(cv2.bitwise_and(canvas, drawn), size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(coverage, size, interpolation=cv2.INTER_AREA)
    weight = np.maximum(alpha, 1)[..., None].astype(np.float32) / 255
    colour = np.rint(np.clip(full.astype(np.float32) / weight, 0, 255)).astype(np.uint8)
    return Sprite.of(colour, alpha)
