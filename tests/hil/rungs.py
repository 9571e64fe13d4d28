"""Which camera the tests in this folder run on: ``VIZY_HIL`` names the rung.

``fake`` (the default, anywhere): a strict fake of picamera2 and libcamera. ``virtual``: the real
libraries on libcamera's virtual pipeline. ``camera``: the real libraries on a real camera.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
RUNG = os.environ.get("VIZY_HIL", "fake")
assert RUNG in ("fake", "virtual", "camera"), f"VIZY_HIL={RUNG} is no rung"
IS_FAKE = RUNG == "fake"
_LIBRARIES = ("picamera2", "libcamera", "pykms", "fake_rig")


@contextmanager
def libraries() -> Iterator[None]:
    """Make the rung's picamera2 and libcamera importable; afterwards they are gone again."""
    before = list(sys.path)
    if RUNG != "camera":
        sys.path.insert(0, str(HERE / RUNG))
    try:
        if RUNG == "virtual":
            importlib.import_module("picamera2_virtual")
        yield
    finally:
        sys.path[:] = before
        if IS_FAKE:  # extension modules cannot be imported twice
            for name in [name for name in sys.modules if name.partition(".")[0] in _LIBRARIES]:
                del sys.modules[name]
