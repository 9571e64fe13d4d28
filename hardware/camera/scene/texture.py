"""Seeded noise of the scene: outlines, textures and puffs, equal at every picture size.

Functions of a generator and a shape; no state, no I/O, run on the camera's thread.
"""

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int
) -> Floats:
    """Return smooth noise of several octaves, float32 of ``shape``, about 0..1.

    Args:
        rng: Where the noise comes from; the same draws are made for every ``shape``.
        shape: Rows and columns of the result.
        cells: Rows and columns of the coarsest octave.
        octaves: How many times the cells are halved.
    """
    rows, columns = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        finer = 1 << octave
        grid = rng.random((cells[0] * finer + 3, cells[1] * finer + 3), np.float32)
        grown = cv2.resize(grid, (columns, rows), interpolation=cv2.INTER_CUBIC)
        total += grown * np.float32(0.5**octave)
    return np.clip(total / np.float32(2 - 0.5 ** (octaves - 1)), 0, 1)


def outline(rng: np.random.Generator, columns: int, cells: int, octaves: int) -> Floats:
    """Return a ridge's height over ``columns``, float32, about 0..1, rougher with each octave."""
    grids: list[Floats] = [
        rng.random(cells * (1 << octave) + 2, np.float32) for octave in range(octaves)
    ]
    at = np.linspace(0, 1, columns, dtype=np.float32)
    total = np.zeros(columns, np.float32)
    for octave, grid in enumerate(grids):
        knots = np.linspace(0, 1, len(grid), dtype=np.float32)
        total += np.interp(at, knots, grid).astype(np.float32) * np.float32(0.52**octave)
    return total / np.float32(sum(0.52**octave for octave in range(octaves)))
