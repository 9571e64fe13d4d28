"""The image that is booted: the one that `make image` built last, as its manifest tells."""

import os
from pathlib import Path

import pytest

from tests.image.figures import Figures
from tests.image.guest import Image

DIST = Path(__file__).parents[2] / "dist"


@pytest.fixture(scope="session")
def image() -> Image:
    arch = os.environ.get("VIZY_IMAGE_ARCH", "arm64")
    suffix = "" if arch == "arm64" else f"-{arch}"
    found = sorted(DIST.glob(f"vizy-*-debian{suffix}.manifest.json"))
    assert found, f"no image for {arch} in {DIST}: make image PROFILE=debian ARCH={arch}"
    return Image.of(found[-1])


FIGURES = pytest.StashKey[Figures]()


@pytest.fixture(scope="session")
def figures(image: Image, pytestconfig: pytest.Config) -> Figures:
    """What was measured; shown at the end."""
    return pytestconfig.stash.setdefault(FIGURES, Figures(image))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the table, whatever was captured."""
    if FIGURES in config.stash:
        terminalreporter.write_line("measured:")
        for line in config.stash[FIGURES].lines():
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> None:
    """Let a guest live from test to test, with its socket: it ends with its module."""
