"""A client of a whole Vizy."""

from collections.abc import Iterator

import httpx
import pytest

from tests.system.processes import VizyProcesses


@pytest.fixture
def client(vizy: VizyProcesses) -> Iterator[httpx.Client]:
    with vizy.client() as client:
        yield client
