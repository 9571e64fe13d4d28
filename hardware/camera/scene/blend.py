"""Laying one picture over another: blends, gradients and sprites at fractions of a pixel.

Functions on uint8 RGB arrays, in place on the canvas; run on the camera's thread, no state. The
heavy part of each is one OpenCV call, which releases the interpreter's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.camera.base import Pixels

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sprite:
    """A small picture with an edge of transparent pixels all round.

    Attributes:
        colour: uint8, (h, w, 3), already multiplied by the coverage.
        keep: uint8, (h, w, 3): how much of the canvas stays, 255 is all of it.
    """

    colour: Pixels
    keep: Pixels

    @classmethod
    def of(cls, colour: Pixels, coverage: Pixels) -> "Sprite":
        """Make a sprite from a picture and its coverage, uint8 (h, w), 255 is opaque."""
        alpha = cv2.merge([coverage] * 3)
        faded = _padded(cv2.multiply(colour, alpha, scale=1 / 255), 0)
        return cls(faded, _padded(cv2.bitwise_not(alpha), 255))

    def flipped(self, strength: float) -> "Sprite":
        """Return the sprite upside down and ``strength`` (0..1) as opaque: its reflection."""
        colour = cv2.convertScaleAbs(cv2.flip(self.colour, 0), alpha=strength)
        cover = cv2.convertScaleAbs(cv2.bitwise_not(cv2.flip(self.keep, 0)), alpha=strength)
        return Sprite(colour, cv2.bitwise_not(cover))


def paste(canvas: Pixels, sprite: Sprite, x: float, y: float) -> None:
    """Lay a sprite over the canvas with its top left corner at ``x``, ``y`` in pixels.

    Fractions of a pixel count, so that slow things glide; what falls outside is cut off.
    """
    left, top = int(np.floor(x)), int(np.floor(y))
    height, width = sprite.colour.shape[:2]
    x0, x1 = max(0, left), min(canvas.shape[1], left + width)
    y0, y1 = max(0, top), min(canvas.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    colour = _moved(sprite.colour, x - left, y - top)
    keep = _moved(sprite.keep, x - left, y - top)
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    under = canvas[y0:y1, x0:x1]
    canvas[y0:y1, x0:x1] = cv2.add(cv2.multiply(under, keep[inside], scale=1 / 255), colour[inside])


def _moved(picture: Pixels, right: float, down: float) -> Pixels:
    """Return a picture moved by fractions of a pixel: a quarter of what a warp costs."""
    moved = picture.copy()
    cv2.addWeighted(picture[:, 1:], 1 - right, picture[:, :-1], right, 0, moved[:, 1:])
    across = moved.copy()
    cv2.addWeighted(across[1:], 1 - down, across[:-1], down, 0, moved[1:])
    return moved


def lay(canvas: Pixels, picture: Pixels, coverage: Pixels) -> None:
    """Lay a picture of the canvas's size over it where ``coverage`` (uint8, (h, w)) says."""
    alpha = cv2.merge([coverage] * 3)
    under = cv2.multiply(canvas, cv2.bitwise_not(alpha), scale=1 / 255)
    cv2.add(under, cv2.multiply(picture, alpha, scale=1 / 255), canvas)


def gradient(rows: int, columns: int, stops: Sequence[tuple[float, Colour]]) -> Pixels:
    """Return a picture, uint8 (rows, columns, 3), whose colour runs down through the stops.

    Args:
        rows: Height in pixels.
        columns: Width in pixels.
        stops: Position, 0 at the top to 1 at the bottom, and colour, in order.
    """
    at = np.linspace(0, 1, rows)
    places = [place for place, _ in stops]
    line = np.stack(
        [np.interp(at, places, [colour[c] for _, colour in stops]) for c in range(3)], axis=1
    )
    spread = np.broadcast_to(np.rint(line).astype(np.uint8)[:, None], (rows, columns, 3))
    return np.ascontiguousarray(spread)


def _padded(picture: Pixels, value: int) -> Pixels:
    edge = cv2.BORDER_CONSTANT
    return cv2.copyMakeBorder(picture, 1, 1, 1, 1, edge, value=(value, value, value))
