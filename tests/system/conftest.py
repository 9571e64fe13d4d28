"""A client of a whole Vizy."""

from collections.abc import Iterator

import httpx
import pytest

from tests.system.processes import VizyProcesses


@pytest.fixture
def client(vizy: VizyProcesses) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=vizy.url, timeout=20) as client:
        yield client
