"""Fixtures for tests of the daemon."""

from dataclasses import replace

import pytest

from hardware.camera import simulated
from vizy.state import Size


@pytest.fixture
def small_stills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the simulated camera take stills that are drawn at once."""
    size = Size(320, 240)
    monkeypatch.setattr(simulated, "STILL_SIZE", size)
    monkeypatch.setattr(simulated, "_INFO", replace(simulated._INFO, still_size=size))
